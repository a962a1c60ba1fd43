"""Turn what is wanted, which changes at every refresh, into a set that is streamed calmly.

Pure: times are monotonic seconds, given by the caller. The rules, in this order:

- A position or a working order is streamed at once, also above the limit.
- All else gets a place in the order of importance while there are fewer than `max_symbols`. What finds none is
  *truncated* (too unimportant) or *waiting* (important enough, but the places are still taken).
- What is wanted no longer goes after `grace_s`, so that a symbol that comes and goes is not subscribed anew each time;
  it goes earlier when a waiting one needs its place, but never before it has been streamed for `min_hold_s`.
- What stays wanted is never touched.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from tickring.planner.wanted import Origin, WantedSymbol, merge_wanted

__all__ = ["SetChange", "SetKeeper", "SetRow", "SetRowState"]


class SetRowState(StrEnum):
    """How a symbol stands."""

    STREAMED = "streamed"
    LEAVING = "leaving"
    """Streamed, but wanted no longer."""
    WAITING = "waiting"
    """Not streamed yet: others still hold the places."""
    TRUNCATED = "truncated"
    """Not streamed: `max_symbols` more important ones are wanted."""


class SetChange(NamedTuple):
    """What to tell the feeder; both sorted."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.add or self.remove)


class SetRow(NamedTuple):
    """One symbol as of a moment."""

    wanted: WantedSymbol
    """The newest reason for it, also of one that is wanted no longer."""
    state: SetRowState
    since_s: float
    """When this state began."""
    held_until_s: float | None = None
    """Until when it stays, whatever happens; None: not streamed."""
    leaves_at_s: float | None = None
    """When it goes unless it is wanted again; None: it does not."""


class _Streamed:
    __slots__ = ("is_unchosen_since_s", "since_s", "wanted")

    def __init__(self, wanted: WantedSymbol, since_s: float) -> None:
        self.wanted = wanted
        self.since_s = since_s
        self.is_unchosen_since_s: float | None = None


