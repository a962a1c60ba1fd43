"""One symbol's silence: when it ticked, how long it is used to wait, and what has been tried. No clock of its own."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from tickring.feeder.gap_histogram import GapHistogram

if TYPE_CHECKING:
    from tickring.config.liveness_section import LivenessConfig

__all__ = ["Phase", "Rung", "Sight", "SymbolWatch"]

_SHARE = 0.99
_PATIENCE_MAX = 64.0
_FORGIVEN_AFTER = 20


class Phase(IntEnum):
    """How far a stream is, as far as silence is concerned."""

    ASIDE = 0
    """Refused, unresolved or without a line: its silence means nothing."""
    WAITING = 1
    """Its ticks are to be asked for."""
    ASKED = 2
    """Its ticks were asked for; no price has come."""
    PROVING = 3
    """Prices come, but it flapped: they have to go on for a while."""
    STREAMING = 4


class Rung(IntEnum):
    """How far up the ladder the present silence has led; each rung once per silence."""

    NONE = 0
    PROBED = 1
    """The gateway was asked whether it answers at all."""
    ASKED_AGAIN = 2
    """The symbol was asked for with a new request."""
    SILENT = 3
    """That brought nothing: other means serve it until its stream does."""


class Sight(NamedTuple):
    """What is seen of one symbol in one look. Times: seconds, monotonic clock."""

    symbol: str
    group: str
    """Symbols that are likely to come from one data farm."""
    phase: Phase
    request: int
    """Changes with each request for ticks."""
    data_s: float
    """Newest tick of this request; -inf: none."""
    asked_s: float
    """When this request left."""
    is_open: bool
    """False only if the market is known to be closed."""
    proofs: int = 0
    """Prices that have come while the phase is `PROVING`."""


@dataclass(eq=False, slots=True)
class SymbolWatch:
    """Times: seconds, monotonic clock; inf or -inf where there is none."""

    gaps: GapHistogram = field(default_factory=GapHistogram)
    patience: float = 1.0
    """Longer than learnt: twice asked anew with nothing in between, the symbol had only been quiet."""
    natural: int = 0
    """Gaps since patience was needed."""
    is_answered: bool = False
    """Its newest request was answered, and has brought nothing since."""
    request: int = -1
    data_s: float = -inf
    since_s: float = inf
    """Judged from here: its request's first price, the opening of the market, the return of the link."""
    rung: Rung = Rung.NONE
    rung_s: float = -inf
    is_open: bool = True
    falls: deque[float] = field(default_factory=deque[float])
    held_until_s: float = -inf
    proofs: int = 0
    proved_s: float = -inf

    def learnt_s(self, config: LivenessConfig) -> float:
        """Return how long a silence is nothing new by its own gaps; 0: nothing is known."""
        is_known = self.gaps.count >= config.gaps_min
        return min(config.silence_max_s, config.gap_factor * self.gaps.below_s(_SHARE)) if is_known else 0.0

    def usual_s(self, config: LivenessConfig) -> float:
        """Return the same, by how it answers too."""
        patient_s = config.silence_min_s * self.patience if self.patience > 1.0 else 0.0
        return min(config.silence_max_s, max(self.learnt_s(config), patient_s))

    def deadline_s(self, config: LivenessConfig) -> float:
        """Return how long it may be silent."""
        return min(config.silence_max_s, max(config.silence_min_s, self.usual_s(config)))

    def silence_s(self, now_s: float) -> float:
        """Return how long it has been silent, of the time that counts."""
        return max(0.0, now_s - max(self.data_s, self.since_s))

    def take(self, sight: Sight, now_s: float, config: LivenessConfig) -> None:
        """Note what a stream has brought; a gap counts if one request spans it and nothing was in doubt."""
        if sight.request != self.request:
            self.request, self.since_s, self.data_s = sight.request, now_s, sight.data_s
        elif sight.data_s > self.data_s:
            if self.data_s >= self.since_s and self.rung is Rung.NONE:
                self._learn(sight.data_s - self.data_s)
            if sight.data_s > self.since_s + config.answer_wait_s:  # not of the values that every request brings
                self.is_answered = False
            self.data_s = sight.data_s

    def _learn(self, gap_s: float) -> None:
        self.gaps.learn(gap_s)
        self.natural += 1
        if self.natural >= _FORGIVEN_AFTER:
            self.natural, self.patience = 0, max(1.0, self.patience / 2.0)

    def answered(self) -> None:
        """A new request was answered at once. The second time with nothing in between, it is quiet by nature.

        The first time nothing follows from it: a whole stream that stood still is answered so too.
        """
        if self.is_answered:
            self.patience, self.natural = min(_PATIENCE_MAX, self.patience * 2.0), 0
        self.is_answered = True

    def climb(self, rung: Rung, now_s: float) -> None:
        """Take the next rung."""
        self.rung, self.rung_s = rung, now_s

    def fell(self, now_s: float, config: LivenessConfig) -> bool:
        """It is silent for good. Return whether that has happened so often that it must prove itself afterwards."""
        self.climb(Rung.SILENT, now_s)
        self.falls.append(now_s)
        while self.falls[0] <= now_s - config.flap_window_s or len(self.falls) > config.flap_falls:
            self.falls.popleft()
        if len(self.falls) < config.flap_falls:
            return False
        self.held_until_s, self.proofs, self.proved_s = now_s + config.poll_fallback_duration_s, 0, -inf
        return True

    def may_return(self, sight: Sight, now_s: float, config: LivenessConfig) -> bool:
        """Whether a symbol that flapped has been away long enough and brings prices again, now."""
        if sight.proofs != self.proofs:
            self.proofs, self.proved_s = sight.proofs, now_s
        is_recent = now_s - self.proved_s <= config.silence_min_s
        return now_s >= self.held_until_s and sight.proofs >= config.return_ticks and is_recent

    def forget(self, *, is_silent: bool = False) -> None:
        """Its market has closed, or its session with the gateway is over: nothing is judged until it begins anew.

        `is_silent`: what was found silent stays so until its next price.
        """
        self.request, self.since_s, self.data_s = -1, inf, -inf
        if not (is_silent and self.rung is Rung.SILENT):
            self.rung = Rung.NONE
