"""Write the planner's status file: at once when something changed, else every two seconds."""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING

from tickring.iso_time import iso_from_ns
from tickring.planner.moments import iso_from_monotonic
from tickring.planner_status import PlannedSymbol, PlannerStatus, write_planner_status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tickring.config import Config
    from tickring.config.structs import ContractConfig
    from tickring.planner.event_queue import EventQueue
    from tickring.planner.set_keeper import SetKeeper, SetRow
    from tickring.planner.set_look import Look

__all__ = ["StatusReport", "compose_status"]

_LOG = logging.getLogger("tickring.planner")
_PERIOD_S = 2.0


class StatusReport:
    """Of one run's parameters."""

    def __init__(self, config: Config) -> None:
        """Writes nothing yet."""
        self._config = config
        self._due_s = 0.0
        self._is_failing = False

    def hurry(self) -> None:
        """Let the next `write` write."""
        self._due_s = 0.0

    def write(
        self,
        keeper: SetKeeper,
        look: Look | None,
        events: EventQueue,
        *,
        sent: Mapping[str, ContractConfig],
        slow_s: float | None,
        next_refresh_at_s: float | None,
    ) -> None:
        """Write the file if it is due. A full tmpfs is logged once and tried again."""
        now_s = time.monotonic()
        if now_s < self._due_s:
            return
        self._due_s = now_s + _PERIOD_S
        status = compose_status(
            self._config, keeper, look, events, sent=sent, slow_s=slow_s, next_refresh_at_s=next_refresh_at_s
        )
        try:
            write_planner_status(self._config.segment.name, status)
        except OSError as error:
            if not self._is_failing:
                _LOG.warning("planner.status_not_written error=%s", error)
            self._is_failing = True
        else:
            self._is_failing = False


def compose_status(
    config: Config,
    keeper: SetKeeper,
    look: Look | None,
    events: EventQueue,
    *,
    sent: Mapping[str, ContractConfig],
    slow_s: float | None,
    next_refresh_at_s: float | None,
) -> PlannerStatus:
    """Return how things are now; `sent` has the contracts as the feeder was told them."""
    planner = config.planner
    return PlannerStatus(
        pid=os.getpid(),
        written_at=iso_from_ns(time.time_ns()),
        project_id=config.stream.project_id,
        decision_snapshot_id=planner.decision_snapshot_id or None,
        max_symbols=planner.max_symbols,
        refresh_interval_s=planner.refresh_interval_s,
        next_refresh_at=None if next_refresh_at_s is None else iso_from_monotonic(next_refresh_at_s),
        origins=() if look is None else look.origins,
        slow_s=slow_s,
        symbols=tuple(_planned(row, sent) for row in keeper.rows()),
        unnamed={} if look is None else look.unnamed,
        doubts={} if look is None else look.doubts,
        events_waiting=len(events),
        events_lost=events.lost,
    )


def _planned(row: SetRow, sent: Mapping[str, ContractConfig]) -> PlannedSymbol:
    contract = sent.get(row.wanted.symbol)
    return PlannedSymbol(
        symbol=row.wanted.symbol,
        origin=row.wanted.origin.value,
        priority=row.wanted.priority,
        state=row.state.value,
        since=iso_from_monotonic(row.since_s),
        held_until=None if row.held_until_s is None else iso_from_monotonic(row.held_until_s),
        leaves_at=None if row.leaves_at_s in (None, float("inf")) else iso_from_monotonic(row.leaves_at_s),
        con_id=contract.con_id or None if contract is not None else None,
    )
