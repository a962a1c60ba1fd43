"""From faults and runs to the figures of a report. Pure; all times are aware, durations seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tickring.episodes import EpisodeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

__all__ = ["Fault", "KindFigures", "Report", "Run", "make_report"]

_SLOWEST = 10
_WHOLE_STREAM = {EpisodeKind.DEGRADED: "degraded_s", EpisodeKind.DISCONNECTED: "disconnected_s"}
_SYMBOL = "symbol "


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One episode; `closed_at` None: it goes on."""

    episode_id: str
    kind: str
    scope: str
    severity: str
    cause: str
    code: int
    opened_at: datetime
    closed_at: datetime | None
    count: int = 1


class Run(msgspec.Struct, frozen=True):
    """One run of the stream; `ended_at` None: it is on, or ended without a word."""

    run_id: str
    started_at: datetime
    ended_at: datetime | None
    by: str
    how: str | None


class KindFigures(msgspec.Struct, frozen=True, kw_only=True):
    """All faults of one kind."""

    kind: str
    count: int
    open: int
    total_s: float
    """Together; where they overlap, that time counts once for each."""
    longest_s: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The page's figures."""

    since: datetime
    until: datetime
    on_s: float
    """A run was on."""
    degraded_s: float
    """Of that, the stream as a whole was degraded."""
    disconnected_s: float
    connected_share: float | None
    """Of the time a run was on; None: none was."""
    kinds: list[KindFigures]
    """The longest together first."""
    symbols: dict[str, float]
    """Seconds in which a symbol's own stream was silent: served from snapshot or history, or stale; the most first."""
    slowest: list[Fault]
    """Faults that took longest to heal."""
    faults: list[Fault]
    runs: list[Run]


def make_report(faults: list[Fault], runs: list[Run], since: datetime, until: datetime) -> Report:
    """Return the figures of what lies between the two times."""

    def inside_s(begin: datetime, end: datetime | None) -> float:
        return max(0.0, (min(end or until, until) - max(begin, since)).total_seconds())

    def together_s(spans: Iterable[tuple[datetime, datetime | None]]) -> float:
        """The time that any of them covers."""
        covered_s, reached = 0.0, since
        for begin, end in sorted(spans, key=lambda span: span[0]):
            covered_s += inside_s(max(begin, reached), end)
            reached = max(reached, min(end or until, until))
        return covered_s

    on = [(run.started_at, run.ended_at) for run in runs]
    on_s = together_s(on)
    whole = {
        name: together_s(
            (max(begin, fault.opened_at), _earlier(end, fault.closed_at))
            for begin, end in on
            for fault in faults
            if fault.kind == kind and _overlap(begin, end, fault)
        )
        for kind, name in _WHOLE_STREAM.items()
    }
    symbols: dict[str, float] = {}
    for fault in faults:
        if fault.kind == EpisodeKind.SYMBOL_SILENT:
            symbol = fault.scope.removeprefix(_SYMBOL)
            symbols[symbol] = symbols.get(symbol, 0.0) + inside_s(fault.opened_at, fault.closed_at)
    return Report(
        since=since,
        until=until,
        on_s=on_s,
        connected_share=1.0 - min(1.0, sum(whole.values()) / on_s) if on_s > 0 else None,
        kinds=_by_kind(faults, inside_s),
        symbols=dict(sorted(symbols.items(), key=lambda item: (-item[1], item[0]))),
        slowest=sorted(
            (fault for fault in faults if fault.closed_at is not None),
            key=lambda fault: inside_s(fault.opened_at, fault.closed_at),
            reverse=True,
        )[:_SLOWEST],
        faults=faults,
        runs=runs,
        **whole,
    )


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """None is later than everything."""
    return one if other is None else other if one is None else min(one, other)


def _overlap(begin: datetime, end: datetime | None, fault: Fault) -> bool:
    return (end is None or fault.opened_at < end) and (fault.closed_at is None or fault.closed_at > begin)


def _by_kind(faults: list[Fault], inside_s: Callable[[datetime, datetime | None], float]) -> list[KindFigures]:
    kinds: dict[str, list[Fault]] = {}
    for fault in faults:
        kinds.setdefault(fault.kind, []).append(fault)
    figures: list[KindFigures] = []
    for kind, found in kinds.items():
        durations_s = [inside_s(fault.opened_at, fault.closed_at) for fault in found]
        figures.append(
            KindFigures(
                kind=kind,
                count=len(found),
                open=sum(fault.closed_at is None for fault in found),
                total_s=sum(durations_s),
                longest_s=max(durations_s),
            )
        )
    return sorted(figures, key=lambda one: (-one.total_s, one.kind))
