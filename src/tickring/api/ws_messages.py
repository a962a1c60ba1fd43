"""What goes through the WebSocket, both ways.

Quotes and whatever concerns all clients are encoded once; the number of the message in its connection (`seq`) is put
in front of the ready bytes, so that a hundred clients do not cost a hundred encodings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "PROTOCOL",
    "Asked",
    "Bar",
    "BarUpdate",
    "ErrorMessage",
    "EventMessage",
    "Hello",
    "Ping",
    "Pong",
    "StatusUpdate",
    "StreamWord",
    "Subscribe",
    "Subscribed",
    "Told",
    "Unsubscribe",
    "decode_asked",
    "encoded",
    "quote_update",
    "quote_updates",
    "snapshot",
    "with_seq",
]

PROTOCOL: Final = 1


# ---- from a client ----


class Subscribe(msgspec.Struct, frozen=True, tag="subscribe"):
    """Tell me of these too; `*`: of all there are, also of those that come later."""

    symbols: list[str] | Literal["*"]
    batched: bool = False
    """From now on updates of several symbols come in one message, `quote_updates`."""


class Unsubscribe(msgspec.Struct, frozen=True, tag="unsubscribe"):
    """Tell me of these no longer; `*`: of none."""

    symbols: list[str] | Literal["*"]


class Ping(msgspec.Struct, frozen=True, tag="ping"):
    """Answered by `Pong`. What comes behind the answer was sent after the server had read the question."""

    id: int | str | None = None
    """Comes back in the answer."""


Asked: TypeAlias = Subscribe | Unsubscribe | Ping
_ASKED: msgspec.json.Decoder[Asked] = msgspec.json.Decoder(Subscribe | Unsubscribe | Ping)


def decode_asked(text: str | bytes) -> Asked:
    """Return what a client asks.

    Raises:
        msgspec.MsgspecError, ValueError, RecursionError: it is no message of this protocol (`tickring.json_faults`).
    """
    return _ASKED.decode(text)


# ---- to a client ----


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag="hello"):
    """The first message of a connection."""

    protocol: int = PROTOCOL
    epoch: int | None
    """The life of the feeder; None: there is no segment."""
    segment_id: str | None
    throttle_ms: int
    """At most one update per symbol in this time."""
    api_mode: str


class StreamWord(msgspec.Struct, frozen=True, kw_only=True):
    """The stream in the words of docs/states.md."""

    state: str
    status: str
    mode: str
    cause: str
    code: str
    since: str


class StatusUpdate(msgspec.Struct, frozen=True, kw_only=True, tag="status_update"):
    """How the stream is, as of `at`."""

    at: str
    stream: StreamWord
    desired: int
    confirmed: int
    pending: int
    on_fallback: int
    rotated: int
    """Served in turn for want of market data lines; not in `on_fallback`."""
    heartbeat_age_s: float | None
    """None: no feeder has ever beaten here."""
    feed_alive: bool
    """The feeder beats, in the epoch that was granted."""
    market_data_type: str
    api_mode: str
    epoch: int | None
    segment_id: str | None


class EventMessage(msgspec.Struct, frozen=True, kw_only=True, tag="event"):
    """Something has happened: `name`, `at` and what belongs to that name (docs/websocket.md)."""

    event: dict[str, Any]


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One bar; `ts` is its beginning."""

    ts: str
    o: float
    h: float
    l: float  # noqa: E741 - the field's name
    c: float
    v: float


class BarUpdate(msgspec.Struct, frozen=True, kw_only=True, tag="bar_update"):
    """A bar has ended."""

    symbol: str
    timeframe: str
    bar: Bar


class Subscribed(msgspec.Struct, frozen=True, kw_only=True, tag="subscribed"):
    """What this client is told of from now on; `*`: everything."""

    symbols: list[str] | Literal["*"]


class Pong(msgspec.Struct, frozen=True, kw_only=True, tag="pong"):
    """The answer to `Ping`."""

    id: int | str | None = None


class ErrorMessage(msgspec.Struct, frozen=True, kw_only=True, tag="error"):
    """What the client asked was not done."""

    code: str
    message: str
    next_step: str


Told: TypeAlias = Hello | StatusUpdate | EventMessage | BarUpdate | Subscribed | Pong | ErrorMessage


def encoded(told: Told) -> bytes:
    """Return the message but for its number."""
    return msgspec.json.encode(told)


def quote_update(document: bytes) -> bytes:
    """Return the message of one quote's document."""
    return b'{"type":"quote_update",' + document[1:]


def quote_updates(documents: Iterable[bytes]) -> bytes:
    """Return the message of several quotes' documents."""
    return b'{"type":"quote_updates","quotes":[' + b",".join(documents) + b"]}"


def snapshot(documents: Iterable[bytes], status: bytes) -> bytes:
    """Return the message of all these quotes at once; `status`: of `encoded`."""
    return b'{"type":"snapshot","quotes":[' + b",".join(documents) + b'],"status":' + status + b"}"


def with_seq(body: bytes, seq: int) -> str:
    """Return the whole message."""
    return f'{{"seq":{seq},{body[1:].decode()}'
