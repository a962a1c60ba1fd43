"""The accounts' positions as last told, beside the quotes: one small file in the segment's tmpfs.

`positions.json` in the segment's directory has one writer, which replaces it as a whole; any number of readers see the
old table or the new one, never a part. A table outlives its writer: how old it is tells whether somebody still writes,
so a risk engine passes `max_age_s` and is refused what nobody vouches for any more. No table is not the same as no
positions, and is an error of its own.

Every byte is documented in docs/layout.md. Reading loads msgspec and nothing else.
"""

from __future__ import annotations

import math
import os
import time
from typing import TYPE_CHECKING

import msgspec

from tickring._core import boot_ns, check_symbol
from tickring.errors import (
    InvalidPosition,
    InvalidSymbol,
    PositionsNotFound,
    PositionsTooOld,
    PositionsUnreadable,
)
from tickring.iso_time import iso_from_ns
from tickring.json_faults import JSON_FAULTS
from tickring.names import POSITIONS_FILE, segment_directory

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["POSITIONS_LAYOUT", "Position", "PositionsTable", "positions_path", "write_positions"]

POSITIONS_LAYOUT = 1
"""Raised when the meaning of a field changes; new fields alone do not."""
_MODE = 0o640  # as the segment


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """What one account holds of one instrument.

    Raises:
        InvalidPosition: a quantity, average cost or multiplier that is not finite, a multiplier that is not positive,
            a name that cannot be one. Decoding raises msgspec.ValidationError for the same.
    """

    account: str
    symbol: str
    """As streamed: `SPY`, `BRK B`, `EUR.USD`."""
    quantity: float
    """Signed: negative is short; 0 is flat, as IB tells of what was closed today."""
    currency: str
    """Of price and average cost: `USD`, `HKD`; three capital letters."""
    average_cost: float
    """Per unit of quantity and with the multiplier in it, as IB tells it: a future bought at 5,000 x 50 has 250,000."""
    multiplier: float = 1.0
    """What one unit of quantity is worth at a price of 1: 1 for stocks, 100 for US options, 50 for ES."""
    con_id: int = 0
    """IB's contract id; 0: not known."""
    seen_at: str = ""
    """When the broker last told of it: ISO 8601, UTC; empty: not known."""

    def __post_init__(self) -> None:
        name = f"{self.account or 'no account'}, {self.symbol!r}"
        if not (self.account and self.account.isprintable() and self.account.strip() == self.account):
            raise _invalid(name, "account", self.account, "must be a name without blanks around it")
        try:
            check_symbol(self.symbol)
        except InvalidSymbol as error:
            raise _invalid(name, "symbol", self.symbol, error.rule) from None
        if not (len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper()):
            raise _invalid(name, "currency", self.currency, "must be three capital letters")
        for field in ("quantity", "average_cost", "multiplier"):
            if not math.isfinite(getattr(self, field)):
                raise _invalid(name, field, getattr(self, field), "must be a finite number")
        if self.multiplier <= 0:
            raise _invalid(name, "multiplier", self.multiplier, "must be positive")
        if self.con_id < 0:
            raise _invalid(name, "con_id", self.con_id, "must be 0 (not known) or positive")


class PositionsTable(msgspec.Struct, frozen=True, kw_only=True):
    """All positions of all accounts as of one write. Unknown keys of a later release are ignored when reading."""

    layout: int
    """`POSITIONS_LAYOUT` of the writer."""
    version: int
    """One more with each write while the file stands: another number, another table."""
    written_at: str
    """ISO 8601, UTC."""
    written_mono_ns: int
    """The same moment on CLOCK_BOOTTIME, from which the age is told: the wall clock may step."""
    writer_pid: int
    positions: tuple[Position, ...]
    """Sorted by account and symbol."""

    @classmethod
    def read(cls, segment: str | Path, *, max_age_s: float | None = None) -> PositionsTable:
        """Return the table beside the segment (a name or a directory).

        `max_age_s` limits the time since it was written: a dead writer's table is refused.

        Raises:
            PositionsNotFound: nobody has written one yet.
            PositionsUnreadable: another file stands there, a later layout, or it may not be read.
            PositionsTooOld: older than `max_age_s`.
            InvalidName: neither a segment's name nor a directory.
        """
        path = positions_path(segment)
        try:
            with open(path, "rb") as file:  # noqa: PTH123 - a risk engine loads no pathlib
                table = msgspec.json.decode(file.read(), type=cls)
        except (FileNotFoundError, NotADirectoryError):
            raise PositionsNotFound(path) from None
        except (OSError, *JSON_FAULTS) as error:
            raise PositionsUnreadable(path, str(error)) from error
        if table.layout != POSITIONS_LAYOUT:
            raise PositionsUnreadable(
                path, f"its layout is {table.layout}, this release reads {POSITIONS_LAYOUT}; upgrade the older side"
            )
        _refuse_duplicates_in(path, table.positions)
        if max_age_s is not None and not table.age_s() <= max_age_s:
            raise PositionsTooOld(path, table.age_s(), max_age_s)
        return table

    def age_s(self) -> float:
        """Return the seconds since it was written; `inf` if the stamp lies in the future (of an earlier boot)."""
        age_ns = boot_ns() - self.written_mono_ns
        return age_ns / 1e9 if self.written_mono_ns > 0 and age_ns >= 0 else math.inf


def positions_path(segment: str | Path) -> str:
    """Return where the table of a segment lies."""
    return os.path.join(segment_directory(segment), POSITIONS_FILE)  # noqa: PTH118


def write_positions(segment: str | Path, positions: Iterable[Position]) -> PositionsTable:
    """Replace the table beside the segment by these positions and return it; an empty one says that there are none.

    Called by one process only. Write also when nothing has changed, often enough for the readers' `max_age_s`: the age
    is the only sign of life.

    Raises:
        InvalidPosition: one account has two positions of one instrument.
        OSError: the tmpfs is full, the directory is gone.
    """
    from tickring.atomic_file import replace_file  # readers do without it

    rows = tuple(sorted(positions, key=lambda row: (row.account, row.symbol, row.con_id)))
    if double := _first_double(rows):
        raise _invalid(f"{double.account}, {double.symbol!r}", "symbol", double.symbol, "must be there once an account")
    table = PositionsTable(
        layout=POSITIONS_LAYOUT,
        version=_version_before(segment) + 1,
        written_at=iso_from_ns(time.time_ns()),
        written_mono_ns=boot_ns(),
        writer_pid=os.getpid(),
        positions=rows,
    )
    replace_file(positions_path(segment), msgspec.json.encode(table) + b"\n", mode=_MODE)
    return table


def _version_before(segment: str | Path) -> int:
    try:
        return PositionsTable.read(segment).version
    except (PositionsNotFound, PositionsUnreadable):
        return 0


def _refuse_duplicates_in(path: str, rows: tuple[Position, ...]) -> None:
    if double := _first_double(rows):
        raise PositionsUnreadable(path, f"{double.account} has two positions of {double.symbol!r}")


def _first_double(rows: tuple[Position, ...]) -> Position | None:
    """A position counted twice would be valued twice."""
    seen: set[tuple[str, str]] = set()
    for row in rows:
        if (row.account, row.symbol) in seen:
            return row
        seen.add((row.account, row.symbol))
    return None


def _invalid(name: str, field: str, value: object, rule: str) -> InvalidPosition:
    return InvalidPosition(f"position {name}: {field} is {value!r}, {rule}", field=field, value=value)
