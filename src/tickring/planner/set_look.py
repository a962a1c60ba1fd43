"""One look at everything that says what shall be streamed: the origin, positions and orders, contracts.

Runs in a thread of its own (`refresher`), because every part of it may block: a database behind a network, a locked
file, an address that answers slowly. Each part keeps its last good answer for itself, so a broken address does not
hide the positions, and a broken database not the address's list.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from tickring.db import Contract, Database
from tickring.errors import TickringError
from tickring.planner.contract_answers import is_foreign
from tickring.planner.contract_book import contracts_for, stored_contracts
from tickring.planner.contract_word import contract_doubts
from tickring.planner.held_symbols import HeldSymbols, find_held_symbols
from tickring.planner.moments import iso_from_datetime
from tickring.planner.origins.choosing import choose_origin
from tickring.planner.origins.origin import LastGood
from tickring.planner.stored_hours import StoredHours
from tickring.planner.wanted import WantedSymbol, merge_wanted
from tickring.planner_status import OriginStatus
from tickring.states import ApiMode

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.config import Config
    from tickring.config.structs import ContractConfig
    from tickring.planner.event_queue import EventQueue
    from tickring.planner.gateway_intake import GatewayIntake
    from tickring.planner.run_book import RunBook
    from tickring.positions import Position

__all__ = ["Look", "SetLook"]


class Look(NamedTuple):
    """What shall be streamed, as far as is known."""

    wanted: tuple[WantedSymbol, ...]
    contracts: dict[str, ContractConfig]
    """Of all that is wanted."""
    unnamed: dict[str, str]
    """Positions and orders without a symbol, and why."""
    is_known: bool
    """Every part has answered at least once. If not, what is streamed already must stay: it may be wanted."""
    origins: tuple[OriginStatus, ...]
    positions: tuple[Position, ...] | None
    """As just read; None: the database did not answer this time, or one cannot be told."""
    hours: dict[str, StoredHours]
    """What is stored of contracts' hours, by symbol."""
    told_at: dict[str, datetime | None]
    """When the gateway told all of a stored contract; None: not yet, or the feeder streams another one."""
    renumbered: frozenset[str]
    """Symbols that are another contract than before this look."""
    kept: dict[str, ContractConfig]
    """Every stored contract that the gateway has told of, wanted or not."""
    doubts: dict[str, str]
    """Wanted symbols whose contract the gateway does not confirm: since when, and what it says."""

    @property
    def has_faults(self) -> bool:
        """Whether some part is only the last good answer, or none."""
        return any(origin.fault is not None for origin in self.origins)


class _Answer:
    """What the database said last."""

    def __init__(self) -> None:
        self.held = HeldSymbols((), {})
        self.contracts: dict[str, ContractConfig] = {}
        self.hours: dict[str, StoredHours] = {}
        self.told_at: dict[str, datetime | None] = {}
        self.renumbered: set[str] = set()
        self.kept: dict[str, ContractConfig] = {}
        self.doubts: dict[str, str] = {}
        self.at: datetime | None = None
        self.fault: str | None = None
        self.failing_since: datetime | None = None


