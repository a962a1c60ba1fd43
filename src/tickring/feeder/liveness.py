"""When a stream that says nothing is silent, and what is tried before it is said so: decided here, done elsewhere.

The ladder of one silence, each rung once: ask the gateway whether it answers (what it sends for other symbols is an
answer), ask for the symbol anew, serve it by other means; for the whole stream, as the last, connect anew. Pure: looks
come from outside with their time.
"""

from __future__ import annotations

from enum import Enum
from math import inf
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from tickring.feeder.silence_scopes import Hearing, Judged, SilenceScopes
from tickring.feeder.symbol_watch import Phase, Rung, Sight, SymbolWatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tickring.config.liveness_section import LivenessConfig
    from tickring.episodes import EpisodeBook

__all__ = ["Act", "Liveness", "Order", "Silence"]


class Act(Enum):
    """What follows from a look."""

    CLOSE = "close"
    """The symbol's market has closed."""
    OPEN = "open"
    """The symbol's market has opened: what it had is of the session before."""
    VOUCH = "vouch"
    """The symbol is quiet, as it is used to be, and the feed would tell."""
    PROBE = "probe"
    """Nothing is heard of the gateway: have it asked."""
    ASK_AGAIN = "ask_again"
    FALL = "fall"
    """Serve the symbol by other means now."""
    HOLD = "hold"
    """The same, and keep it so: it flaps."""
    RELEASE = "release"
    """It has proved itself: its next price is its stream's again."""
    RECONNECT = "reconnect"


class Order(NamedTuple):
    """One act, with its cause in words."""

    act: Act
    symbol: str = ""
    cause: str = ""


class Silence(NamedTuple):
    """What the newest look has found."""

    symbols: Mapping[str, str] = MappingProxyType({})
    """Those that are silent, to the cause."""
    closed: int = 0
    """Symbols whose market is known to be closed."""
    degraded_share: float = 0.1
    """From this share of all wanted symbols on, silence is everybody's matter."""


