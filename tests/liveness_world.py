"""Streams as the liveness machine sees them: ticks, silences, requests and market hours on a clock that tests move."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING

from tickring.config import LivenessConfig
from tickring.episodes import EpisodeBook
from tickring.feeder.liveness import Act, Liveness, Order
from tickring.feeder.symbol_watch import Phase, Sight

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["LivenessWorld", "Symbol"]

_ANSWER_S = 0.2
_WALL_NS = 1_780_000_000_000_000_000


@dataclass(eq=False)
class Symbol:
    """One stream at the gateway, and its request at the feeder."""

    name: str
    group: str
    gap_s: Callable[[], float]
    """How long until its next tick."""
    phase: Phase = Phase.ASKED
    request: int = 1
    data_s: float = -inf
    asked_s: float = 0.0
    next_s: float = 0.0
    is_open: bool = True
    is_mute: bool = False
    is_held: bool = False
    proofs: int = 0
    mute_s: float = inf
    """Since when, of the time that counts."""


@dataclass(eq=False)
class LivenessWorld:
    """Carries out orders as the desk does: a new request is answered at once unless the symbol is mute."""

    symbols: Sequence[Symbol]
    config: LivenessConfig = field(default_factory=LivenessConfig)
    now_s: float = 0.0
    answers: bool = True
    """Whether the gateway answers when it is asked for its time."""

    def __post_init__(self) -> None:
        self.book = EpisodeBook("w", open_max=10_000, closed_max=100_000)
        self.machine = Liveness(self.config, self.book)
        self.heard_s = 0.0
        self.orders: list[tuple[float, Order]] = []
        self.acts: Counter[Act] = Counter()
        self.by_name = {one.name: one for one in self.symbols}

    def mute(self, *names: str) -> None:
        """No tick of these any more, whatever is asked."""
        for name in names:
            one = self.by_name[name]
            if not one.is_mute:
                one.is_mute, one.mute_s = True, self.now_s

    def unmute(self, *names: str) -> None:
        """They tick again."""
        for name in names:
            one = self.by_name[name]
            one.is_mute, one.mute_s = False, inf
            one.next_s = max(one.next_s, self.now_s)

    def set_open(self, is_open: bool, *names: str) -> None:
        """Their market opens or closes."""
        for name in names:
            one = self.by_name[name]
            if is_open and not one.is_open:
                one.mute_s = self.now_s if one.is_mute else inf
                one.next_s = self.now_s + one.gap_s()
            one.is_open = is_open

    def run(self, seconds: float, step_s: float = 1.0) -> list[Order]:
        """Time goes by, with a look every `step_s`; return what was ordered."""
        until_s, before = self.now_s + seconds, len(self.orders)
        while self.now_s < until_s:
            self.now_s = min(until_s, self.now_s + step_s)
            self.look()
        return [order for _, order in self.orders[before:]]

    def look(self) -> None:
        """One look at what has come until now."""
        for one in self.symbols:
            self._tick(one)
        sights = [
            Sight(one.name, one.group, one.phase, one.request, one.data_s, one.asked_s, one.is_open, one.proofs)
            for one in self.symbols
        ]
        now_ns = _WALL_NS + round(self.now_s * 1e9)
        for order in self.machine.look(sights, self.now_s, now_ns, heard_s=self.heard_s):
            self.orders.append((self.now_s, order))
            self.acts[order.act] += 1
            self._obey(order)

    def _tick(self, one: Symbol) -> None:
        if one.is_mute or not one.is_open:
            return
        came_s = -inf
        while one.next_s <= self.now_s:
            came_s = one.next_s
            one.next_s += max(1e-3, one.gap_s())
        if came_s == -inf and one.phase is Phase.ASKED and self.now_s >= one.asked_s + _ANSWER_S:
            came_s = self.now_s  # the values of this moment come with every request
        if came_s != -inf:
            self.heard_s = max(self.heard_s, came_s)
            self._price(one, came_s)

    def _price(self, one: Symbol, came_s: float) -> None:
        if one.is_held:
            one.phase, one.proofs = Phase.PROVING, one.proofs + 1
        else:
            one.phase, one.data_s = Phase.STREAMING, max(came_s, one.asked_s)

    def _obey(self, order: Order) -> None:
        if order.act is Act.PROBE or order.act is Act.RECONNECT:
            self.heard_s = self.now_s + 0.05 if self.answers else self.heard_s
            return
        one = self.by_name[order.symbol]
        if order.act is Act.ASK_AGAIN:
            one.request, one.phase, one.asked_s, one.data_s = one.request + 1, Phase.ASKED, self.now_s, -inf
        elif order.act is Act.HOLD:
            one.is_held, one.proofs = True, 0
        elif order.act is Act.RELEASE:
            one.is_held = False

    def acts_of(self, name: str) -> list[Act]:
        """What was ordered of one symbol, in order, vouching aside."""
        return [order.act for _, order in self.orders if order.symbol == name and order.act is not Act.VOUCH]

    def open_episodes(self) -> list[tuple[str, str]]:
        """Kind and scope of those that go on."""
        return sorted((one.kind.value, one.scope) for one in self.book if one.is_open)
