"""Where things lie: a segment's name or directory, and the files in it.

A segment is a directory in a tmpfs: `/dev/shm/tickring-<name>` by default, under systemd the RuntimeDirectory given as
a path. Everything that opens a segment goes through `SegmentPaths.of`.
"""

import re
from pathlib import Path
from typing import NamedTuple

from tickring.errors import InvalidName

__all__ = ["SegmentPaths"]

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,62}")
_TMPFS = Path("/dev/shm")


class SegmentPaths(NamedTuple):
    """The files of one segment."""

    directory: Path
    segment: Path
    """The mapped file; replaced as a whole, never truncated."""
    supervisor_lock: Path
    """Held for life by the one process that owns the directory."""

    @classmethod
    def of(cls, name: str | Path) -> "SegmentPaths":
        """Return the paths for a name (`demo`) or, with a slash in it, for a directory (`/run/tickring`).

        Raises:
            InvalidName: neither a directory path nor 1-63 letters, digits, `.`, `_`, `-`.
        """
        text = str(name)
        if "/" in text:
            directory = Path(text)
        elif _NAME.fullmatch(text):
            directory = _TMPFS / f"tickring-{text}"
        else:
            raise InvalidName(
                f"{text!r} is not a segment name: use 1-63 letters, digits, '.', '_' or '-' (not first '.' or '-'), "
                "or a directory path with a '/' in it"
            )
        return cls(directory, directory / "segment", directory / "supervisor.lock")
