"""The data of all benchmarks: the same symbols, the same quotes, the same bytes for every contender.

A quote is six numbers and a time. Values follow from (symbol, count), so that a reader's last values can be checked
against what the writer wrote; consecutive counts of a symbol differ in every price, so that no writer may skip one.
"""

import struct

__all__ = ["COUNTS", "RECORD", "Tick", "Values", "checksum", "quantities", "symbols_of", "ticks", "values_of"]

Values = tuple[float, float, float, float, float, float]
"""bid, ask, last, bid_size, ask_size, last_size"""
Tick = tuple[int, float, float, float, float, float, float, int]
"""index of the symbol, the six values, receive time in ns"""

RECORD = struct.Struct("=6dq")
"""How contenders that store bytes store a quote: 56 bytes, no padding."""

COUNTS = 100
"""Values repeat after so many counts."""


def symbols_of(size: int) -> list[str]:
    """Return the names of `size` symbols."""
    return [f"SYM{index:05d}" for index in range(size)]


def values_of(index: int, count: int) -> Values:
    """Return the quote number `count` of a symbol."""
    step = count % COUNTS
    bid = 20.0 + (index % 500) * 0.5 + step * 0.01
    return (bid, bid + 0.02, bid + 0.01, 100.0 + step, 200.0 + step, 10.0 + step)


def checksum(index: int, count: int) -> float:
    """Return what reading the four fields of this quote must sum up to."""
    return sum(values_of(index, count)[:4])


def ticks(indices: range, counts: range, ts_ns: int) -> list[Tick]:
    """Return one tick of every symbol for every count, in turn."""
    return [(index, *values_of(index, count), ts_ns) for count in counts for index in indices]


def quantities(size: int) -> list[float]:
    """Return a book: long and short positions in turn, of different sizes."""
    return [float(100 + index % 7) * (1.0 if index % 3 else -1.0) for index in range(size)]
