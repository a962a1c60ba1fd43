"""What has happened: runs of the stream, positions and orders as last seen, and the log that is only ever added to."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from tickring.db.base import Base

__all__ = ["EventLogEntry", "Position", "StreamRun", "WorkingOrder"]


class StreamRun(Base):
    """One run of the stream: who began it, what for, when, and how it ended."""

    __tablename__ = "stream_runs"

    run_id: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(index=True)
    started_by: Mapped[str]
    project_id: Mapped[int | None]
    """A number only: the project may be gone."""
    decision_snapshot_id: Mapped[int | None]
    api_mode: Mapped[str]
    host: Mapped[str] = mapped_column(default="")
    pid: Mapped[int]
    start_ticks: Mapped[int | None] = mapped_column(BigInteger)
    """Of that process, as `tickring.process_identity` has it; None: not known."""
    data_root: Mapped[str] = mapped_column(default="")
    """One run at a time is on in each; empty: not known."""
    ended_at: Mapped[datetime | None]
    ended_how: Mapped[str | None]
    """None: it runs, or ended without a word."""


class Position(Base):
    """A position of an account as last seen. Quantity 0 means that it was closed."""

    __tablename__ = "positions"

    account: Mapped[str] = mapped_column(primary_key=True)
    position_key: Mapped[str] = mapped_column(primary_key=True)
    """The contract id where there is one, else symbol and currency."""
    symbol: Mapped[str]
    con_id: Mapped[int | None]
    sec_type: Mapped[str] = mapped_column(default="STK")
    currency: Mapped[str] = mapped_column(default="USD")
    quantity: Mapped[Decimal]
    """Negative: short."""
    average_cost: Mapped[Decimal | None]
    """Of one share or contract, in the currency; None: not told."""
    multiplier: Mapped[Decimal] = mapped_column(default=Decimal(1))
    seen_at: Mapped[datetime]


class WorkingOrder(Base):
    """An order that may still be filled, as last seen."""

    __tablename__ = "working_orders"
    __table_args__ = (CheckConstraint("side IN ('buy', 'sell')", name="side"),)

    account: Mapped[str] = mapped_column(primary_key=True)
    order_key: Mapped[str] = mapped_column(primary_key=True)
    """IB's permanent id."""
    symbol: Mapped[str]
    con_id: Mapped[int | None]
    sec_type: Mapped[str] = mapped_column(default="STK")
    currency: Mapped[str] = mapped_column(default="USD")
    side: Mapped[str]
    quantity: Mapped[Decimal]
    """What is left of it."""
    seen_at: Mapped[datetime]


class EventLogEntry(Base):
    """One line of the log. The database itself refuses to change or remove one."""

    __tablename__ = "event_log"
    __table_args__ = (Index("ix_event_log_kind_at", "kind", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    """When it happened, which may be before it could be written."""
    kind: Mapped[str]
    """A stable dotted name: `set.changed`, `origin.failed`, `snapshot.imported` ..."""
    subject: Mapped[str] = mapped_column(default="")
    """A symbol, an origin, a project; empty: none."""
    text: Mapped[str] = mapped_column(default="")
    data: Mapped[str] = mapped_column(default="{}")
    """Further fields as JSON."""