class SetLook:
    """Everything that has to be asked. One thread at a time; nothing is opened before the first look."""

    def __init__(
        self,
        config: Config,
        events: EventQueue,
        runs: RunBook | None = None,
        prepare: Callable[[Database], None] | None = None,
        intake: GatewayIntake | None = None,
    ) -> None:
        """`events`, `runs` and `intake` are written whenever the database answers; `prepare` gets it once, at first."""
        self._config = config
        self._events = events
        self._runs = runs
        self._prepare = prepare
        self._intake = intake
        self._database: Database | None = None
        self._was_open = False
        self._origin: LastGood | None = None
        self._origin_fault: OriginStatus | None = None
        self._answer = _Answer()
        self._api_mode = ApiMode(config.stream.api_mode)
        self._is_static = config.planner.origin == "static" or (
            config.planner.origin == "auto" and bool(config.stream.symbols)
        )

    def look(self) -> Look:
        """Ask everybody; never raises for what did not answer, the statuses tell."""
        origin = self._ask_origin()
        answer = self._ask_database()
        symbols = () if self._origin is None or self._origin.answer is None else self._origin.answer.symbols
        wanted = merge_wanted(symbols, answer.held.symbols)
        if answer.at is None and not self._is_static:
            # A pinned contract may be in there: the price of another listing would be worse than none.
            wanted = tuple(one for one in wanted if one.symbol in {name.upper() for name in self._config.contracts})
        contracts = contracts_for((one.symbol for one in wanted), self._config.contracts, answer.contracts)
        is_known = answer.at is not None and self._origin is not None and self._origin.answer is not None
        text = f"{len(answer.held.symbols)} held symbols, {len(answer.contracts)} contracts"
        database = _status("positions and contracts", text, answer.at, answer.fault, answer.failing_since)
        positions = answer.held.positions if answer.fault is None else None
        renumbered, answer.renumbered = frozenset(answer.renumbered), set()
        return Look(
            wanted,
            contracts,
            answer.held.unnamed,
            is_known,
            (origin, database),
            positions,
            answer.hours,
            answer.told_at,
            renumbered,
            answer.kept,
            {symbol: answer.doubts[symbol] for symbol in contracts if symbol in answer.doubts},
        )

    def close(self) -> None:
        """Give everything back. Idempotent."""
        if self._origin is not None:
            self._origin.close()
        self._drop_database()

    def _ask_origin(self) -> OriginStatus:
        if self._origin is None:
            try:
                self._origin = LastGood(choose_origin(self._config, self._open_database))
            except TickringError as error:
                before = self._origin_fault
                since = iso_from_datetime(datetime.now(UTC)) if before is None else before.failing_since
                name = f"planner.origin {self._config.planner.origin}"
                self._origin_fault = OriginStatus(name=name, fault=str(error), failing_since=since)
                return self._origin_fault
        origin = self._origin
        origin.ask()
        text = None if origin.answer is None else f"{origin.answer.text}: {len(origin.answer.symbols)} symbols"
        return _status(origin.name, text, origin.answered_at, origin.fault, origin.failing_since)

    def _ask_database(self) -> _Answer:
        answer = self._answer
        try:
            database = self._open_database()
            if self._intake is not None:
                self._intake.flush(database)
            with database.reading() as session:
                held = find_held_symbols(session, self._config.contracts, self._api_mode)
                contracts = stored_contracts(session)
                rows = list(session.scalars(select(Contract)))
                doubts = contract_doubts(session)
            answer.held, answer.contracts, answer.at = held, contracts, datetime.now(UTC)
            answer.hours = {row.symbol: StoredHours.of(row) for row in rows if not is_foreign(row, self._api_mode)}
            answer.doubts = {
                symbol: f"{said.kind} since {iso_from_datetime(said.at)}: {said.text}"
                for symbol, said in doubts.items()
            }
            self._note_told(answer, rows)
            if self._runs is not None:
                self._runs.flush(database)
            self._events.flush(database)
        except TickringError as error:
            if answer.fault is None:
                answer.failing_since = datetime.now(UTC)
            answer.fault = str(error)
            self._drop_database()
        else:
            answer.fault, answer.failing_since = None, None
        return answer

    def _note_told(self, answer: _Answer, rows: list[Contract]) -> None:
        kept = None if self._intake is None else self._intake.kept
        answer.told_at = {
            row.symbol: None
            if is_foreign(row, self._api_mode) or (kept is not None and kept.differs(row))
            else row.resolved_at
            for row in rows
        }
        known = (symbol for symbol, told_at in answer.told_at.items() if told_at is not None)
        answer.kept = contracts_for(known, self._config.contracts, answer.contracts)
        if self._intake is not None and kept is not None:
            numbers = {row.symbol: row.con_id for row in rows}
            changed = self._intake.take_renumbered()
            answer.renumbered |= {name for name in changed if kept.con_ids.get(name) != numbers.get(name)}

    def _open_database(self) -> Database:
        if self._database is None:
            # Only the first time it may be new: one that has vanished is a fault, not a fresh start.
            database = Database.open(self._config.database, is_migrated=not self._was_open)
            try:
                if self._prepare is not None:
                    self._prepare(database)
            except BaseException:
                database.close()
                raise
            self._database, self._prepare, self._was_open = database, None, True
        return self._database

    def _drop_database(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None


def _status(
    name: str, text: str | None, at: datetime | None, fault: str | None, failing_since: datetime | None
) -> OriginStatus:
    return OriginStatus(
        name=name,
        answer=None if at is None else text,
        answered_at=None if at is None else iso_from_datetime(at),
        fault=fault,
        failing_since=None if failing_since is None else iso_from_datetime(failing_since),
    )
