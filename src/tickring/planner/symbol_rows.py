"""Take a list of symbols apart, CSV or JSON, and say of every bad row in which line it stands.

CSV has a first row with names of columns, among them `symbol`; JSON is a list of texts or of objects, or an object
whose `items` is such a list. Strict: a column nobody knows is an error, because a misspelt `weight` would be a
decision that silently does not count.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from tickring.errors import ImportRefused, InvalidSymbol
from tickring.planner.json_lines import JsonBroken, located_items
from tickring.planner.symbols import clean_symbol

__all__ = ["COLUMNS", "SIDES", "SymbolRow", "parse_symbol_rows"]

COLUMNS = ("symbol", "side", "weight", "quantity", "note")
SIDES = ("long", "short", "flat")
_ROWS_LIMIT = 100_000
_NOTE_LIMIT = 1_000
_DIGITS_LIMIT = 30


class SymbolRow(NamedTuple):
    """One row, checked."""

    line: int
    symbol: str
    side: str = "long"
    weight: Decimal | None = None
    quantity: Decimal | None = None
    note: str = ""


class _Bad(ValueError):
    """Why a row cannot be taken."""


def parse_symbol_rows(content: bytes, name: str) -> list[SymbolRow]:
    """Return every row in its order. Whether it is JSON shows in its first character; `name` stands in the errors.

    Raises:
        ImportRefused: a row is wrong or names a symbol again, or the whole cannot be read; has every such row.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ImportRefused(name, (f"line {line}: is not UTF-8",)) from None
    rows: list[SymbolRow] = []
    first_line: dict[str, int] = {}
    problems: list[str] = []
    try:
        located = _json_rows(text) if text.lstrip()[:1] in {"[", "{"} else _csv_rows(text)
        for line, values in located:
            try:
                row = _row(line, values)
                if row.symbol in first_line:
                    raise _Bad(f"{row.symbol!r} stands in line {first_line[row.symbol]} already")
            except (_Bad, InvalidSymbol) as error:
                problems.append(f"line {line}: {error}")
            else:
                first_line[row.symbol] = line
                rows.append(row)
            if len(rows) + len(problems) > _ROWS_LIMIT:
                raise ImportRefused(name, (f"line {line}: more than {_ROWS_LIMIT} rows",))
    except (JsonBroken, csv.Error, _Bad) as error:
        problems.append(str(error))
    if problems:
        raise ImportRefused(name, tuple(problems))
    return rows


def _csv_rows(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    columns: list[str] | None = None
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                pass  # an empty line
            elif columns is None:
                columns = [cell.strip().lower() for cell in cells]
                _check_columns(columns, line)
            elif len(cells) != len(columns):
                yield line, {"": f"has {len(cells)} cells, the first row has {len(columns)}"}
            else:
                yield line, {column: cell.strip() for column, cell in zip(columns, cells, strict=True)}
            line = reader.line_num + 1
    except csv.Error as error:
        raise _Bad(f"line {reader.line_num}: {error}") from None
    if columns is None:
        raise _Bad("line 1: is empty, must have a first row with the column `symbol`")


def _check_columns(columns: list[str], line: int) -> None:
    if "symbol" not in columns:
        raise _Bad(f"line {line}: has no column `symbol`; there are {', '.join(columns)}")
    if len(set(columns)) < len(columns):
        raise _Bad(f"line {line}: names a column twice: {', '.join(columns)}")
    if unknown := [column for column in columns if column not in COLUMNS]:
        raise _Bad(f"line {line}: column {unknown[0]!r} is not known; there are {', '.join(COLUMNS)}")


def _json_rows(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for line, item in located_items(text):
        match item:
            case str():
                yield line, {"symbol": item}
            case dict():
                yield line, item
            case _:
                yield line, {"": "is neither a text nor an object"}


def _row(line: int, values: Mapping[str, Any]) -> SymbolRow:
    if "" in values:
        raise _Bad(str(values[""]))
    if unknown := [key for key in values if key not in COLUMNS]:
        raise _Bad(f"{unknown[0]!r} is not known; there are {', '.join(COLUMNS)}")
    symbol = values.get("symbol")
    if not isinstance(symbol, str) or not symbol.strip():
        raise _Bad("has no symbol")
    side = values.get("side") or "long"
    if not isinstance(side, str) or side.lower() not in SIDES:
        raise _Bad(f"side is {side!r}, must be one of {', '.join(SIDES)}")
    note = values.get("note") or ""
    if not isinstance(note, str) or len(note) > _NOTE_LIMIT:
        raise _Bad(f"note must be a text of at most {_NOTE_LIMIT} characters")
    weight, quantity = _amount(values, "weight"), _amount(values, "quantity")
    return SymbolRow(line, clean_symbol(symbol), side.lower(), weight, quantity, note.replace("\0", ""))


def _amount(values: Mapping[str, Any], key: str) -> Decimal | None:
    value = values.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise _Bad(f"{key} is {value!r}, must be a number")
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise _Bad(f"{key} is {value!r}, must be a number with a point for decimals") from None
    if not amount.is_finite() or abs(amount.adjusted()) > _DIGITS_LIMIT or len(format(amount, "f")) > _DIGITS_LIMIT:
        raise _Bad(f"{key} is {value!s:.40}, must be a finite number of at most {_DIGITS_LIMIT} digits")
    return amount
