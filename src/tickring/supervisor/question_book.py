"""Questions to the gateway that are under way through the feeder, and answers that wait to be fetched."""

from __future__ import annotations

from collections import OrderedDict
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from tickring.feeder_answers import ContractAnswer

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["QuestionBook", "UnknownQuestion"]

_KEPT = 256
_OPEN_AT_MOST = 4096


class UnknownQuestion(LookupError):
    """Never asked here, or forgotten since."""


class _Open(NamedTuple):
    symbol: str
    hear: Callable[[ContractAnswer], None] | None


class QuestionBook:
    """One thread. A question has exactly one answer, whatever becomes of the feeder."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._open: OrderedDict[int, _Open] = OrderedDict()
        self._answers: OrderedDict[int, ContractAnswer] = OrderedDict()

    def add(self, symbol: str, hear: Callable[[ContractAnswer], None] | None = None) -> int:
        """Return the number of a new question. `hear` gets the answer; None: it waits for `look`."""
        number = next(self._numbers)
        while len(self._open) >= _OPEN_AT_MOST:  # a feeder that answers nothing costs no memory without end
            self._close(next(iter(self._open)), "too many questions are under way")
        self._open[number] = _Open(symbol, hear)
        return number

    def heed(self, answer: ContractAnswer) -> None:
        """Take an answer; one that nobody waits for is dropped."""
        found = self._open.pop(answer.question, None)
        if found is None:
            return
        if found.hear is not None:
            found.hear(answer)
            return
        self._answers[answer.question] = answer
        while len(self._answers) > _KEPT:
            self._answers.popitem(last=False)

    def look(self, number: int) -> ContractAnswer | None:
        """Return the answer; None while there is none.

        Raises:
            UnknownQuestion: never asked here, or too long ago.
        """
        if number in self._open:
            return None
        if number not in self._answers:
            raise UnknownQuestion
        return self._answers[number]

    def end_all(self, why: str) -> None:
        """Whoever could have answered is gone."""
        for number in list(self._open):
            self._close(number, why)

    def _close(self, number: int, why: str) -> None:
        self.heed(ContractAnswer(question=number, symbol=self._open[number].symbol, text=why))
