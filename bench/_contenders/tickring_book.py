"""tickring's ways to value a book."""

from __future__ import annotations

import contextlib
from array import array
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tickring.reader import QuoteReader

__all__ = ["book_values"]


def book_values(reader: QuoteReader, symbols: list[str], quantities: Sequence[float]) -> dict[str, Callable[[], float]]:
    """Return the ways: natively, over a list of quotes, over handles, over the numpy table."""
    batch = reader.batch(symbols)
    numbers = array("d", quantities)
    # Every quote of the benchmark has both sides; Any saves the loops from saying so.
    handles = cast("list[tuple[Any, float]]", [*zip(map(reader.handle, symbols), quantities, strict=True)])

    def natively() -> float:
        return batch.value(numbers).total

    def over_quotes() -> float:
        total = 0.0
        quote: Any
        for quote, quantity in zip(batch.read(), quantities, strict=True):
            if quote.is_good:
                total += quantity * (quote.bid if quantity > 0 else quote.ask)
        return total

    def over_handles() -> float:
        total = 0.0
        for handle, quantity in handles:
            quote = handle.read()
            if quote.is_good:
                total += quantity * (quote.bid if quantity > 0 else quote.ask)
        return total

    ways: dict[str, Callable[[], float]] = {
        "batch.value": natively,
        "batch.read + Python loop": over_quotes,
        "handle.read in a Python loop": over_handles,
    }
    with contextlib.suppress(ImportError):
        ways["table + numpy"] = _over_table(reader, symbols, quantities)
    return ways


def _over_table(reader: QuoteReader, symbols: list[str], quantities: Sequence[float]) -> Callable[[], float]:
    import numpy as np

    order = {symbol: row for row, symbol in enumerate(sorted(symbols))}
    book = np.zeros(len(symbols))
    for symbol, quantity in zip(symbols, quantities, strict=True):
        book[order[symbol]] = quantity
    is_long = book > 0

    def over_table() -> float:
        rows = reader.table()
        if len(rows) > len(book):  # the store holds more symbols than the book; both are sorted alike
            rows = rows[: len(book)]
        good = rows["verdict"] <= 1  # live, quiet
        return float(np.dot(np.where(is_long, rows["bid"], rows["ask"]) * good, book))

    return over_table
