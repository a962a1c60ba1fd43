"""Answers about contracts on their way into the database: they wait while it does not answer."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from typing import TYPE_CHECKING

from tickring.errors import InvalidSymbol
from tickring.planner.contract_answers import take_answer

if TYPE_CHECKING:
    from tickring.db import Database
    from tickring.feeder_answers import ContractAnswer
    from tickring.states import ApiMode

__all__ = ["ContractIntake"]

_KEPT = 1000


class ContractIntake:
    """Filled by the loop, emptied by the thread that asks the database. The oldest go when there are too many."""

    def __init__(self, api_mode: ApiMode) -> None:
        """Nothing waits."""
        self.renumbered: set[str] = set()
        """Symbols that are another contract now than they were, since the last look; emptied by it."""
        self._api_mode = api_mode
        self._waiting: deque[ContractAnswer] = deque(maxlen=_KEPT)
        self._lock = threading.Lock()

    def add(self, answer: ContractAnswer) -> None:
        """Note what the gateway has answered."""
        with self._lock:
            self._waiting.append(answer)

    def flush(self, database: Database) -> None:
        """Write all that waits.

        Raises:
            DatabaseError: nothing was written, and all of it goes on waiting.
        """
        with self._lock:
            answers = list(self._waiting)
        if not answers:
            return
        renumbered: set[str] = set()
        with database.writing() as session:
            for answer in answers:
                with contextlib.suppress(InvalidSymbol):  # no name for the table; it is streamed all the same
                    if take_answer(session, answer, self._api_mode).is_other:
                        renumbered.add(answer.symbol)
        self.renumbered |= renumbered
        with self._lock:
            for answer in answers:
                if self._waiting and self._waiting[0] is answer:
                    self._waiting.popleft()
