"""The flusher's loop: look at all quotes, write what changed, say every second how things are.

It sleeps on the segment's wake word and looks at all symbols at once, so its cost does not grow with the rate of ticks:
between two looks any number of them is one change. It looks ten times a second at least, because a feed that dies
wakes nobody. Threads: one. Everything that can fail in the file system is counted and tried again.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from tickring.feeder_status import FeederStatus, FeederStatusUnreadable, read_feeder_status
from tickring.flusher.file_errors import FileErrors
from tickring.flusher.pacing import Pacing
from tickring.flusher.quote_document import QuoteScribe
from tickring.flusher.quote_files import QuoteFiles
from tickring.flusher.segment_watch import SegmentWatch
from tickring.flusher.status_writer import StatusWriter
from tickring.flusher.stream_directory import StreamDirectory
from tickring.own_line import OwnLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tickring.config.structs import ContractConfig, FilesConfig
    from tickring.reader import ReaderStatus

__all__ = ["Flusher"]

_LONGEST_TURN_S = 0.05
_SET_PERIOD_S = 0.1
_END_WITHIN_S = 0.5


class Flusher:
    """Writes `<data_root>/stream` from one segment until it is told to stop."""

    def __init__(
        self,
        segment: str,
        files: FilesConfig,
        *,
        api_mode: str | Iterable[str] = "any",
        contracts: Mapping[str, ContractConfig] | None = None,
        line: int | None = None,
        data_limit_s: float = 10.0,
    ) -> None:
        """Touches nothing yet.

        `api_mode`: whose prices are written; those of another kind of account read `missing` in the files. `line`: the
        number of the child's line in the header, None for none. `data_limit_s`: without a price of any symbol for
        longer the status is `degraded`.
        """
        self.directory = StreamDirectory(Path(files.data_root) / "stream", file_mode=files.file_mode, fsync=files.fsync)
        self._files = files
        self._segment = segment
        self._turn_s = min(_LONGEST_TURN_S, 0.25 / files.writes_per_s)
        self._errors = FileErrors()
        self._pacing = Pacing(1.0 / files.writes_per_s, files.retry_s)
        self._quotes = QuoteFiles(self.directory, QuoteScribe(contracts), self._pacing, self._errors)
        self._watch = SegmentWatch(segment, api_mode, files.retry_s)
        self._line = OwnLine(segment, line, "flusher")
        self._status = StatusWriter(self.directory, self._errors, data_limit_s)
        self._header: ReaderStatus | None = None
        self._set_at = self._status_at = self._take_at = 0.0

    def run(self, is_stopping: Callable[[], bool]) -> None:
        """Go on until `is_stopping()`; then write what waits and a `disconnected` status, within half a second.

        Raises:
            FilesBusy: another living process writes the directory.
        """
        try:
            while not is_stopping():
                started_s = time.monotonic()
                self.turn()
                # At most so many looks a second: ticks that come meanwhile are one change.
                time.sleep(max(0.0, self._turn_s - (time.monotonic() - started_s)))
                self._watch.wait(self._next_s() - time.monotonic())
            self._end()
        finally:
            self.close()

    def turn(self) -> None:
        """Look once and write what is due. Raises FilesBusy."""
        now_s = time.monotonic()
        self._line.beat()
        if now_s >= self._set_at:
            self._set_at = now_s + _SET_PERIOD_S
            if self._watch.prepare(now_s):
                self._quotes.subscribe(self._watch.symbols)
        self._look()
        self._take_directory(now_s)
        if self.directory.is_taken:
            self._quotes.flush(self._line.beat)
            if now_s >= self._status_at:
                # A tenth early: a turn that writes many files takes up to a tenth of a second.
                self._status_at = now_s + self._files.status_period_s * 0.9
                self._write_status(is_ending=False)

    def _look(self) -> None:
        quotes = self._watch.look()
        self._header = self._watch.status()  # after the quotes: it must not be older than they are
        self._quotes.see(quotes, self._header)

    def _take_directory(self, now_s: float) -> None:
        if now_s < self._take_at:
            return
        self._take_at = now_s + self._files.retry_s
        self._line.keep()
        try:
            if self.directory.take():
                self._quotes.adopt()
        except OSError as error:
            self._errors.add(error, str(self.directory.directory))
            self.directory.release()

    def _write_status(self, *, is_ending: bool) -> None:
        feeder, fault = self._feeder_status()
        self._status.write(
            self._header,
            self._watch.symbols,
            feeder,
            quotes=self._quotes,
            waiting=self._pacing.waiting,
            kept_newer=self.directory.kept_newer,
            fault=self._watch.fault or self._line.fault or fault,
            is_ending=is_ending,
        )

    def _feeder_status(self) -> tuple[FeederStatus | None, str | None]:
        try:
            found = read_feeder_status(self._segment)
        except FeederStatusUnreadable as error:
            return None, str(error)
        if found is None or self._header is None or found.epoch != self._header.feeder_epoch:
            return None, None  # of a life before
        return found, None

    def _next_s(self) -> float:
        return min(self._set_at, self._pacing.next_at(), self._status_at)

    def _end(self) -> None:
        """Write what waits, however lately its file was written, and say goodbye."""
        if not self.directory.is_taken:
            return
        self._look()
        self._pacing.hurry()
        self._quotes.flush(self._line.beat, _END_WITHIN_S)
        self._write_status(is_ending=True)

    def close(self) -> None:
        """Give everything back. Idempotent."""
        self._line.close()
        self._watch.close()
        self.directory.release()
