"""Columns that hold the same on SQLite and PostgreSQL: aware times in UTC, and decimals without a digit lost.

SQLite knows neither: its times are texts without a zone and its numbers binary floats. So a time is stored in UTC
there and gets its zone back when it is read, and a decimal is stored as text, which means that amounts must not be
compared or sorted by SQL; `Decimal` in Python does it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import DateTime, Numeric, Text
from sqlalchemy.types import TypeDecorator

from tickring.errors import NaiveDatetime

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import Dialect

__all__ = ["ExactDecimal", "UtcDateTime", "as_utc"]

_LARGEST_EXPONENT = 40


def as_utc(moment: datetime, what: str = "a time") -> datetime:
    """Return the moment in UTC.

    Raises:
        NaiveDatetime: it has no zone.
    """
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise NaiveDatetime(f"{what} is {moment.isoformat()} without a zone; say which, for instance +00:00 or UTC")
    return moment.astimezone(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time; comes back in UTC, to the microsecond. Refuses naive ones with NaiveDatetime."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """On the way in."""
        if value is None:
            return None
        moment = as_utc(value)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """On the way out."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class ExactDecimal(TypeDecorator[Decimal]):
    """A finite decimal, every digit kept: NUMERIC, on SQLite text. Refuses floats, NaN and infinity (ValueError)."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """NUMERIC where that is exact."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Text())
        return dialect.type_descriptor(Numeric(asdecimal=True))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """On the way in."""
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, Decimal | int):
            raise ValueError(
                f"{value!r} is a {type(value).__name__}, must be a Decimal: a float has lost digits already"
            )
        exact = Decimal(value)
        if not exact.is_finite() or abs(exact.adjusted()) > _LARGEST_EXPONENT:
            raise ValueError(f"{value} must be a finite amount below 1e{_LARGEST_EXPONENT}")
        return format(exact, "f") if dialect.name == "sqlite" else exact

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """On the way out."""
        del dialect
        return None if value is None else Decimal(value)
