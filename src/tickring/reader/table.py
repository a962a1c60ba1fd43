"""All symbols as a numpy structured array. Imported on the first `table()`, because numpy is optional."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tickring import _core

if TYPE_CHECKING:
    from tickring.reader.quote_reader import QuoteReader

__all__ = ["TABLE_DTYPE", "read_table"]

TABLE_DTYPE = np.dtype(
    {
        "names": [name for name, _, _ in _core.TABLE_FIELDS],
        "formats": [kind for _, kind, _ in _core.TABLE_FIELDS],
        "offsets": [offset for _, _, offset in _core.TABLE_FIELDS],
        "itemsize": _core.TABLE_ROW_BYTES,
    }
)
"""Rows of 256 bytes; `symbol` is UTF-8 in bytes, numbers absent are NaN, words are the numbers of their enum."""


def read_table(reader: QuoteReader) -> np.ndarray:
    """Return a new array with one row per symbol."""
    count = reader.fill_table(bytearray())
    while True:
        rows = np.empty(count + 8, TABLE_DTYPE)
        count = reader.fill_table(rows.view(np.uint8).data)
        if count <= len(rows):
            return rows[:count]
