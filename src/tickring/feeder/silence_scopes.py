"""Whose silence it is: one symbol's, a group's or everybody's. Each is one episode, opened and closed once."""

from __future__ import annotations

from collections import Counter
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from tickring.episodes import EpisodeBook, EpisodeKind, Severity

if TYPE_CHECKING:
    from collections.abc import Collection

    from tickring.config.liveness_section import LivenessConfig

__all__ = ["Hearing", "Judged", "SilenceScopes"]

_SYMBOLS_AT_MOST = 100
"""Episodes of single symbols at a time: a book has room for more, which belongs to what concerns everybody."""
_HEALS = "the stream's own next price"


class Hearing(IntEnum):
    """What is known of a symbol that should bring ticks."""

    UNDECIDED = 0
    """Not heard for a while, which may be usual."""
    HEARD = 1
    SUSPECTED = 2
    """Silent for longer than usual; being tried."""
    SILENT = 3


class Judged(NamedTuple):
    """One symbol whose market is open and whose ticks were asked for."""

    symbol: str
    group: str
    hearing: Hearing
    since_s: float
    """When it was found silent; monotonic clock."""


class SilenceScopes:
    """Compares what is silent with the episodes that are open."""

    def __init__(self, book: EpisodeBook, config: LivenessConfig) -> None:
        self._book = book
        self._config = config
        self._open: set[tuple[EpisodeKind, str]] = set()
        self._groups: set[str] = set()
        self._wide_until_s: dict[str, float] = {}
        self._whole_until_s = 0.0
        self.is_anyone_heard = False
        """As of the last look."""
        self.silent_since_s: float | None = None
        """When the whole stream fell silent (monotonic); None: it has not."""

    def is_down(self, group: str) -> bool:
        """Whether a group, or the whole stream, was silent at the last look."""
        return self.silent_since_s is not None or group in self._groups

    def settle(self, judged: Collection[Judged], now_s: float, now_ns: int) -> None:
        """Open and close what follows from a look; `now_ns` is the same moment on the wall clock."""
        self.is_anyone_heard = any(one.hearing is Hearing.HEARD for one in judged)
        wanted = self._wanted(judged, now_s)
        for kind, scope in self._open - wanted.keys():
            self._book.close(kind, scope, now_s=now_s, now_ns=now_ns)
        for (kind, scope), cause in wanted.items():
            if (kind, scope) not in self._open:
                severity = Severity.WARNING if kind is EpisodeKind.SYMBOL_SILENT else Severity.CRITICAL
                self._book.open(kind, scope, cause=cause, heals=_HEALS, severity=severity, now_s=now_s, now_ns=now_ns)
        self._open = set(wanted)

    def _wanted(self, judged: Collection[Judged], now_s: float) -> dict[tuple[EpisodeKind, str], str]:
        if self._is_whole(judged):
            if self.silent_since_s is None:
                self.silent_since_s = now_s
            self._groups.clear()
            self._whole_until_s = now_s + self._aftermath_s
            return {(EpisodeKind.STREAM_SILENT, "stream"): f"none of {len(judged)} symbols has brought data"}
        self.silent_since_s = None
        bad = Counter(one.group for one in judged if one.hearing >= Hearing.SUSPECTED)
        silent = Counter(one.group for one in judged if one.hearing is Hearing.SILENT)
        heard = Counter(one.group for one in judged if one.hearing is Hearing.HEARD)
        # Without anybody who is heard it may soon be everybody's silence: that has some time to show.
        late = {one.group for one in judged if one.hearing is Hearing.SILENT and self._is_late(one, now_s)}
        decided = set(bad) if heard.total() > 0 and now_s > self._whole_until_s else late
        self._groups = {
            group for group in bad if group in self._groups | decided and self._is_group_down(group, bad, silent, heard)
        }
        self._wide_until_s.update(dict.fromkeys(self._groups, now_s + self._aftermath_s))
        wanted = {
            (EpisodeKind.FARM_DOWN, f"farm of {group}"): f"{silent[group]} symbols of {group} have no data, "
            f"{heard[group]} have"
            for group in self._groups
        }
        known = sum(kind is EpisodeKind.SYMBOL_SILENT for kind, _ in self._open)
        for one in judged:
            if one.hearing is not Hearing.SILENT or one.group in self._groups:
                continue
            key = (EpisodeKind.SYMBOL_SILENT, f"symbol {one.symbol}")
            is_decided = one.group in decided and bad[one.group] == silent[one.group]
            is_due = now_s > self._wide_until(one) and (is_decided or self._is_late(one, now_s))
            if key not in self._open and is_due:
                known += 1
                is_due = known <= _SYMBOLS_AT_MOST
            if key in self._open or is_due:
                wanted[key] = "no data for longer than it is used to, and none when it was asked for anew"
        return wanted

    @property
    def _aftermath_s(self) -> float:
        """Whoever returns a little later than the others was in their episode, and opens none of its own."""
        return 2.0 * self._config.answer_wait_s

    def _wide_until(self, one: Judged) -> float:
        return max(self._whole_until_s, self._wide_until_s.get(one.group, 0.0))

    def _is_late(self, one: Judged, now_s: float) -> bool:
        """Whether others that are being tried have had their time to show that they are silent too."""
        return now_s - one.since_s > self._aftermath_s

    def _is_whole(self, judged: Collection[Judged]) -> bool:
        found = Counter(one.hearing for one in judged)
        bad = found[Hearing.SUSPECTED] + found[Hearing.SILENT]
        if not bad or found[Hearing.HEARD] or bad / len(judged) < self._config.group_share:
            return False
        # A few names may be quiet together: those are tried first.
        return bad >= self._config.group_min or found[Hearing.SILENT] == bad

    def _is_group_down(self, group: str, bad: Counter[str], silent: Counter[str], heard: Counter[str]) -> bool:
        share = bad[group] / (bad[group] + heard[group])
        if group in self._groups:
            return silent[group] > 0 and share >= self._config.group_share / 2.0
        return silent[group] >= self._config.group_min and share >= self._config.group_share
