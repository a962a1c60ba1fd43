"""Positions and working orders as the gateway told them, on their way into the database: the newest word counts."""

from __future__ import annotations

import threading
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import select

from tickring.db import Position, WorkingOrder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from tickring.db import Database
    from tickring.feeder_answers import AccountAnswer, HeldContract, OpenOrder

__all__ = ["AccountIntake"]


class AccountIntake:
    """Filled by the loop, emptied by the thread that asks the database; what the loop adds meanwhile stays."""

    def __init__(self) -> None:
        """Nothing waits."""
        self._newest: AccountAnswer | None = None
        self._lock = threading.Lock()

    def add(self, answer: AccountAnswer) -> bool:
        """Take the gateway's newest word; return whether it says another thing than the one that waits."""
        with self._lock:
            before, self._newest = self._newest, answer
        return before is None or (before.positions, before.orders) != (answer.positions, answer.orders)

    def flush(self, database: Database) -> None:
        """Write it. What an account no longer has is removed; other accounts stay as they are.

        Raises:
            DatabaseError: nothing was written, and it goes on waiting.
        """
        answer = self._newest
        if answer is None:
            return
        with database.writing() as session:
            at = datetime.fromisoformat(answer.at)
            if answer.positions is not None:
                _write_positions(session, {*answer.accounts, *(one.account for one in answer.positions)}, answer, at)
            if answer.orders is not None:
                _write_orders(session, {*answer.accounts, *(one.account for one in answer.orders)}, answer, at)
        with self._lock:
            if self._newest is answer:
                self._newest = None


def _write_positions(session: Session, accounts: Iterable[str], answer: AccountAnswer, at: datetime) -> None:
    left = {
        (row.account, row.position_key): row
        for row in session.scalars(select(Position).where(Position.account.in_(sorted(accounts))))
    }
    for held in answer.positions or ():
        key = held.account, _key(held)
        row = left.pop(key, None)
        if row is None:
            row = Position(account=held.account, position_key=key[1])
            session.add(row)
        row.symbol, row.con_id, row.sec_type = held.symbol, held.con_id or None, held.sec_type
        row.currency, row.quantity = held.currency, Decimal(held.quantity)
        row.average_cost = Decimal(held.average_cost) if held.average_cost else None
        row.multiplier = Decimal(held.multiplier or 1) or Decimal(1)
        row.seen_at = at
    for row in left.values():
        session.delete(row)


def _write_orders(session: Session, accounts: Iterable[str], answer: AccountAnswer, at: datetime) -> None:
    left = {
        (row.account, row.order_key): row
        for row in session.scalars(select(WorkingOrder).where(WorkingOrder.account.in_(sorted(accounts))))
    }
    for order in answer.orders or ():
        row = left.pop((order.account, order.order_key), None)
        if row is None:
            row = WorkingOrder(account=order.account, order_key=order.order_key)
            session.add(row)
        row.symbol, row.con_id, row.sec_type = order.symbol, order.con_id or None, order.sec_type
        row.currency, row.side, row.quantity = order.currency, order.side, Decimal(order.quantity)
        row.seen_at = at
    for left_row in left.values():
        session.delete(left_row)


def _key(held: HeldContract | OpenOrder) -> str:
    return str(held.con_id) if held.con_id else f"{held.symbol}:{held.currency}"
