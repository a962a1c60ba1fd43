"""What the alerter tells in words: what waits, what was delivered last, what went wrong with it.

One file, `alerter_status.json`, in the segment's directory; the alerter replaces it as a whole when something changes
and every few seconds; the supervisor puts it into its report. The file outlives its writer. No secret is ever in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tickring.names import ALERTER_STATUS_FILE
from tickring.status_file import StatusUnreadable, read_status, write_status

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "AlertTestResult",
    "AlerterStatus",
    "AlerterStatusUnreadable",
    "SinkStatus",
    "read_alerter_status",
    "write_alerter_status",
]


class SinkStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One address that is written to. Times are ISO 8601, UTC; None: never."""

    name: str
    """`telegram`, `webhook`, `apprise-1` ..."""
    waiting: int = 0
    """Messages that have not been delivered yet."""
    delivered: int = 0
    """In this life of the alerter."""
    last_delivered_at: str | None = None
    last_error: str | None = None
    """Of the newest try, if that failed."""
    last_error_at: str | None = None
    next_try_at: str | None = None
    """None: nothing has to wait."""


class AlertTestResult(msgspec.Struct, frozen=True, kw_only=True):
    """What has become of one test message."""

    number: int
    results: dict[str, str | None]
    """By address: None: it is under way; empty: delivered; else why not."""


class AlerterStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The alerter as of `written_at`. Unknown keys of a later release are ignored when reading."""

    pid: int
    written_at: str
    sinks: tuple[SinkStatus, ...] = ()
    open_alerts: int = 0
    """Faults that go on, whether they were severe enough to be told or not."""
    given_up: int = 0
    """Messages that were too old or too many, in this life."""
    fault: str | None = None
    """Why what waits is not on the disk, or the supervisor does not answer; None: all is well."""
    last_ping_at: str | None = None
    """Of the dead-man's switch: when it was last told that all is well."""
    ping_error: str | None = None
    """Of the newest try, if that failed."""
    ping_withheld: str | None = None
    """Why it is not told; None: it is."""
    tests: tuple[AlertTestResult, ...] = ()
    """The newest ones, as `tickring alert test` asked for them."""


class AlerterStatusUnreadable(StatusUnreadable):
    """The file stands but is not an alerter's status. `path` names it."""

    writer = "alerter"


def write_alerter_status(segment: str | Path, status: AlerterStatus) -> None:
    """Replace the status beside the segment (a name or a directory).

    Raises:
        OSError: the tmpfs is full, the directory is gone.
    """
    write_status(segment, ALERTER_STATUS_FILE, status)


def read_alerter_status(segment: str | Path) -> AlerterStatus | None:
    """Return what the alerter said last, None if no alerter has said anything here yet.

    Raises:
        AlerterStatusUnreadable: another file stands there, or it may not be read.
    """
    return read_status(segment, ALERTER_STATUS_FILE, AlerterStatus, AlerterStatusUnreadable)
