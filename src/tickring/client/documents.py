"""The service's documents, as far as a client needs them. Unknown keys of a later release are ignored."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from tickring.client.remote_quote import RemoteQuote
from tickring.episodes import Episode
from tickring.feeder_status import FeederStatus

__all__ = [
    "ErrorDocument",
    "ErrorMessage",
    "Heard",
    "Hello",
    "Pong",
    "QuoteUpdate",
    "Quotes",
    "RunStarted",
    "RunStopped",
    "ServiceStatus",
    "Snapshot",
    "StatusUpdate",
    "StreamWord",
    "decode_heard",
]


# ---- HTTP ----


class StreamWord(msgspec.Struct, frozen=True, kw_only=True):
    """The stream in the words of docs/states.md."""

    state: str
    status: str
    """`connected`, `degraded` or `disconnected`."""
    mode: str
    """`STREAM` or `POLL`."""
    cause: str
    code: str
    since: str | None = None


class ServiceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How the service is, as of `at`."""

    at: str
    stream: StreamWord | None
    supervisor_alive: bool
    """Whether the supervisor has answered; else this is what stands without it."""
    api_mode: str = "unknown"
    epoch: int | None = None
    run: dict[str, Any] | None = None
    children: tuple[dict[str, Any], ...] = ()
    feeder: FeederStatus | None = None
    episodes: tuple[Episode, ...] = ()
    """What goes on now."""
    notes: tuple[str, ...] = ()


class RunStarted(msgspec.Struct, frozen=True, kw_only=True):
    """The run has begun; whether it streams tells the status."""

    run_id: str


class RunStopped(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing runs now."""

    was_running: bool
    run_id: str | None = None


class Quotes(msgspec.Struct, frozen=True, kw_only=True):
    """Several quotes."""

    quotes: list[RemoteQuote]


class _Error(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    message: str
    next_step: str = ""
    details: dict[str, Any] = {}


class ErrorDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Every error answer."""

    error: _Error


# ---- WebSocket ----


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag="hello"):
    """The first message."""

    seq: int
    protocol: int


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, tag="snapshot"):
    """All that was subscribed to."""

    seq: int
    quotes: list[RemoteQuote]


class QuoteUpdate(RemoteQuote, frozen=True, kw_only=True, tag="quote_update"):
    """One quote that has changed."""

    seq: int

    def quote(self) -> RemoteQuote:
        """Return the quote alone."""
        return RemoteQuote(**{name: getattr(self, name) for name in RemoteQuote.__struct_fields__})


class StatusUpdate(msgspec.Struct, frozen=True, kw_only=True, tag="status_update"):
    """The service's own words, at least each second."""

    seq: int
    at: str
    stream: StreamWord
    feed_alive: bool


class Pong(msgspec.Struct, frozen=True, kw_only=True, tag="pong"):
    """The answer to a ping."""

    seq: int
    id: int


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag="event"):
    seq: int


class _BarUpdate(msgspec.Struct, frozen=True, kw_only=True, tag="bar_update"):
    seq: int


class _Subscribed(msgspec.Struct, frozen=True, kw_only=True, tag="subscribed"):
    seq: int


class ErrorMessage(msgspec.Struct, frozen=True, kw_only=True, tag="error"):
    """What was asked was not done."""

    seq: int
    code: str
    message: str


Heard: TypeAlias = (
    Hello | Snapshot | QuoteUpdate | StatusUpdate | Pong | _Event | _BarUpdate | _Subscribed | ErrorMessage
)
_HEARD: msgspec.json.Decoder[Heard] = msgspec.json.Decoder(
    Hello | Snapshot | QuoteUpdate | StatusUpdate | Pong | _Event | _BarUpdate | _Subscribed | ErrorMessage
)


def decode_heard(text: str | bytes) -> Heard:
    """Return a message of the service.

    Raises:
        msgspec.MsgspecError: it is none that this release knows.
    """
    return _HEARD.decode(text)
