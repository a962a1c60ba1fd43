"""Who of the wanted symbols has a market data line, and who is served by snapshots in turn because none is left.

Streams come by priority; a symbol that matters more takes the line of the one that matters least. Lines are counted as
the gateway counts them: every request for ticks that has left and has been neither refused nor cancelled, snapshots
included while they are open.
"""

from __future__ import annotations

from collections import Counter
from math import inf
from typing import TYPE_CHECKING

from tickring.feeder.line_budget import LineBudget
from tickring.feeder.line_plan import LineWish, plan_lines
from tickring.feeder.stream import Stage
from tickring.feeder_status import LineUse
from tickring.gateway_codes import Reaction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tickring.config.structs import FeederConfig
    from tickring.feeder.stream import Stream

__all__ = ["CERTAIN", "UNSAID", "LineDesk"]

UNSAID = 9
"""The priority of symbols that nobody has said anything of: they come last."""

_ANSWERED = {Stage.PROVING, Stage.CONFIRMED}
_HOLDING = {Stage.REQUESTED, *_ANSWERED}
_WISHING = {*_HOLDING, Stage.RESOLVED, Stage.ROTATED}
_COMING = {Stage.NEW, Stage.RESOLVING}
CERTAIN = {None, Reaction.NO_LINE, Reaction.COMPETING, Reaction.AGAIN}
"""Refusals after which a stream may be had as before."""
_PATIENCE = 3
"""A symbol keeps its line while it is asked for again; so often in vain, and its equals come first."""


