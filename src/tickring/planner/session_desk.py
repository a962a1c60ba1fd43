"""When the markets of the streamed symbols are open, computed by a thread of its own: calendars take their time."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from tickring.errors import SessionsUnknown
from tickring.planner.stored_hours import StoredHours
from tickring.session_table import SessionTable, SessionTables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tickring.config.structs import ContractConfig, SessionsConfig

__all__ = ["SessionDesk", "plan_sessions"]

_LOG = logging.getLogger("tickring.planner")
_DAY_NS = 86_400 * 1_000_000_000


class SessionDesk:
    """Used by the loop's thread alone; the other one only hands over its result."""

    def __init__(self, settings: SessionsConfig) -> None:
        """Nothing is asked yet."""
        self._settings = settings
        self._asked: object = None
        self._result: SessionTables | None = None
        self._thread: threading.Thread | None = None

    def ask(self, contracts: Mapping[str, ContractConfig], hours: Mapping[str, StoredHours]) -> None:
        """Have the tables of these computed, unless they are those of today already or others are under way."""
        question = (dict(contracts), {name: hours[name] for name in contracts if name in hours}, _today())
        if question == self._asked or (self._thread is not None and self._thread.is_alive()):
            return
        self._asked = question
        self._thread = threading.Thread(target=self._work, args=question, name="planner-sessions", daemon=True)
        self._thread.start()

    def take(self) -> SessionTables | None:
        """Return new tables; once."""
        result, self._result = self._result, None
        return result

    def _work(self, contracts: dict[str, ContractConfig], hours: dict[str, StoredHours], today_ns: int) -> None:
        try:
            self._result = plan_sessions(contracts, hours, self._settings, today_ns)
        except Exception:  # noqa: BLE001 - the edge of a thread: of no market anything is known, and the feeder says so
            _LOG.exception("planner.sessions_failed")


def plan_sessions(
    contracts: Mapping[str, ContractConfig], hours: Mapping[str, StoredHours], settings: SessionsConfig, now_ns: int
) -> SessionTables:
    """Return the tables for `settings.days` from midnight UTC of `now_ns`'s day on; what cannot be computed says so."""
    try:
        from tickring.planner.sessions import ListedHours, tables_of
        from tickring.planner.sessions_exchanges import ALWAYS
    except ModuleNotFoundError as error:
        unknown = f"sessions need {error.name!r}: install 'tickring[service]'"
        table = SessionTable(calendar="", from_ns=now_ns, until_ns=now_ns, unknown=unknown)
        return SessionTables(tables=(table,), of_symbol=dict.fromkeys(contracts, 0))
    overrides = dict(entry.split("=", 1) for entry in settings.calendars)
    listed: dict[str, ListedHours | SessionsUnknown] = {}
    for symbol, contract in contracts.items():
        try:
            listed[symbol] = (
                ListedHours(ALWAYS)
                if settings.always_open
                else ListedHours.of(contract, hours.get(symbol, StoredHours()), overrides)
            )
        except SessionsUnknown as error:
            listed[symbol] = error
    return tables_of(listed, now_ns, settings.days, extended=settings.extended_hours)


def _today() -> int:
    now_ns = time.time_ns()
    return now_ns - now_ns % _DAY_NS
