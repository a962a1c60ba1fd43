"""The flusher's look at the segment: opened when it is there, all its symbols, one quote each.

A segment that is not there (yet), of another release, or with another kind of account is no error here but a `fault` in
words; it is tried again. Once open, the reader moves to a replaced segment by itself. Threads: one.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tickring.errors import SegmentError
from tickring.reader import QuoteReader, ReaderStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tickring.reader import Batch, Quote

__all__ = ["SegmentWatch"]


class SegmentWatch:
    """All quotes of one segment; `look` after `prepare`."""

    def __init__(self, segment: str, api_mode: str | Iterable[str], retry_s: float) -> None:
        """`api_mode` as for `QuoteReader.open`; `retry_s` between two attempts to open."""
        self.fault: str | None = "not looked for yet"
        self.symbols: tuple[str, ...] = ()
        self._segment = segment
        self._api_mode = api_mode
        self._retry_s = retry_s
        self._retry_at = 0.0
        self._reader: QuoteReader | None = None
        self._batch: Batch | None = None
        self._seen_word = 0

    def prepare(self, now_s: float) -> bool:
        """Open the segment if it is time to; return whether the set of symbols has changed since the last call."""
        if self._reader is None:
            if now_s < self._retry_at:
                return False
            self._retry_at = now_s + self._retry_s
            try:
                self._reader = QuoteReader.open(self._segment, self._api_mode)
            except SegmentError as error:
                self.fault = str(error)
                return False
            self.fault = None
        symbols = tuple(self._reader.symbols())
        if symbols == self.symbols:
            return False
        self.symbols = symbols
        self._batch = self._reader.batch(symbols) if symbols else None
        return True

    def look(self) -> list[Quote]:
        """Return the present quote of every symbol, in their order, each with the verdict of now."""
        if self._reader is None or self._batch is None:
            return []
        self._seen_word = self._reader.wake_word()  # before the quotes: what is published after this wakes `wait`
        return self._batch.read()

    def wait(self, timeout_s: float) -> None:
        """Sleep until something was published since the last look, or `timeout_s` is over; at most 0.1 s."""
        timeout_s = min(timeout_s, 0.1)
        if timeout_s <= 0:
            return
        if self._reader is None:
            time.sleep(timeout_s)
        else:
            self._reader.wait(self._seen_word, timeout_s)

    def status(self) -> ReaderStatus | None:
        """Return what the header says; None without a segment."""
        return None if self._reader is None else self._reader.status()

    def close(self) -> None:
        """Unmap. Idempotent."""
        if self._reader is not None:
            self._reader.close()
            self._reader, self._batch = None, None
