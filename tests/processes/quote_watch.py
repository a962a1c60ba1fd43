"""Watch a segment from one reader and fail on the first promise that it breaks, whatever happens to its writers."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from tests.processes.checkable import check_whole, epoch_in, same_epoch, symbol_of
from tickring.reader import Verdict

if TYPE_CHECKING:
    from tickring.reader import Quote, QuoteReader

_CONTENDED_LIMIT = 1000
"""Reads in a row that may be overtaken before a symbol counts as unreadable; each has tried 16 copies itself."""


_MORE_LOOKS_AT_THE_FIRST = 20
"""The first symbol is looked at more often; a writer that moves it more often too is caught at work."""

_OF_THIS_EPOCH = {Verdict.LIVE, Verdict.QUIET, Verdict.CLOSED, Verdict.DELAYED, Verdict.FALLBACK}
"""What only values can be that the present writer has received itself."""


class QuoteWatch:
    """Handles made once, before any writer came; used over all lives of the writers."""

    def __init__(self, reader: QuoteReader, numbers: list[int]) -> None:
        self.reader = reader
        self.looks = 0
        self.live_looks = 0
        self._numbers = numbers
        self._handles = {number: reader.handle(symbol_of(number)) for number in numbers}
        self._sequences: dict[tuple[str, int, int], int] = {}

    def look(self) -> None:
        """Look once at every symbol, and at the past of one of them."""
        # Before the reads: what was granted by now is over for every writer of an earlier epoch.
        granted = self.reader.header()["supervisor"]["epoch"]
        for number in self._numbers + [self._numbers[0]] * _MORE_LOOKS_AT_THE_FIRST:
            quote = self._handles[number].read()
            tries = 1
            while quote.verdict is Verdict.CONTENDED:
                assert tries < _CONTENDED_LIMIT, f"symbol {number} is contended for good: {quote!r}"
                quote, tries = self._handles[number].read(), tries + 1
            self._check(number, quote, granted)
        number = self._numbers[self.looks % len(self._numbers)]
        self._check_history(number, self._handles[number].history(100))
        self.looks += 1

    def look_while_nobody_writes(self) -> None:
        """Look once more: no read is overtaken now, and what is streamed and what is not is plain to see."""
        self.look()
        streamed = set(self.reader.symbols())
        for number, handle in self._handles.items():
            quote = handle.read()
            assert quote.verdict is not Verdict.CONTENDED, f"symbol {number} was left unreadable: {quote!r}"
            assert (symbol_of(number) in streamed) == (quote.reason not in {"retired", "unknown_symbol"}), quote

    def _check(self, number: int, quote: Quote, granted: int) -> None:
        check_whole(quote, number)
        self._check_sequence(quote)
        self.live_looks += quote.verdict is Verdict.LIVE
        if quote.verdict in _OF_THIS_EPOCH:
            assert quote.epoch >= granted, f"epoch {granted} was granted, and this is of an older one: {quote!r}"
            assert same_epoch(epoch_in(quote), quote.epoch), f"old values in a new record: {quote!r}"

    def _check_sequence(self, quote: Quote) -> None:
        if quote.sequence == 0:
            return
        use = (quote.segment_id, quote.slot, quote.generation)
        before = self._sequences.get(use, 0)
        assert quote.sequence >= before, f"sequence {before} was seen before: {quote!r}"
        self._sequences[use] = quote.sequence

    def _check_history(self, number: int, rows: list[Quote]) -> None:
        for newer, older in itertools.pairwise(rows):
            assert newer.sequence == older.sequence + 1, f"a gap in the history: {newer!r} after {older!r}"
            assert older.verdict in {Verdict.PAST, Verdict.MISSING}, f"a row of history for now: {older!r}"
            assert older.generation == newer.generation, f"a row of another use of the slot: {older!r}"
        for row in rows:
            check_whole(row, number)
