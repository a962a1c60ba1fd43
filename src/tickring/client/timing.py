"""Every timer of the client. Seconds."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ClientTiming"]


class ClientTiming(NamedTuple):
    """The defaults are for a network inside a house; all are above 0."""

    answer_s: float = 10.0
    """For one answer of the service, from connecting to the last byte."""
    proof_limit_s: float = 3.0
    """When the service has not proved itself for longer, no held quote is good any more."""
    ping_s: float = 0.5
    """It is asked to prove itself this often."""
    backoff_first_s: float = 0.2
    """Before the first reconnection; doubled for each that fails."""
    backoff_limit_s: float = 10.0
    """No wait is longer than this."""
    good_after_s: float = 5.0
    """A connection that held so long is a good one: the next wait is a first one again."""

    def checked(self) -> ClientTiming:
        """Return itself.

        Raises:
            ValueError: a time that is not above 0; a ping that comes too seldom for the limit.
        """
        for name, value in self._asdict().items():
            if not value > 0:
                raise ValueError(f"{name} is {value}, must be above 0")
        if self.ping_s * 2 > self.proof_limit_s:
            raise ValueError(
                f"ping_s is {self.ping_s:g}, must be at most half of proof_limit_s ({self.proof_limit_s:g})"
            )
        return self
