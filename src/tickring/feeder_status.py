"""What the feeder tells in words, beside the numbers of the header page: the last error, what is not resolved, who.

One file, `feeder_status.json`, in the segment's directory; the feeder replaces it as a whole, at most once a second
and when it ends; the flusher, the supervisor and the command line read it. It lies in the segment's tmpfs, so that
writing it takes no disk. Whether the feeder lives is never read from here but from its heartbeat in the header: this
file outlives its writer and then tells of the past, which `epoch` shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tickring.names import FEEDER_STATUS_FILE
from tickring.status_file import StatusUnreadable, read_status, write_status

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "FeederStatus",
    "FeederStatusUnreadable",
    "LastError",
    "read_feeder_status",
    "write_feeder_status",
]


class LastError(msgspec.Struct, frozen=True, kw_only=True):
    """One error as the gateway (or the feeder itself) told it."""

    code: int
    """IB's number; 0: the feeder's own (a socket error, a message that could not be taken apart)."""
    text: str
    at: str
    """When it was received: ISO 8601, UTC (`iso_time.iso_from_ns`)."""
    symbol: str | None = None
    """None: it concerns no single symbol."""


class FeederStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The feeder as of `written_at`. Unknown keys of a later release are ignored when reading."""

    epoch: int
    """The life of the feeder that wrote this; another than the header's: the past."""
    pid: int
    written_at: str
    """ISO 8601, UTC."""
    errors: int = 0
    """Errors received in this life of the feeder; notices (2104, 2106, 2158 ...) do not count."""
    last_error: LastError | None = None
    desired: int = 0
    """Symbols that shall be streamed."""
    confirmed: int = 0
    """Of those: a price tick of this very request has come."""
    pending: int = 0
    """Of those: requested or to be requested, nothing has come yet. Those of `unresolved` are in neither number."""
    unresolved: dict[str, str] = {}
    """Symbol to the reason, for those that are not found, ambiguous (with candidates) or refused by the gateway."""
    market_data_type: str = "unknown"
    """The worst of what the gateway sends: `tickring.states.DataType`."""
    server_version: int | None = None
    """Of the gateway, None before the first handshake."""
    account: str | None = None
    """The gateway's first account, None before it is known."""
    last_data_mono_ns: int = 0
    """CLOCK_MONOTONIC of the newest price tick of any stream; 0: none in this life."""
    in_session: bool | None = None
    """Whether the market of any wanted symbol is open; None: not known."""
    fast_ticks: int | None = None
    """Ticks that took the fast lane in this life; None: it is off, or no gateway has spoken yet."""
    late_ticks: int = 0
    """Ticks dropped because their request had ended."""
    poison: int = 0
    """Messages that could not be decoded."""
    sources: dict[str, int] = {}
    """How many symbols are served from where: `tickring.states.Source`."""
    fallback: dict[str, str] = {}
    """Symbol to source, for those that are not served from the stream but from a snapshot or from history."""
    history_queue: tuple[str, ...] = ()
    """Symbols that wait for a historical request, who is next comes first."""
    history_wait_s: float = 0.0
    """Until the first of them may be asked for, by the gateway's limits; 0: now, or nobody waits."""


class FeederStatusUnreadable(StatusUnreadable):
    """The file stands but is not a feeder's status. `path` names it."""

    writer = "feeder"


def write_feeder_status(segment: str | Path, status: FeederStatus) -> None:
    """Replace the status beside the segment (a name or a directory). Takes some 50 us and no disk.

    Called by the holder of the writer lock only, at most once a second: an error here must never end a feeder; count
    it and try again with the next one.

    Raises:
        OSError: the tmpfs is full, the directory is gone.
    """
    write_status(segment, FEEDER_STATUS_FILE, status)


def read_feeder_status(segment: str | Path) -> FeederStatus | None:
    """Return what the feeder said last, None if no feeder has said anything here yet.

    Raises:
        FeederStatusUnreadable: another file stands there, or it may not be read.
    """
    return read_status(segment, FEEDER_STATUS_FILE, FeederStatus, FeederStatusUnreadable)
