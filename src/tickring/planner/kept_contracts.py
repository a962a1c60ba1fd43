"""Contracts that the feeder found by itself, as it keeps them beside the segment for its next life."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from tickring.config.found_contracts import FOUND_CONTRACTS_VERSION, FoundContracts
from tickring.db import Contract
from tickring.db.event_log import Event, append_events
from tickring.errors import InvalidSymbol
from tickring.json_faults import JSON_FAULTS
from tickring.names import FEEDER_CONTRACTS_FILE, SegmentPaths
from tickring.planner.contract_answers import is_foreign, teller_of
from tickring.planner.contract_book import contracts_for, stored_contracts
from tickring.planner.symbols import clean_symbol
from tickring.states import ApiMode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from tickring.config.found_contracts import FoundContract
    from tickring.config.structs import ContractConfig
    from tickring.db import Database

__all__ = ["KeptContracts"]

_LOG = logging.getLogger("tickring.planner")


class KeptContracts:
    """Read when the file has changed. Used by the thread that asks the database."""

    def __init__(self, segment: str, api_mode: ApiMode, configured: Mapping[str, ContractConfig]) -> None:
        """`configured`: the contracts of the configuration, which count before the database's."""
        self._path = SegmentPaths.of(segment).directory / FEEDER_CONTRACTS_FILE
        self._api_mode = api_mode
        self._configured = configured
        self._seen: tuple[int, int] | None = None
        self.con_ids: dict[str, int] = {}
        """By symbol, of those that the feeder uses now."""

    def flush(self, database: Database) -> None:
        """Take what is new into the table: what the feeder streams has a contract there, though no hours yet.

        Raises:
            DatabaseError: nothing was written, and it is tried again.
        """
        try:
            stat = self._path.stat()
            stamp = (stat.st_mtime_ns, stat.st_ino)
            if stamp == self._seen:
                return
            content = msgspec.json.decode(self._path.read_bytes(), type=FoundContracts)
        except FileNotFoundError:
            return
        except (OSError, *JSON_FAULTS) as error:
            _LOG.warning("planner.contracts_unreadable path=%s error=%s", self._path, error)
            return
        if (content.version, content.api_mode) != (FOUND_CONTRACTS_VERSION, self._api_mode):
            return
        with database.writing() as session:
            self._take(session, content.contracts)
        self._seen = stamp
        self.con_ids = {symbol: entry.known.con_id for symbol, entry in content.contracts.items()}

    def _take(self, session: Session, entries: Mapping[str, FoundContract]) -> None:
        rows = {row.symbol: row for row in session.scalars(select(Contract))}
        taken = {row.con_id for row in rows.values()}
        told = contracts_for(entries, self._configured, stored_contracts(session))
        now = datetime.now(UTC)
        for name, entry in entries.items():
            known = entry.known
            try:
                symbol = clean_symbol(name)
            except InvalidSymbol:
                continue
            row = rows.get(symbol)
            is_new = row is None or (row.con_id is None and not row.is_pinned)
            if symbol != name or entry.wanted != told[name] or not is_new or known.con_id in taken or known.con_id <= 0:
                continue
            if row is None:
                row = Contract(symbol=symbol)
                session.add(row)
            row.con_id, row.ib_symbol = known.con_id, "" if known.symbol == symbol else known.symbol
            row.sec_type, row.exchange, row.primary_exchange = known.sec_type, known.exchange, known.primary_exchange
            row.currency, row.local_symbol, row.trading_class = known.currency, known.local_symbol, known.trading_class
            row.told_by, row.candidates, row.changed_at = teller_of(self._api_mode), "", now
            taken.add(known.con_id)
            text = f"contract {known.con_id}, found by the feeder"
            append_events(session, [Event("contract.resolved", symbol, text, {"con_id": known.con_id})])

    def differs(self, row: Contract) -> bool:
        """Whether the feeder streams another contract under this symbol than the table has."""
        used = self.con_ids.get(row.symbol)
        return (
            used is not None and row.con_id is not None and used != row.con_id and not is_foreign(row, self._api_mode)
        )
