"""The one question that every origin answers, and how the last good answer is kept when it does not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from tickring.errors import TickringError
from tickring.planner.wanted import Resolution

__all__ = ["LastGood", "SymbolOrigin"]


class SymbolOrigin(Protocol):
    """Somebody who knows which symbols are wanted. Used by one thread at a time; may block, within its own limits."""

    @property
    def name(self) -> str:
        """For people: `database`, `file desk.csv`; never with a secret in it."""
        ...

    def resolve(self) -> Resolution:
        """Return the set as of now.

        Raises:
            TickringError: it does not know; whoever asks keeps what it had.
        """
        ...

    def close(self) -> None:
        """Give back what it holds. Idempotent."""
        ...


class LastGood:
    """Asks an origin, and keeps its last good answer through any number of failures."""

    def __init__(self, origin: SymbolOrigin) -> None:
        """Nothing has been asked yet."""
        self.name = origin.name
        self.answer: Resolution | None = None
        """The last good one; None: there never was one."""
        self.answered_at: datetime | None = None
        self.fault: str | None = None
        """Why the newest answer was none; None: it was one."""
        self.failing_since: datetime | None = None
        self._origin = origin

    def ask(self) -> Resolution | None:
        """Ask again; return the last good answer, which is the new one unless `fault` says why not."""
        try:
            answer = self._origin.resolve()
        except TickringError as error:
            self.fail(str(error))
        else:
            self.answer, self.answered_at = answer, datetime.now(UTC)
            self.fault, self.failing_since = None, None
        return self.answer

    def fail(self, why: str) -> None:
        """Note that there was no answer."""
        if self.fault is None:
            self.failing_since = datetime.now(UTC)
        self.fault = why

    def close(self) -> None:
        """Close the origin."""
        self._origin.close()
