"""What a planner would stream that starts now: one look, taken here, with nothing told to anybody."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tickring.planner.event_queue import EventQueue
from tickring.planner.set_keeper import SetKeeper
from tickring.planner.set_look import SetLook
from tickring.planner.status_report import compose_status

if TYPE_CHECKING:
    from tickring.config import Config
    from tickring.planner_status import PlannerStatus

__all__ = ["plan_set"]


def plan_set(config: Config) -> PlannerStatus:
    """Return what the status would say. Waits for every answer; who gives none is a fault in it, never an error.

    The database is made or migrated if need be, as by every command.
    """
    planner = config.planner
    events = EventQueue()
    question = SetLook(config, events)
    try:
        look = question.look()
    finally:
        question.close()
    keeper = SetKeeper(
        max_symbols=min(planner.max_symbols, config.segment.capacity),
        min_hold_s=planner.min_hold_s,
        grace_s=planner.unsubscribe_grace_s,
    )
    keeper.want(look.wanted, time.monotonic())
    return compose_status(
        config, keeper, look, events, sent=look.contracts, slow_s=None, next_refresh_at_s=None
    )  # fmt: skip
