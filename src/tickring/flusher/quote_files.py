"""Which file must be written, and with what: the newest quote of each symbol, or that it is not streamed any more.

A quote counts as new when sequence, verdict or reason moved, so a feed that goes down changes every file without a
single record. Nothing is lost to an error: a symbol waits until its newest value is in its file.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tickring.file_names import NoFileName, file_name_of
from tickring.flusher.quote_document import UNSUBSCRIBED, QuoteDocument, unsubscribed
from tickring.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tickring.flusher.file_errors import FileErrors
    from tickring.flusher.pacing import Pacing
    from tickring.flusher.quote_document import QuoteScribe
    from tickring.flusher.stream_directory import StreamDirectory
    from tickring.reader import Quote, ReaderStatus

__all__ = ["QuoteFiles"]

_FLUSH_LIMIT_S = 0.1  # a slow disk must not keep the heartbeat from being stamped


class QuoteFiles:
    """The files of all symbols. Threads: one, the flusher's."""

    def __init__(self, directory: StreamDirectory, scribe: QuoteScribe, pacing: Pacing, errors: FileErrors) -> None:
        self.written = 0
        self.without_file: dict[str, str] = {}
        """Symbols that get no file, and why."""
        self._directory = directory
        self._scribe = scribe
        self._pacing = pacing
        self._errors = errors
        self._newest: dict[str, Quote] = {}
        self._gone: dict[str, QuoteDocument] = {}
        self._epoch = 0

    @property
    def impossible_times(self) -> int:
        """Times that could not be written: `QuoteScribe.impossible_times`."""
        return self._scribe.impossible_times

    def subscribe(self, symbols: Iterable[str]) -> None:
        """Take note of what is streamed now; the files of all others are going to say so."""
        wanted = set(symbols)
        self.without_file = {symbol: why for symbol in sorted(wanted) if (why := _refusal(symbol)) is not None}
        for symbol in self._newest.keys() - wanted:
            quote = self._newest.pop(symbol)
            self._leave(symbol, self._scribe.document(quote, self._epoch))

    def adopt(self) -> None:
        """Look at the files that stand there: those of symbols that are not streamed are going to say so.

        For a directory that was taken just now; all symbols are written again.

        Raises:
            OSError: the directory cannot be read.
        """
        for symbol, document in self._directory.documents().items():
            if symbol not in self._newest and document.state != UNSUBSCRIBED:
                self._leave(symbol, document)
        for symbol in self._newest:
            self._pacing.changed(symbol)

    def _leave(self, symbol: str, document: QuoteDocument) -> None:
        self._gone[symbol] = document
        self._pacing.changed(symbol)

    def see(self, quotes: Iterable[Quote], header: ReaderStatus | None) -> None:
        """Take note of quotes as they are now; `header` was read just after them.

        Quotes of another segment than the header's were read just before the reader moved: the next look has them.
        """
        if header is None:
            return
        self._epoch = header.epoch
        newest, segment_id = self._newest, header.segment_id
        for quote in quotes:
            symbol = quote.symbol
            before = newest.get(symbol)
            if before is not None and before == quote and before.reason is quote.reason:
                continue
            if quote.verdict is Verdict.CONTENDED or quote.segment_id != segment_id or symbol in self.without_file:
                continue
            newest[symbol] = quote
            self._gone.pop(symbol, None)
            self._pacing.changed(symbol)

    def flush(self, beat: Callable[[], None], limit_s: float = _FLUSH_LIMIT_S) -> None:
        """Write what is due, for about `limit_s`; the rest is due again at the next call. `beat` after each file."""
        started_s = time.monotonic()
        for symbol in self._pacing.due(started_s):
            now_s = time.monotonic()
            if now_s - started_s > limit_s:
                break
            self._write(symbol, now_s)
            beat()

    def _write(self, symbol: str, now_s: float) -> None:
        left = self._gone.get(symbol)
        document = self._scribe.document(self._newest[symbol], self._epoch) if left is None else unsubscribed(left)
        try:
            is_written = self._directory.write(document)
        except OSError as error:
            self._errors.add(error, f"{self._directory.directory}/{file_name_of(symbol)}")
            is_written = False
        if not is_written:
            self._pacing.failed(symbol, now_s)
            return
        self.written += 1
        if left is not None:
            del self._gone[symbol]
            self._pacing.forget(symbol)
        else:
            self._pacing.wrote(symbol, now_s)


def _refusal(symbol: str) -> str | None:
    try:
        file_name_of(symbol)
    except NoFileName as error:
        return str(error)
    return None