class SetKeeper:
    """Remembers what is streamed. `want` says what shall be, `step` what is to be done about it now."""

    def __init__(self, *, max_symbols: int, min_hold_s: float, grace_s: float) -> None:
        """Nothing is wanted and nothing streamed."""
        self.max_symbols = max_symbols
        self._min_hold_s = min_hold_s
        self._grace_s = grace_s
        self._streamed: dict[str, _Streamed] = {}
        self._chosen: dict[str, WantedSymbol] = {}
        self._truncated: dict[str, WantedSymbol] = {}
        self._absent_since_s: dict[str, float] = {}

    @property
    def streamed(self) -> frozenset[str]:
        """What the feeder has been told to stream."""
        return frozenset(self._streamed)

    def streamed_wishes(self) -> list[WantedSymbol]:
        """Return what is streamed, as a wish that it stays."""
        return [entry.wanted for entry in self._streamed.values()]

    @property
    def truncated(self) -> tuple[WantedSymbol, ...]:
        """What is wanted but left out because of `max_symbols`, the most important first."""
        return tuple(self._truncated.values())

    @property
    def waiting(self) -> tuple[WantedSymbol, ...]:
        """What is about to be streamed, as soon as there is a place; the most important first."""
        return tuple(wanted for symbol, wanted in self._chosen.items() if symbol not in self._streamed)

    def adopt(self, symbols: Iterable[str], now_s: float) -> None:
        """Take over what is streamed already, from before this keeper; nobody has said yet why."""
        for symbol in symbols:
            if symbol not in self._streamed:
                self._streamed[symbol] = entry = _Streamed(WantedSymbol(symbol, Origin.EARLIER), now_s)
                entry.is_unchosen_since_s = now_s

    def want(self, wanted: Iterable[WantedSymbol], now_s: float) -> SetChange:
        """Take over a new set of wishes, all of it, and return what is to be done now."""
        self._chosen, self._truncated = {}, {}
        for one in merge_wanted(wanted):
            has_place = one.is_held or len(self._chosen) < self.max_symbols
            (self._chosen if has_place else self._truncated)[one.symbol] = one
        for symbol, entry in self._streamed.items():
            if symbol in self._chosen:
                entry.wanted = self._chosen[symbol]
                entry.is_unchosen_since_s = None
            else:
                entry.wanted = self._truncated.get(symbol, entry.wanted)
                if entry.is_unchosen_since_s is None:
                    entry.is_unchosen_since_s = now_s
        return self.step(now_s)

    def step(self, now_s: float) -> SetChange:
        """Return what is to be done now; time alone can make symbols leave, and others take their places."""
        missing = [one for symbol, one in self._chosen.items() if symbol not in self._streamed]
        removed = [symbol for symbol, entry in self._streamed.items() if self._leaves_at_s(entry) <= now_s]
        for symbol in removed:
            del self._streamed[symbol]
        removed += self._make_room(missing, now_s)
        added: list[str] = []
        for one in missing:
            if one.is_held or len(self._streamed) < self.max_symbols:
                self._streamed[one.symbol] = _Streamed(one, now_s)
                added.append(one.symbol)
        self._note_absent(now_s)
        return SetChange(tuple(sorted(added)), tuple(sorted(removed)))

    def next_at_s(self) -> float:
        """Return when `step` has something to do if nobody wants anything else; `inf` if never."""
        moments = [self._leaves_at_s(entry) for entry in self._streamed.values()]
        if self.waiting or len(self._streamed) > self.max_symbols:
            moments += [
                entry.since_s + self._min_hold_s
                for entry in self._streamed.values()
                if entry.is_unchosen_since_s is not None
            ]
        return min(moments, default=float("inf"))

    def rows(self) -> list[SetRow]:
        """Return every symbol that is streamed or wanted, the most important first."""
        rows: list[SetRow] = []
        for symbol, entry in self._streamed.items():
            held_until_s = entry.since_s + self._min_hold_s
            if symbol in self._chosen:
                rows.append(SetRow(entry.wanted, SetRowState.STREAMED, entry.since_s, held_until_s))
            else:
                since_s = entry.since_s if entry.is_unchosen_since_s is None else entry.is_unchosen_since_s
                leaves_at_s = self._leaves_at_s(entry)
                rows.append(SetRow(entry.wanted, SetRowState.LEAVING, since_s, held_until_s, leaves_at_s))
        for state, absent in ((SetRowState.WAITING, self._chosen), (SetRowState.TRUNCATED, self._truncated)):
            rows += [
                SetRow(one, state, self._absent_since_s.get(symbol, 0.0))
                for symbol, one in absent.items()
                if symbol not in self._streamed
            ]
        return sorted(rows, key=lambda row: row.wanted.order)

    def priorities(self) -> dict[str, int]:
        """Return how much each streamed symbol matters, the most important first; what leaves matters least."""
        found = {
            symbol: entry.wanted if entry.is_unchosen_since_s is None else WantedSymbol(symbol, Origin.EARLIER)
            for symbol, entry in self._streamed.items()
        }
        return {one.symbol: one.priority for one in sorted(found.values(), key=lambda wanted: wanted.order)}

    def _leaves_at_s(self, entry: _Streamed) -> float:
        if entry.is_unchosen_since_s is None:
            return float("inf")
        return max(entry.since_s + self._min_hold_s, entry.is_unchosen_since_s + self._grace_s)

    def _make_room(self, missing: list[WantedSymbol], now_s: float) -> list[str]:
        """Let symbols in their grace go early, the least important first, as far as there are too many."""
        excess = len(self._streamed) + len(missing) - self.max_symbols
        if excess <= 0:
            return []
        free = [
            (entry.wanted.order, symbol)
            for symbol, entry in self._streamed.items()
            if entry.is_unchosen_since_s is not None and entry.since_s + self._min_hold_s <= now_s
        ]
        gone = [symbol for _, symbol in sorted(free, reverse=True)[:excess]]
        for symbol in gone:
            del self._streamed[symbol]
        return gone

    def _note_absent(self, now_s: float) -> None:
        absent = {symbol for symbol in (*self._chosen, *self._truncated) if symbol not in self._streamed}
        self._absent_since_s = {symbol: self._absent_since_s.get(symbol, now_s) for symbol in absent}
