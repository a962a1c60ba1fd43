"""Percentiles, and the two kinds of summary: spread over rounds, and the tail of single latencies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench._harness.results import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SPREAD", "TAIL", "compare", "percentile", "summarise"]

SPREAD = {"median": 50.0, "p10": 10.0, "p90": 90.0}
TAIL = {"p50": 50.0, "p99": 99.0, "p99.9": 99.9}


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return the percentile of sorted numbers, interpolated."""
    at = (len(ordered) - 1) * percent / 100.0
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def summarise(samples: Sequence[float], kind: dict[str, float]) -> dict[str, float]:
    """Return the named percentiles."""
    ordered = sorted(samples)
    return {name: round(percentile(ordered, percent), 3) for name, percent in kind.items()}


def compare(table: Table, reference: tuple[str, str]) -> Table:
    """Fill in the ratios to the reference row's first column and sort, fastest first."""
    column = table.columns[0]
    base = table.find(*reference)
    for row in table.rows:
        if base is not None and base.values[column] > 0 and row.values[column] > 0:
            row.ratio = row.values[column] / base.values[column]
            if table.unit == "1/s":
                row.ratio = 1.0 / row.ratio
    table.rows.sort(key=lambda row: row.values[column], reverse=table.unit == "1/s")
    if base is not None:
        table.ratio_title = f"x {base.contender}" if not base.way else f"x {base.contender} {base.way}"
    return table
