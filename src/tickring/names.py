"""Where things lie: a segment's name or directory, and the files in it.

A segment is a directory in a tmpfs: `/dev/shm/tickring-<name>` by default, under systemd the RuntimeDirectory given as
a path. Everything that opens a segment goes through `segment_directory`.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from tickring.errors import InvalidName

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "ALERTER_STATUS_FILE",
    "FEEDER_CONTRACTS_FILE",
    "FEEDER_HISTORY_FILE",
    "FEEDER_STATUS_FILE",
    "PLANNER_STATUS_FILE",
    "POSITIONS_FILE",
    "SegmentPaths",
    "segment_directory",
    "segment_file",
]

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,62}")
_TMPFS = "/dev/shm"
FEEDER_STATUS_FILE = "feeder_status.json"
FEEDER_CONTRACTS_FILE = "feeder_contracts.json"
FEEDER_HISTORY_FILE = "feeder_history.json"
PLANNER_STATUS_FILE = "planner_status.json"
ALERTER_STATUS_FILE = "alerter_status.json"
POSITIONS_FILE = "positions.json"


def segment_directory(name: str | os.PathLike[str]) -> str:
    """Return the directory for a name (`demo`) or, with a slash in it, the directory itself (`/run/tickring`).

    Raises:
        InvalidName: neither a directory path nor 1-63 letters, digits, `.`, `_`, `-`.
    """
    text = os.fspath(name)
    if "/" in text:
        return text
    if _NAME.fullmatch(text):
        return f"{_TMPFS}/tickring-{text}"
    raise InvalidName(
        f"{text!r} is not a segment name: use 1-63 letters, digits, '.', '_' or '-' (not first '.' or '-'), "
        "or a directory path with a '/' in it"
    )


def segment_file(name: str | os.PathLike[str]) -> str:
    """Return where the mapped file lies. Loads no pathlib: that would be a third of a reader's import time.

    Raises:
        InvalidName: as `segment_directory`.
    """
    return os.path.join(segment_directory(name), "segment")  # noqa: PTH118


class SegmentPaths(NamedTuple):
    """The files of one segment."""

    directory: Path
    segment: Path
    """The mapped file; replaced as a whole, never truncated."""
    supervisor_lock: Path
    """Held for life by the one process that owns the directory."""
    feeder_status: Path
    """What the feeder tells in words (`tickring.feeder_status`)."""
    positions: Path
    """The accounts' positions as last told (`tickring.positions`)."""
    control_socket: Path
    """Where a running supervisor takes requests (docs/control.md)."""

    @classmethod
    def of(cls, name: str | Path) -> SegmentPaths:
        """Return the paths for a name or a directory.

        Raises:
            InvalidName: as `segment_directory`.
        """
        from pathlib import Path

        directory = Path(segment_directory(name))
        return cls(
            directory,
            directory / "segment",
            directory / "supervisor.lock",
            directory / FEEDER_STATUS_FILE,
            directory / POSITIONS_FILE,
            directory / "control.sock",
        )
