"""What the feeder tells in words, beside the numbers of the header page: the last error, what is not resolved, who.

One file, `feeder_status.json`, in the segment's directory; the feeder replaces it as a whole, at most once a second
and when it ends; the flusher, the supervisor and the command line read it. It lies in the segment's tmpfs, so that
writing it takes no disk. Whether the feeder lives is never read from here but from its heartbeat in the header: this
file outlives its writer and then tells of the past, which `epoch` shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tickring.episodes import Episode
from tickring.names import FEEDER_STATUS_FILE
from tickring.status_file import StatusUnreadable, read_status, write_status

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "OTHER_CODES",
    "FarmStatus",
    "FeederStatus",
    "FeederStatusUnreadable",
    "LastError",
    "LineUse",
    "PacingUse",
    "read_feeder_status",
    "write_feeder_status",
]


OTHER_CODES = -1
"""In `errors_by_code`: all codes that found no place of their own."""


class LastError(msgspec.Struct, frozen=True, kw_only=True):
    """One error as the gateway (or the feeder itself) told it."""

    code: int
    """IB's number; 0: the feeder's own (a socket error, a message that could not be taken apart)."""
    text: str
    at: str
    """When it was received: ISO 8601, UTC (`iso_time.iso_from_ns`)."""
    symbol: str | None = None
    """None: it concerns no single symbol."""


class FarmStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One of IB's data farms, as the gateway told of it last in this session. Which symbols it serves is not told."""

    name: str
    """`usfarm`; as the notice named it."""
    kind: str
    """What it serves: `market`, `history` or `contracts`."""
    state: str
    """`ok`, `broken`, `idle` (available on demand) or `connecting`."""
    since: str
    """ISO 8601, UTC."""
    outages: int = 0
    """How often it broke in this session."""


class LineUse(msgspec.Struct, frozen=True, kw_only=True):
    """Market data lines: how many there are, and who has them."""

    limit: int
    """As configured, or fewer where the gateway has refused more."""
    used: int
    """By streams and open snapshots."""
    reserve: int
    """Kept for snapshots where not every symbol has one."""
    rotated: int
    """Symbols without one, which are served by snapshots in turn."""
    is_learnt: bool = False
    """The gateway has refused more than `limit` (101); one more is tried now and then."""


class PacingUse(msgspec.Struct, frozen=True, kw_only=True):
    """Messages to the gateway."""

    limit_per_s: int
    """Now; half of what is configured for a while after the gateway has complained (100)."""
    last_s: int
    """In the last second."""
    is_slow: bool = False
    """The gateway has complained."""
    sent: dict[str, int] = {}
    """In this life, by class: order, cancel, stream, snapshot, history."""


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
    failed: int = 0
    """Of `desired`: refused or unresolved; `unresolved` has the reasons."""
    silent: int = 0
    """Of `desired`: their market is open, their stream says nothing for longer than it is used to, asked anew too."""
    silent_symbols: dict[str, str] = {}
    """Symbol to the cause, for the first hundred of those."""
    closed: int = 0
    """Of `desired`: their market is known to be closed, so that silence means nothing."""
    degraded_share: float = 0.1
    """From this share of `desired` on, silent or on fallback, the whole stream is degraded."""
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
    source_symbol_s: dict[str, float] = {}
    """By source, for how long it has served symbols in this life: seconds, summed over the symbols."""
    fallback: dict[str, str] = {}
    """Symbol to source, for those that are not served from the stream but from a snapshot or from history."""
    rotated_served: int = 0
    """Of those: because there are fewer lines than symbols, and not because their streams fail."""
    history_queue: tuple[str, ...] = ()
    """Symbols that wait for a historical request, who is next comes first."""
    history_wait_s: float = 0.0
    """Until the first of them may be asked for, by the gateway's limits; 0: now, or nobody waits."""
    history_eta_s: dict[str, float] = {}
    """The same for each of the first fifty, as things are."""
    lines: LineUse | None = None
    """None: of an earlier release."""
    rotated: dict[str, float | None] = {}
    """Symbols without a line, at most 256: seconds since the newest snapshot, the oldest first; None: none yet."""
    pacing: PacingUse | None = None
    """None: of an earlier release."""
    episodes: tuple[Episode, ...] = ()
    """What goes wrong and went wrong in this life: the newest that are closed, then the open ones."""
    errors_by_code: dict[int, int] = {}
    """How often each code came, of those in `errors`; 0: the feeder's own, `OTHER_CODES`: all beyond the first 64."""
    farms: tuple[FarmStatus, ...] = ()
    """As of this session, by name; empty without one."""
    client_id: int | None = None
    """That this session uses: the configured one, or a reserved one while it is taken; None: there is no session."""
    reconnect_attempts: int = 0
    """Connections that failed or were lost since the newest price."""
    clock_skew_s: float | None = None
    """The gateway's clock minus this machine's, good to about half a second; None: not known yet."""


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
