"""Ask the planner's calendars. Imported by `tickring sessions` when it runs: pandas comes with it, half a second."""

import re
from collections import defaultdict
from datetime import UTC, datetime, tzinfo

from msgspec.structs import replace

from tickring.config.checks import contract_of
from tickring.config.structs import Config
from tickring.db import Contract
from tickring.errors import SessionsUnknown
from tickring.planner.contract_book import contract_config_of
from tickring.planner.sessions import ListedHours, sessions_of
from tickring.planner.sessions_calendar import calendar_names, zone_of_calendar
from tickring.planner.sessions_exchanges import CALENDAR_OF_EXCHANGE
from tickring.planner.stored_hours import StoredHours
from tickring.session_table import SessionTable

__all__ = ["exchanges_by_calendar", "find_sessions"]

_DAY_NS = 86_400 * 1_000_000_000
_PAIR = re.compile(r"[A-Z]{3}\.[A-Z]{3}")


def find_sessions(
    name: str, exchange: str, settings: Config, *, now_ns: int, days: int, extended: bool, contract: Contract | None
) -> tuple[SessionTable, tzinfo]:
    """Return the sessions of a calendar, or of a symbol's, and the market's own time zone.

    `contract`: as stored, with its hours; None: not known. A day more at both ends, so that no session of these days
    is cut where UTC's days begin and end.

    Raises:
        SessionsUnknown: they cannot be computed.
    """
    table = sessions_of(_hours_of(name, exchange, settings, contract), now_ns - _DAY_NS, days + 2, extended=extended)
    if table.unknown:
        raise SessionsUnknown(table.unknown)
    return table, zone_of_calendar(table.calendar, datetime.fromtimestamp(now_ns // 1_000_000_000, UTC).year)


def exchanges_by_calendar() -> dict[str, list[str]]:
    """Return every calendar with IB's codes of the exchanges that go by it, those with exchanges first."""
    exchanges: dict[str, list[str]] = defaultdict(list)
    for code, calendar in CALENDAR_OF_EXCHANGE.items():
        exchanges[calendar].append(code)
    return {name: exchanges[name] for name in sorted(calendar_names(), key=lambda one: (one not in exchanges, one))}


def _hours_of(name: str, exchange: str, settings: Config, stored: Contract | None) -> ListedHours:
    if not exchange and name in calendar_names():
        return ListedHours(name)
    overrides = dict(entry.split("=", 1) for entry in settings.sessions.calendars)
    contract = contract_of(settings, name)
    if stored is not None and not exchange:
        if name not in settings.contracts:
            contract = contract_config_of(stored)
        return ListedHours.of(contract, StoredHours.of(stored), overrides)
    if exchange:
        contract = replace(contract, exchange=exchange, primary_exchange="")
    if _PAIR.fullmatch(name) is not None and name not in settings.contracts:
        contract = replace(contract, sec_type="CASH")
    return ListedHours.of(contract, StoredHours(), overrides)
