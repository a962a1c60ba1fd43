"""Whether any market of the run is open, as far as somebody says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickring.feeder_status import FeederStatus
    from tickring.session_table import SessionTables

__all__ = ["in_session"]


def in_session(feeder: FeederStatus | None, epoch: int, tables: SessionTables | None, now_ns: int) -> bool | None:
    """Return whether the market of any wanted symbol is open; None: not known.

    The feeder's word counts if it is of the present `epoch`; without one the planner's tables, as of `now_ns`.
    """
    if feeder is not None and feeder.epoch == epoch and feeder.in_session is not None:
        return feeder.in_session
    answers: set[bool | None] = set() if tables is None else {table.is_open(now_ns) for table in tables.tables}
    if True in answers:
        return True
    return False if answers == {False} else None