class Liveness:
    """Lives as long as the feeder. Times: seconds, monotonic clock."""

    def __init__(self, config: LivenessConfig, book: EpisodeBook) -> None:
        self._config = config
        self._prompt_s = min(config.quiet_after_s, config.silence_min_s, config.silence_max_s)
        self._watches: dict[str, SymbolWatch] = {}
        self._scopes = SilenceScopes(book, config)
        self._has_reconnected = False
        self._orders: list[Order] = []
        self._heard_s = -inf
        self.silent: dict[str, str] = {}
        """Symbols that are silent, to the cause."""
        self.closed = 0
        """Symbols whose market is known to be closed."""

    def forget(self, symbol: str) -> None:
        """It is wanted no longer."""
        self._watches.pop(symbol, None)
        self.silent.pop(symbol, None)

    def session_over(self) -> None:
        """Nothing is asked for any more; what is silent stays so until it ticks."""
        for watch in self._watches.values():
            watch.forget(is_silent=True)

    def link_back(self, now_s: float) -> None:
        """The link to IB was in doubt: how long nothing came meanwhile means nothing."""
        for watch in self._watches.values():
            watch.since_s = max(watch.since_s, now_s) if watch.since_s != inf else inf
            if watch.rung < Rung.SILENT:
                watch.rung = Rung.NONE

    def deadline_s(self, symbol: str) -> float:
        """Return how long a symbol may be silent."""
        return self._watches.get(symbol, SymbolWatch()).deadline_s(self._config)

    def look(self, sights: Iterable[Sight], now_s: float, now_ns: int, *, heard_s: float) -> list[Order]:
        """Return what is to be done; `heard_s`: when the gateway's last byte came, `now_ns`: now on the wall clock."""
        self._orders, self._heard_s, self.closed = [], heard_s, 0
        judged = [one for sight in sights if (one := self._judge(sight, now_s)) is not None]
        self._scopes.settle(judged, now_s, now_ns)
        self._last_rung(now_s)
        return self._orders

    # ---- one symbol ----

    def _judge(self, sight: Sight, now_s: float) -> Judged | None:
        watch = self._watches.get(sight.symbol)
        if watch is None:
            watch = self._watches[sight.symbol] = SymbolWatch()
        if not self._is_open(watch, sight):
            self.closed += 1
            return None
        if sight.phase is Phase.ASIDE:
            watch.forget()
            self.silent.pop(sight.symbol, None)
            return None
        if sight.phase is Phase.WAITING and watch.rung < Rung.ASKED_AGAIN:
            return None
        watch.take(sight, now_s, self._config)
        if sight.phase is Phase.STREAMING:
            hearing = self._streaming(watch, sight, now_s)
        elif sight.phase is Phase.PROVING:
            hearing = self._proving(watch, sight, now_s)
        else:
            hearing = self._asked(watch, sight, now_s)
        return Judged(sight.symbol, sight.group, hearing, watch.rung_s)

    def _is_open(self, watch: SymbolWatch, sight: Sight) -> bool:
        if sight.is_open is not watch.is_open:
            watch.is_open = sight.is_open
            watch.forget()
            self.silent.pop(sight.symbol, None)
            self._order(Act.OPEN if sight.is_open else Act.CLOSE, sight.symbol)
        return watch.is_open

    def _streaming(self, watch: SymbolWatch, sight: Sight, now_s: float) -> Hearing:
        if watch.rung is not Rung.NONE and watch.data_s > watch.rung_s:
            self._came_back(watch, sight)
        silence_s = watch.silence_s(now_s)
        if silence_s <= self._prompt_s:  # nearly all, nearly always: neither quiet nor late by any rule
            return Hearing.HEARD
        if silence_s <= watch.deadline_s(self._config):
            self._vouch(watch, sight, silence_s, now_s)
            return Hearing.HEARD if silence_s <= self._config.silence_min_s else Hearing.UNDECIDED
        if watch.rung is Rung.SILENT:
            return Hearing.SILENT
        if watch.rung is not Rung.ASKED_AGAIN:
            self._suspect(watch, sight, silence_s, now_s)
        return Hearing.SUSPECTED

    def _came_back(self, watch: SymbolWatch, sight: Sight) -> None:
        if watch.rung is Rung.ASKED_AGAIN:
            watch.answered()
        watch.rung = Rung.NONE
        self.silent.pop(sight.symbol, None)

    def _vouch(self, watch: SymbolWatch, sight: Sight, silence_s: float, now_s: float) -> None:
        config = self._config
        usual_s = watch.usual_s(config) if self._scopes.is_anyone_heard else watch.learnt_s(config)
        is_quiet = config.quiet_after_s < silence_s <= usual_s and watch.data_s != -inf
        if not is_quiet or self._scopes.is_down(sight.group):
            return
        if now_s - self._heard_s <= config.silence_min_s:
            self._order(Act.VOUCH, sight.symbol)
        else:
            self._order(Act.PROBE, cause=f"{sight.symbol} is quiet, and so is the gateway")

    def _suspect(self, watch: SymbolWatch, sight: Sight, silence_s: float, now_s: float) -> None:
        """The gateway must have been heard since the symbol was: otherwise the silence is the connection's."""
        since_s = watch.rung_s if watch.rung is Rung.PROBED else now_s - self._config.answer_wait_s
        if self._heard_s > since_s:
            watch.climb(Rung.ASKED_AGAIN, now_s)
            cause = f"no tick for {silence_s:.1f} s, though the gateway answers; asked for anew"
            self._order(Act.ASK_AGAIN, sight.symbol, cause)
        elif watch.rung is Rung.NONE:
            watch.climb(Rung.PROBED, now_s)
            self._order(Act.PROBE, cause=f"{sight.symbol} has had no tick for {silence_s:.1f} s")

    def _asked(self, watch: SymbolWatch, sight: Sight, now_s: float) -> Hearing:
        if watch.rung is Rung.SILENT:
            return Hearing.SILENT
        is_tried = watch.rung is Rung.ASKED_AGAIN
        if sight.phase is Phase.WAITING:
            return Hearing.SUSPECTED
        wait_s = self._config.answer_wait_s if is_tried else self._config.silence_min_s
        if now_s - max(sight.asked_s, watch.rung_s) <= wait_s:
            return Hearing.SUSPECTED if is_tried else Hearing.UNDECIDED
        is_flapping = watch.fell(now_s, self._config)
        self.silent[sight.symbol] = (
            "no tick for longer than usual, and no price when it was asked for anew"
            if is_tried
            else "no price since it was asked for"
        )
        self._order(Act.HOLD if is_flapping else Act.FALL, sight.symbol, self.silent[sight.symbol])
        return Hearing.SILENT

    def _proving(self, watch: SymbolWatch, sight: Sight, now_s: float) -> Hearing:
        if watch.may_return(sight, now_s, self._config):
            self._order(Act.RELEASE, sight.symbol)
        return Hearing.SILENT

    # ---- the whole ----

    def _last_rung(self, now_s: float) -> None:
        since_s = self._scopes.silent_since_s
        if since_s is None:
            self._has_reconnected = False
            return
        is_answering = self._heard_s > since_s
        if not self._has_reconnected and is_answering and now_s - since_s >= self._config.reconnect_after_s:
            self._has_reconnected = True
            self._order(Act.RECONNECT, cause=f"no symbol has had data for {now_s - since_s:.0f} s, though asked anew")

    def _order(self, act: Act, symbol: str = "", cause: str = "") -> None:
        self._orders.append(Order(act, symbol, cause))
