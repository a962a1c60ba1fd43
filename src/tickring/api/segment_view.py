"""The service's one reader of the segment, opened when somebody asks and there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.reader import QuoteReader

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SegmentView"]


class SegmentView:
    """Maps the segment once and keeps it: the reader moves to a newer one by itself. The event loop's thread only."""

    def __init__(self, segment: str | Path, api_mode: str) -> None:
        """Touches nothing yet. `api_mode`: the kind of account whose prices may be shown."""
        self.segment = segment
        self.api_mode = api_mode
        self._reader: QuoteReader | None = None

    def reader(self) -> QuoteReader:
        """Return the reader.

        Raises:
            SegmentError: there is no segment yet, or it cannot be used.
        """
        if self._reader is None:
            self._reader = QuoteReader.open(self.segment, api_mode=self.api_mode)
        return self._reader

    def close(self) -> None:
        """Give the mapping back. Idempotent."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
