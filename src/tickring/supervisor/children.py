"""All children of the supervisor, in the order of their start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.control.messages import ChildReport
from tickring.states import RunState
from tickring.supervisor.child_keeper import ChildKeeper
from tickring.supervisor.child_spec import HeartbeatPlace, RestartKind
from tickring.supervisor.process_figures import ProcessFigures

if TYPE_CHECKING:
    from tickring.config.structs import SupervisorConfig
    from tickring.reader import ReaderStatus
    from tickring.supervisor.child_spec import ChildSpec

__all__ = ["Children"]


class Children:
    """One keeper for each specification. Main thread only."""

    def __init__(self, specs: list[ChildSpec], settings: SupervisorConfig) -> None:
        self.keepers = [ChildKeeper(spec, settings) for spec in specs]
        self._by_name = {keeper.name: keeper for keeper in self.keepers}
        self._figures = ProcessFigures()

    def __getitem__(self, name: str) -> ChildKeeper:
        """Return a child's keeper; KeyError: there is no such child."""
        return self._by_name[name]

    @property
    def names(self) -> list[str]:
        """In the order of their start."""
        return list(self._by_name)

    def running_since_s(self, name: str) -> float | None:
        """Return since when a child runs, on CLOCK_MONOTONIC; None: it does not."""
        keeper = self._by_name[name]
        return keeper.started_s if keeper.state is RunState.RUNNING else None

    @property
    def permanent(self) -> list[ChildKeeper]:
        """Those that are there as long as the supervisor is."""
        return [keeper for keeper in self.keepers if keeper.spec.restart is RestartKind.PERMANENT]

    @property
    def of_a_run(self) -> list[ChildKeeper]:
        """Those that are there while a run is on."""
        return [keeper for keeper in self.keepers if keeper.spec.restart is RestartKind.WITH_RUN]

    def notice(self, now_s: float, header: ReaderStatus | None) -> None:
        """See what has become of each."""
        for keeper in self.keepers:
            keeper.notice(now_s, header)

    def act(self, now_s: float) -> None:
        """Do the next step for each."""
        for keeper in self.keepers:
            keeper.act(now_s)

    def set_settings(self, settings: SupervisorConfig) -> None:
        """Use other times and limits from now on."""
        for keeper in self.keepers:
            keeper.set_settings(settings)

    @property
    def sentinels(self) -> list[int]:
        """What becomes readable when one ends."""
        return [fd for keeper in self.keepers for fd in keeper.sentinels]

    @property
    def have_troubles(self) -> bool:
        """Whether one that the stream needs has failed and is not back."""
        return any(keeper.has_troubles for keeper in self.keepers if keeper.spec.is_vital)

    @property
    def are_whole(self) -> bool:
        """Whether all run that the stream needs."""
        return all(keeper.state is RunState.RUNNING for keeper in self.keepers if keeper.spec.is_vital)

    @property
    def is_refused(self) -> bool:
        """Whether one has said that its configuration is wrong."""
        return any(keeper.is_refused for keeper in self.keepers)

    @property
    def lost(self) -> list[str]:
        """Names of those that fail with no repair under way."""
        return [keeper.name for keeper in self.keepers if not keeper.is_declared]

    @property
    def notes(self) -> list[str]:
        """What an operator should know of them."""
        lost = [
            f"{keeper.name} does not run; the stream goes on as it is: {keeper.trouble or keeper.state}"
            for keeper in self.keepers
            if not keeper.spec.is_vital and keeper.has_troubles
        ]
        return [*lost, *(note for keeper in self.keepers for note in keeper.notes)]

    def look_at_figures(self, now_s: float) -> None:
        """Look up what each costs, at most once a second."""
        self._figures.look([keeper.pid for keeper in self.keepers if keeper.pid is not None], now_s)

    def report(self, now_s: float) -> tuple[ChildReport, ...]:
        """Return what a report tells of each."""
        return tuple(self._report_of(keeper, now_s) for keeper in self.keepers)

    def _report_of(self, keeper: ChildKeeper, now_s: float) -> ChildReport:
        figures = self._figures.of(keeper.pid)
        stamps = keeper.spec.heartbeat is not HeartbeatPlace.NONE
        return ChildReport(
            name=keeper.name,
            state=keeper.state,
            pid=keeper.pid,
            uptime_s=None if keeper.pid is None else now_s - keeper.started_s,
            restarts=keeper.restarts,
            heartbeat_age_s=keeper.heartbeat_age_s,
            heartbeat_limit_s=keeper.heartbeat_limit_s if stamps else None,
            cpu_percent=None if figures is None else figures.cpu_percent,
            rss_bytes=None if figures is None else figures.rss_bytes,
            threads=None if figures is None else figures.threads,
            open_files=None if figures is None else figures.open_files,
            last_exit=keeper.last_exit,
            starts_in_s=keeper.starts_in_s,
        )
