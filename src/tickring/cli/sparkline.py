"""A line of block characters for a row of numbers."""

from collections.abc import Sequence

__all__ = ["sparkline"]

_BLOCKS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float | None]) -> str:
    """Return one character a value, the smallest lowest; a gap for an absent one; a flat line lies in the middle."""
    present = [value for value in values if value is not None]
    if not present:
        return ""
    low, high = min(present), max(present)
    if low == high:
        return "".join(" " if value is None else _BLOCKS[3] for value in values)
    step = (high - low) / (len(_BLOCKS) - 1)
    return "".join(" " if value is None else _BLOCKS[round((value - low) / step)] for value in values)