class LineDesk:
    """Lives as long as the feeder. Times: seconds, monotonic clock."""

    def __init__(self, config: FeederConfig, streams: Mapping[str, Stream]) -> None:
        """`streams`: what is wanted, as the subscription desk knows it."""
        self._streams = streams
        self._priorities: dict[str, tuple[int, int]] = {}
        self._ordered: list[Stream] | None = None
        self._chosen: frozenset[str] | None = None
        self._used = self._wanted = 0
        self._is_full = False
        self._budget = LineBudget(config)
        self._patience_s = config.retry_limit_s
        self._lend_at_s = inf

    # ---- priorities ----

    def set_priorities(self, priorities: Mapping[str, int]) -> None:
        """Take over how much each symbol matters: the lower number first, among equals whoever is named first.

        Replaces what was said before; whoever is not named comes last.
        """
        self._priorities = {symbol: (number, rank) for rank, (symbol, number) in enumerate(priorities.items())}
        self.wanted_changed()

    def wanted_changed(self) -> None:
        """Symbols have come or gone."""
        self._ordered = None

    def in_order(self) -> list[Stream]:
        """Return all wanted symbols, the most important first, equals in the order in which they came."""
        if self._ordered is None:
            self._ordered = sorted(self._streams.values(), key=lambda one: self._priority_of(one.symbol))
        return self._ordered

    def _priority_of(self, symbol: str) -> tuple[int, int]:
        return self._priorities.get(symbol, (UNSAID, 0))

    # ---- who has a line ----

    def assign(self, now_s: float) -> list[Stream]:
        """Choose who shall have a line; return those that have one and shall not: their cancels leave before all else.

        A symbol that finds none is `rotated` from here on, one that gets one `resolved`.
        """
        wishing = [one for one in self.in_order() if one.stage in _WISHING and not _is_doubtful(one)]
        by_stage = Counter([one.stage for one in self._streams.values()])
        self._used = sum(by_stage[stage] for stage in _HOLDING)
        self._budget.proven(sum(by_stage[stage] for stage in _ANSWERED))
        self._wanted = len(wishing) + sum(by_stage[stage] for stage in _COMING)
        lines = self._budget.for_streams(self._wanted)
        self._is_full = self._used >= lines < self._wanted
        if self._is_full and self._budget.grow(now_s):
            lines = self._budget.for_streams(self._wanted)
        tried = self._kept_waiting(now_s)
        if tried is None and len(wishing) <= lines:
            self._chosen = None
        else:
            wishes = self._wishes(wishing)
            if tried is not None:
                wishes.append(LineWish(tried.symbol, self._priority_of(tried.symbol)[0], -1, is_held=True))
            self._chosen = plan_lines(wishes, lines)
        pushed_out = self._pushed_out(wishing)
        self._used -= len(pushed_out)
        for stream in wishing:
            if not self._is_chosen(stream):
                if stream.stage is Stage.RESOLVED:
                    stream.stage, stream.refusal = Stage.ROTATED, Reaction.NO_LINE
            elif stream.stage is Stage.ROTATED:
                stream.stage = Stage.RESOLVED
        return pushed_out

    def _kept_waiting(self, now_s: float) -> Stream | None:
        """Return a symbol whose next try has waited too long for a free line: once it takes that of an equal.

        One at a time, and none from who matters more. Without it a permission that is there again would never be seen
        while the others need exactly the lines that there are.
        """
        self._lend_at_s = inf
        doubtful = [one for one in self.in_order() if _is_doubtful(one)]
        if self._used < self._budget.limit or any(one.stage is Stage.REQUESTED for one in doubtful):
            return None
        for stream in doubtful:
            if stream.stage is Stage.RESOLVED:
                due_s = stream.deadline_s + self._patience_s
                if due_s <= now_s:
                    return stream
                self._lend_at_s = min(self._lend_at_s, due_s)
        return None

    def _pushed_out(self, wishing: list[Stream]) -> list[Stream]:
        """Who has a line and shall not. What is not answered yet may well be refused: it goes only for another one."""
        if self._chosen is None:
            return []
        losing = [one for one in wishing if one.stage in _HOLDING and not self._is_chosen(one)]
        pushed_out = [one for one in losing if one.stage in _ANSWERED]
        asking = sum(one.stage not in _HOLDING and self._is_chosen(one) for one in wishing) if losing else 0
        unanswered = [one for one in losing if one.stage is Stage.REQUESTED]
        return pushed_out + unanswered[::-1][: max(0, asking - len(pushed_out))]

    def _wishes(self, wishing: list[Stream]) -> list[LineWish]:
        last = len(wishing)
        return [
            LineWish(
                one.symbol,
                self._priority_of(one.symbol)[0],
                rank if one.refusals < _PATIENCE else last + rank,
                _has_claim(one),
            )
            for rank, one in enumerate(wishing)
        ]

    def _is_chosen(self, stream: Stream) -> bool:
        return self._chosen is None or stream.symbol in self._chosen

    def may_ask(self, stream: Stream, snapshots: int) -> bool:
        """Whether a resolved symbol's stream may be asked for while so many snapshots are open."""
        return (self._is_chosen(stream) or _is_doubtful(stream)) and self._used + snapshots < self._budget.limit

    def asked(self) -> None:
        """A stream was asked for."""
        self._used += 1

    def free(self, snapshots: int) -> int:
        """Return how many more snapshots there may be beside those that are open."""
        chosen = self._wanted if self._chosen is None else len(self._chosen)
        return self._budget.limit - max(self._used, chosen) - snapshots

    def refused(self, req_id: int, snapshots_before: int, now_s: float) -> None:
        """There was no line left (101) for a request: those of earlier ones, so many of them snapshots, are all.

        Its own stream, if it is one, must not count as asked for any more.
        """
        streams = sum(one.stage in _HOLDING and 0 <= one.req_id < req_id for one in self._streams.values())
        self._budget.refused(streams + snapshots_before, now_s)

    def next_s(self, now_s: float) -> float:
        """Return in how many seconds more lines are tried, or one is lent; `inf`: not as things are."""
        return min(self._lend_at_s - now_s, self._budget.next_s(now_s) if self._is_full else inf)

    def use(self, snapshots: int) -> LineUse:
        """Return what the status tells."""
        return LineUse(
            limit=self._budget.limit,
            used=self._used + snapshots,
            reserve=self._budget.reserve,
            rotated=sum(stream.stage is Stage.ROTATED for stream in self._streams.values()),
            is_learnt=self._budget.is_learnt,
        )


def _has_claim(stream: Stream) -> bool:
    """Whether it has a line, or has just given it back to ask anew."""
    is_between = stream.stage is Stage.RESOLVED and stream.asked_s < inf and stream.refusals < _PATIENCE
    return is_between or stream.stage in _HOLDING


def _is_doubtful(stream: Stream) -> bool:
    """Whether it was refused for another reason than lines: it may try a free line, and hardly ever takes another's."""
    return stream.stage not in _ANSWERED and stream.refusal not in CERTAIN
