"""What the gateway says of a symbol's contract, written into the table; every change stands in the log, once."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import asdict
from sqlalchemy import select

from tickring.db import Contract
from tickring.db.event_log import Event, append_events
from tickring.planner.contract_word import contract_doubt, log_once
from tickring.planner.symbols import clean_symbol
from tickring.states import ApiMode

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tickring.feeder_answers import ContractAnswer, ContractFacts

__all__ = ["Outcome", "Taken", "is_foreign", "take_answer", "teller_of"]

_WORDS = ("sec_type", "primary_exchange", "currency", "local_symbol", "trading_class")
_HOURS = ("time_zone_id", "trading_hours", "liquid_hours")


class Outcome(StrEnum):
    """What an answer has led to."""

    RESOLVED = "resolved"
    AMBIGUOUS = "ambiguous"
    """Several contracts fit; they stand as candidates in the table."""
    UNKNOWN = "unknown"
    UNANSWERED = "unanswered"
    CONFLICT = "conflict"
    """The contract is another symbol's here, or not the one that was pinned."""


class Taken(NamedTuple):
    """What was made of an answer."""

    outcome: Outcome
    why: str = ""
    """In words, where it is not resolved."""
    is_other: bool = False
    """The symbol is another contract than it was."""


def teller_of(api_mode: ApiMode) -> str:
    """Return whose word a gateway of this kind of account gives, as `contracts.told_by` has it."""
    return "simulator" if api_mode is ApiMode.MOCK else "ib"


def is_foreign(row: Contract, api_mode: ApiMode) -> bool:
    """Whether a row's contract id is a simulator's, and means nothing at the gateway of this kind of account."""
    return row.told_by == "simulator" and not row.is_pinned and api_mode is not ApiMode.MOCK


def take_answer(session: Session, answer: ContractAnswer, api_mode: ApiMode) -> Taken:
    """Write what was answered. A simulator's word never replaces IB's, and nothing replaces what was pinned.

    Raises:
        InvalidSymbol: not a symbol.
    """
    symbol = clean_symbol(answer.symbol)
    row = session.get(Contract, symbol)
    if len(answer.found) == 1:
        return _take_one(session, symbol, row, answer.found[0], teller_of(api_mode))
    if not answer.found and not answer.code:
        return Taken(Outcome.UNANSWERED, answer.text)
    if not answer.found:
        why = f"{answer.code}: {answer.text}" if answer.code else answer.text
        log_once(session, Event("contract.unknown", symbol, why))
        return Taken(Outcome.UNKNOWN, why)
    return _take_candidates(session, symbol, row, answer.found)


def _take_candidates(session: Session, symbol: str, row: Contract | None, found: tuple[ContractFacts, ...]) -> Taken:
    names = ", ".join(f"{one.primary_exchange or one.exchange} {one.currency} ({one.con_id})" for one in found)
    why = f"{len(found)} contracts fit: {names}"
    if row is None:
        row = Contract(symbol=symbol, changed_at=datetime.now(UTC))
        session.add(row)
    candidates = json.dumps([asdict(one) for one in found])
    log_once(session, Event("contract.ambiguous", symbol, why))
    row.candidates, row.changed_at = candidates, datetime.now(UTC)
    session.flush()
    return Taken(Outcome.AMBIGUOUS, why)


def _take_one(session: Session, symbol: str, row: Contract | None, facts: ContractFacts, teller: str) -> Taken:
    if row is not None and not row.is_pinned and (row.told_by, teller) == ("ib", "simulator"):
        return Taken(
            Outcome.CONFLICT, f"{symbol} stands here as IB told it, and a simulator's word does not replace that"
        )
    if row is not None and row.is_pinned and row.con_id not in {None, facts.con_id}:
        return _conflict(session, symbol, f"is pinned to contract {row.con_id}, the gateway says {facts.con_id}")
    other = session.scalar(select(Contract).where(Contract.con_id == facts.con_id, Contract.symbol != symbol))
    if other is not None and (other.told_by, teller) == ("simulator", "ib") and not other.is_pinned:
        other.con_id = None  # that number never was IB's
        session.flush()
    elif other is not None:
        return _conflict(session, symbol, f"is contract {facts.con_id}, which is {other.symbol!r} here")
    now = datetime.now(UTC)
    if row is None:
        row = Contract(symbol=symbol, changed_at=now)
        session.add(row)
    before = row.con_id
    is_known = before == facts.con_id and row.resolved_at is not None and contract_doubt(session, symbol) is None
    events = [] if is_known else [_resolved(symbol, before, facts)]
    if _have_hours_changed(row, facts):
        events.append(Event("contract.hours_changed", symbol, facts.liquid_hours))
    if not row.is_pinned:
        row.con_id = facts.con_id
        row.ib_symbol = "" if facts.symbol == symbol else facts.symbol
        row.exchange = facts.exchange or "SMART"
        for word in _WORDS:
            setattr(row, word, getattr(facts, word))
    row.min_tick, row.multiplier = _decimal(facts.min_tick), _decimal(facts.multiplier)
    for word in _HOURS:
        setattr(row, word, getattr(facts, word))
    row.candidates, row.told_by, row.resolved_at = "", teller, now
    if events:
        row.changed_at = now
        append_events(session, events)
    session.flush()
    return Taken(Outcome.RESOLVED, is_other=before is not None and before != row.con_id)


def _resolved(symbol: str, before: int | None, facts: ContractFacts) -> Event:
    if before is None or before == facts.con_id:
        return Event("contract.resolved", symbol, f"contract {facts.con_id}", {"con_id": facts.con_id})
    text = f"contract {facts.con_id}, was {before}"
    return Event("contract.renumbered", symbol, text, {"con_id": facts.con_id, "before": before})


def _conflict(session: Session, symbol: str, why: str) -> Taken:
    log_once(session, Event("contract.conflict", symbol, why))
    return Taken(Outcome.CONFLICT, f"{symbol} {why}")


def _have_hours_changed(row: Contract, facts: ContractFacts) -> bool:
    """Whether a day that both know is another one now; the days themselves move on by one every day."""
    if not row.liquid_hours:
        return False
    before, now = _days(row.liquid_hours), _days(facts.liquid_hours)
    return row.time_zone_id != facts.time_zone_id or any(now.get(day, hours) != hours for day, hours in before.items())


def _days(hours: str) -> dict[str, list[str]]:
    days: dict[str, list[str]] = {}
    for span in hours.split(";"):
        days.setdefault(span.partition(":")[0], []).append(span)
    return days


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None
