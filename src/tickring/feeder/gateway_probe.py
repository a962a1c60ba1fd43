"""Whether the far end still answers: a socket that is open and silent may have nobody behind it.

Any byte is an answer. After `after_s` of silence the gateway is asked for its time. IB leaves a second reqCurrentTime
within one second unanswered, so a question is never repeated before `answer_s` is over, and one that is alone proves
nothing: the verdict falls `limit_s` after the last byte. Time in which this process itself stood still does not count:
what came meanwhile has not been read yet.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickring.config.structs import GatewayConfig

__all__ = ["GatewayProbe", "ProbeStep"]


class ProbeStep(Enum):
    """What is to be done now."""

    WAIT = "wait"
    ASK = "ask"
    """Send reqCurrentTime and call `asked`."""
    GIVE_UP = "give_up"
    """Nobody answers: the connection is half-open."""


class GatewayProbe:
    """One session's. Times: seconds, monotonic clock. No question is outstanding while another one is."""

    def __init__(self, config: GatewayConfig, now_s: float) -> None:
        self._after_s = config.probe_after_s
        self._answer_s = config.probe_answer_s
        self._limit_s = config.probe_limit_s
        self._heard_s = self._stepped_s = now_s
        self._asked_s: float | None = None
        self._is_overdue = False

    def heard(self, now_s: float) -> None:
        """Bytes came, whatever they are."""
        self._heard_s = now_s
        self._asked_s = None
        self._is_overdue = False

    def asked(self, now_s: float) -> None:
        """The question has left."""
        self._asked_s = now_s

    def step(self, now_s: float) -> ProbeStep:
        """Return what is due; to be called all the time, at least every `answer_s`."""
        self._leave_out_pause(now_s)
        if now_s - self._heard_s >= self._limit_s:
            return ProbeStep.GIVE_UP
        if self._asked_s is not None:
            if now_s - self._asked_s < self._answer_s:
                return ProbeStep.WAIT
            self._asked_s, self._is_overdue = None, True
        return ProbeStep.ASK if now_s - self._heard_s >= self._after_s else ProbeStep.WAIT

    def _leave_out_pause(self, now_s: float) -> None:
        pause_s, self._stepped_s = now_s - self._stepped_s, now_s
        if pause_s > self._answer_s:
            self._heard_s = min(self._heard_s + pause_s, now_s)
            if self._asked_s is not None:
                self._asked_s = min(self._asked_s + pause_s, now_s)

    @property
    def is_waiting(self) -> bool:
        """Whether a question is outstanding."""
        return self._asked_s is not None

    @property
    def is_overdue(self) -> bool:
        """Whether an answer has not come in time, and nothing has since."""
        return self._is_overdue

    @property
    def heard_s(self) -> float:
        """When the last byte came."""
        return self._heard_s

    def silence_s(self, now_s: float) -> float:
        """Return how long nothing has come."""
        return now_s - self._heard_s
