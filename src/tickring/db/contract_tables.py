"""What a symbol is at its exchange, and what other houses call it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tickring.db.base import Base

__all__ = ["Contract", "SymbolAlias"]


class Contract(Base):
    """A symbol and the one contract behind it. One symbol never means two contracts, one contract never two symbols."""

    __tablename__ = "contracts"
    __table_args__ = (CheckConstraint("con_id IS NULL OR con_id > 0", name="con_id"),)

    symbol: Mapped[str] = mapped_column(primary_key=True)
    """Ours, upper case."""
    con_id: Mapped[int | None] = mapped_column(unique=True)
    """IB's contract id; None: not resolved."""
    ib_symbol: Mapped[str] = mapped_column(default="")
    """IB's symbol where it is another; empty: the same."""
    sec_type: Mapped[str] = mapped_column(default="STK")
    exchange: Mapped[str] = mapped_column(default="SMART")
    primary_exchange: Mapped[str] = mapped_column(default="")
    """The listing."""
    currency: Mapped[str] = mapped_column(default="USD")
    local_symbol: Mapped[str] = mapped_column(default="")
    trading_class: Mapped[str] = mapped_column(default="")
    min_tick: Mapped[Decimal | None]
    multiplier: Mapped[Decimal | None]
    time_zone_id: Mapped[str] = mapped_column(default="")
    """As IB names it; hours are in it."""
    trading_hours: Mapped[str] = mapped_column(default="")
    liquid_hours: Mapped[str] = mapped_column(default="")
    is_pinned: Mapped[bool] = mapped_column(default=False)
    """Said by a user: never replaced by what the gateway answers."""
    candidates: Mapped[str] = mapped_column(default="")
    """JSON, where the gateway gave several and none was taken."""
    resolved_at: Mapped[datetime | None]
    """When the gateway last said what is in this row; None: never."""
    told_by: Mapped[str] = mapped_column(default="")
    """Whose gateway that was: `ib`, or `simulator`, whose contract ids may be other instruments' at IB; empty: none."""
    changed_at: Mapped[datetime]


class SymbolAlias(Base):
    """What a source calls one of our symbols: IB's contract id, IG's epic, Breeze's token."""

    __tablename__ = "symbol_aliases"
    __table_args__ = (UniqueConstraint("source", "alias"),)

    source: Mapped[str] = mapped_column(primary_key=True)
    """`ib`, `ig`, `breeze` ..."""
    symbol: Mapped[str] = mapped_column(ForeignKey("contracts.symbol", ondelete="CASCADE"), primary_key=True)
    alias: Mapped[str]
