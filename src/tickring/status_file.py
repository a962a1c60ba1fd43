"""What one process tells in words beside the segment: a small JSON file that it alone replaces, as a whole.

It lies in the segment's tmpfs, so that writing it takes no disk, and outlives its writer: whether that one lives is
told by the header, never by this file. Feeder and planner have one each (`feeder_status`, `planner_status`).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

import msgspec

from tickring.atomic_file import replace_file
from tickring.errors import TickringError
from tickring.json_faults import JSON_FAULTS
from tickring.names import segment_directory

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["StatusUnreadable", "read_status", "write_status"]

_MODE = 0o640  # as the segment
_StatusT = TypeVar("_StatusT", bound=msgspec.Struct)


class StatusUnreadable(TickringError):
    """A file stands there that is not such a status, or it may not be read. `path` names it."""

    writer = "process"
    """Whose status it should be."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(
            f"{path} is not a {self.writer}'s status: {why}; it is replaced by the {self.writer}'s next write, "
            "or remove it"
        )
        self.path = path


def write_status(segment: str | Path, name: str, status: msgspec.Struct) -> None:
    """Replace the file called `name` beside the segment (a name or a directory).

    Raises:
        OSError: the tmpfs is full, the directory is gone.
    """
    replace_file(_path_of(segment, name), msgspec.json.encode(status) + b"\n", mode=_MODE)


def read_status(
    segment: str | Path, name: str, kind: type[_StatusT], unreadable: type[StatusUnreadable]
) -> _StatusT | None:
    """Return what was told last, None if nothing was yet.

    Raises:
        StatusUnreadable: as `unreadable`: another file stands there, or it may not be read.
    """
    path = _path_of(segment, name)
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - read every second: no Path
            return msgspec.json.decode(file.read(), type=kind)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, *JSON_FAULTS) as error:
        raise unreadable(path, str(error)) from error


def _path_of(segment: str | Path, name: str) -> str:
    return os.path.join(segment_directory(segment), name)  # noqa: PTH118
