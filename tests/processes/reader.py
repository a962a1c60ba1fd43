"""A reader process for tests. Imports nothing of ours but the reader. Every method that is served is a command."""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING, Any

from tests.processes.checkable import check_whole, number_of, symbol_of
from tests.processes.quote_watch import QuoteWatch
from tests.processes.serving import Servant
from tickring.reader import Follow, Quote, QuoteReader

if TYPE_CHECKING:
    from collections.abc import Callable


class ReaderProcess:
    """One reader, one watch and one follower at a time."""

    def __init__(self) -> None:
        self._servant = Servant()
        self._reader: QuoteReader
        self._watch: QuoteWatch
        self._follow: Follow
        self._seen = 0
        self._missed = 0
        self._sequences: dict[tuple[str, str, int], int] = {}

    def serve(self) -> None:
        """Obey until stdin closes."""
        commands: tuple[Callable[..., object], ...] = (
            *(self.open, self.quote, self.sequence, self.watch, self.watched, self.watch_history, self.watched_history),
            *(self.follow, self.next_after, self.sleep_until_news, self.follow_to_another_segment),
            *(self.collect, self.collected),
        )
        self._servant.serve(*commands)

    def open(self, name: str, wait_s: float = 0.0) -> str:
        """Open the segment; return its id."""
        self._reader = QuoteReader.open(name, api_mode="any", wait_s=wait_s)
        return self._reader.status().segment_id

    def quote(self, number: int) -> dict[str, Any]:
        """Read once."""
        return self._reader[symbol_of(number)].to_dict()

    def sequence(self, number: int) -> int:
        """Return how far the follower has come with a symbol."""
        return max(last for (symbol, _, _), last in self._sequences.items() if symbol == symbol_of(number))

    def watch(self, numbers: list[int]) -> None:
        """Keep every promise under watch at full speed, until `watched`."""
        self._watch = QuoteWatch(self._reader, numbers)
        self._servant.work = self._watch.look

    def watch_history(self, number: int) -> None:
        """Go through the history of a symbol with narrow quotes, as fast as Python can, until `watched_history`."""
        history = self._reader.handle(symbol_of(number)).history
        self._servant.work = functools.partial(self._check_narrow_history, history)

    def watched_history(self) -> int:
        """Stop it; fail if a row was torn or out of order. Return how many rows were seen."""
        self._stop_work()
        return self._seen

    def _check_narrow_history(self, history: Callable[[int], list[Quote]]) -> None:
        newer, *older = history(100)
        for row in older:
            # Few words, so that this process is within a copy as much of its time as can be.
            assert row.sequence == newer.sequence - 1 and row.low == row.bid - 3, f"{row!r} after {newer!r}"  # type: ignore[operator]  # noqa: PT018
            newer = row
        self._seen += len(older)

    def watched(self) -> dict[str, int]:
        """Stop watching; fail if a promise was broken."""
        self._stop_work()
        return {"looks": self._watch.looks, "live_looks": self._watch.live_looks}

    def follow(self, numbers: list[int]) -> None:
        """Begin to follow, and take the present quotes."""
        self._follow = self._reader.follow([symbol_of(number) for number in numbers])
        self._seen = self._missed = 0
        self._sequences.clear()
        self._take()

    def next_after(self, number: int, sequence: int) -> list[list[int]]:
        """Sleep until a record of this symbol behind `sequence` has come; return [sequence, missed] of what came."""
        rows: list[list[int]] = []
        for taken, missed in self._follow:
            self._count(taken, missed)
            if taken.symbol == symbol_of(number):
                rows.append([taken.sequence, missed])
                if taken.sequence > sequence:
                    break
        return rows

    def sleep_until_news(self) -> dict[str, Any]:
        """Announce it, sleep until there is news, and return how long that took and what came: [sequence, missed]."""
        self._servant.announce("asleep soon")
        began = time.monotonic()
        assert self._follow._follower.wait(60)
        slept_s = time.monotonic() - began
        news = self._follow.take()
        for taken, missed in news:
            self._count(taken, missed)
        return {"slept_s": slept_s, "rows": [[taken.sequence, missed] for taken, missed in news]}

    def follow_to_another_segment(self, number: int, segment_id: str) -> dict[str, Any]:
        """Follow until a live quote of this symbol comes from another segment than this one; return it."""
        for taken, missed in self._follow:
            self._count(taken, missed)
            if taken.symbol == symbol_of(number) and taken.segment_id != segment_id and taken.verdict == "live":
                return taken.to_dict()
        raise AssertionError("the follower ended")

    def collect(self) -> None:
        """Take what comes, asleep in between, until `collected`."""
        self._servant.work = self._collect_once

    def collected(self) -> dict[str, int]:
        """Stop collecting; return how many records were seen and missed, the rest taken now included."""
        self._stop_work()
        self._take()
        return {"seen": self._seen, "missed": self._missed, "missed_in_all": self._follow.missed}

    def _collect_once(self) -> None:
        self._follow._follower.wait(0.02)
        self._take()

    def _take(self) -> None:
        for taken, missed in self._follow.take():
            self._count(taken, missed)

    def _count(self, taken: Quote, missed: int) -> None:
        check_whole(taken, number_of(taken.symbol))
        use = (taken.symbol, taken.segment_id, taken.generation)
        before = self._sequences.get(use)
        if taken.sequence == before:
            assert missed == 0, f"missed {missed} before a mere change of verdict: {taken!r}"
            return
        assert before is None or taken.sequence == before + missed + 1, f"after {before}, {missed} missed: {taken!r}"
        self._sequences[use] = taken.sequence
        self._seen += 1
        self._missed += missed

    def _stop_work(self) -> None:
        self._servant.work = None
        assert self._servant.failure is None, self._servant.failure


if __name__ == "__main__":
    ReaderProcess().serve()
