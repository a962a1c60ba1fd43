"""A small file beside the segment in which one life of the feeder leaves something to the next.

It lies in the segment's tmpfs: writing it takes no disk, and it ends with the machine's uptime. What cannot be read is
as good as nothing, and what cannot be written costs the next life some time, never this one its stream.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from tickring.atomic_file import replace_file
from tickring.json_faults import JSON_FAULTS

__all__ = ["KeptFile"]

_LOG = logging.getLogger("tickring.feeder")
_MODE = 0o640  # as the segment
_T = TypeVar("_T")


class KeptFile(Generic[_T]):
    """Of one kind of content. Only the feeder that holds the writer lock uses it."""

    def __init__(self, path: Path, kind: type[_T]) -> None:
        """`kind`: what msgspec makes of the file."""
        self._path = path
        self._kind = kind
        self._is_failing = False

    def read(self) -> _T | None:
        """Return what the last life left; None: nothing that can be used, and the log says why."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=self._kind)
        except FileNotFoundError:
            return None
        except (OSError, *JSON_FAULTS) as error:
            _LOG.warning("kept_file.not_used path=%s error=%r", self._path, error)
            return None

    def write(self, content: _T) -> None:
        """Replace the file. A full tmpfs is told once."""
        try:
            replace_file(self._path, msgspec.json.encode(content) + b"\n", mode=_MODE)
            self._is_failing = False
        except OSError as error:
            if not self._is_failing:
                _LOG.warning(
                    "kept_file.not_written path=%s error=%r; the next start has to find out again", self._path, error
                )
            self._is_failing = True
