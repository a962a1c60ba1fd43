"""What all tables share: one metadata with named constraints, and which Python type is which column."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from tickring.db.column_types import ExactDecimal, UtcDateTime

__all__ = ["Base"]


class Base(DeclarativeBase):
    """Root of the tables. Constraints have names, so that a later migration can change them on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {datetime: UtcDateTime(), Decimal: ExactDecimal()}
