"""The stream's state over time: every change numbered, with its time and its cause.

What a state is called, and what follows from it, stands in `tickring.stream_words` alone; here it is only noticed that
another row of that table holds. Runs in the supervisor's loop; pure, so tests pass their own clock. Time in a state is
monotonic, the time of a transition is wall-clock text for people.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from tickring.control.messages import StreamReport, Transition
from tickring.stream_words import stream_words

if TYPE_CHECKING:
    from tickring.stream_facts import StreamFacts
    from tickring.stream_words import StreamWords

__all__ = ["StreamMachine"]


class StreamMachine:
    """One per supervisor. Before the first `observe` it reports that nothing runs."""

    def __init__(self, *, history: int = 64) -> None:
        """`history`: so many transitions are kept, the newest.

        Raises:
            ValueError: fewer than one.
        """
        if history < 1:
            raise ValueError(f"history is {history}, must be at least 1")
        self._words = stream_words(None)
        self._cause = self._words.cause
        self._code = self._words.code
        self._since_at = ""
        self._since_s: float | None = None
        self._transitions: deque[Transition] = deque(maxlen=history)
        self._sequence = 0

    @property
    def words(self) -> StreamWords:
        """The row of the table that holds now."""
        return self._words

    def observe(
        self, facts: StreamFacts | None, *, now_s: float, at_iso: str, cause_hint: str = "", code: str = ""
    ) -> Transition | None:
        """Take note of the facts; return the transition if another row of the table holds, else None.

        The first call is always one. `cause_hint` is added to the table's cause, `code` takes the place of its code,
        for this transition only: what the caller knows of it (`ended by SIGKILL`). `now_s` is monotonic, `at_iso` the
        same moment as text.
        """
        words = stream_words(facts)
        if self._sequence and words == self._words:
            return None
        self._sequence += 1
        self._words = words
        self._cause = f"{words.cause}: {cause_hint}" if cause_hint else words.cause
        self._code = code or words.code
        self._since_s, self._since_at = now_s, at_iso
        transition = Transition(
            sequence=self._sequence,
            at=at_iso,
            state=words.state,
            status=words.status,
            cause=self._cause,
            code=self._code,
        )
        self._transitions.append(transition)
        return transition

    def report(self, now_s: float) -> StreamReport:
        """Return the state with its history, as of `now_s`."""
        return StreamReport(
            state=self._words.state,
            status=self._words.status,
            mode=self._words.mode,
            health=self._words.health,
            since=self._since_at,
            since_s=0.0 if self._since_s is None else max(0.0, now_s - self._since_s),
            cause=self._cause,
            code=self._code,
            transitions=tuple(self._transitions),
        )
