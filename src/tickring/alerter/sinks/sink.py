"""What every address can do: take one message, or say when to try again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tickring.errors import TickringError

if TYPE_CHECKING:
    from tickring.alerter.notice import Notice

__all__ = ["NotDelivered", "Sink"]


class NotDelivered(TickringError):
    """A message did not arrive, or nobody knows whether it did. The text has no secret in it.

    `retry_after_s`: the other side wants no other try before; 0: it has not said. `is_refused`: it was understood and
    not taken, so that the next message may fare better.
    """

    def __init__(self, why: str, *, retry_after_s: float = 0.0, is_refused: bool = False) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s
        self.is_refused = is_refused


class Sink(Protocol):
    """One address. Used by one thread; may wait, within its own limit."""

    @property
    def name(self) -> str:
        """In status and log: `telegram`, `webhook`, `apprise-1`."""
        ...

    def send(self, notice: Notice) -> None:
        """Deliver one message.

        Raises:
            NotDelivered: it is to be tried again.
        """
        ...
