"""Numbers as people read them. A price is never rounded to fit: its column grows."""

import math
import time

__all__ = ["ABSENT", "age", "bytes_text", "decimals_of", "duration", "price", "rate", "size", "wall_clock"]

ABSENT = "-"
_MOST_DECIMALS = 6  # beyond it lies the noise of binary fractions


def decimals_of(*values: float | None) -> int:
    """Return how many decimals show all these prices exactly, at least 2 and at most 6."""
    most = 2
    for value in values:
        if value is not None and most < _MOST_DECIMALS:
            text = f"{value:.{_MOST_DECIMALS}f}".rstrip("0")
            most = max(most, len(text) - text.index(".") - 1) if "." in text else most
    return most


def price(value: float | None, decimals: int = 2) -> str:
    """Return a price with this many decimals."""
    return ABSENT if value is None else f"{value:.{decimals}f}"


def size(value: float | None) -> str:
    """Return a size or volume with thousands separators; fractions of shares only where there are any."""
    if value is None:
        return ABSENT
    return f"{value:,.0f}" if value == math.floor(value) else f"{value:,.4f}".rstrip("0")


def age(seconds: float) -> str:
    """Return an age in at most 6 characters: 0.4s, 42s, 12m05s, 3h04m, 12d03h, never."""
    if math.isinf(seconds):
        return "never"
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 100:
        return f"{whole}s"
    if whole < 100 * 60:
        return f"{whole // 60}m{whole % 60:02d}s"
    if whole < 100 * 3600:
        return f"{whole // 3600}h{whole % 3600 // 60:02d}m"
    days, rest = divmod(whole, 86_400)
    return f"{days}d{rest // 3600:02d}h" if days < 100 else f"{min(days, 9999)}d"


def duration(seconds: float) -> str:
    """Return an age in words where there is room: milliseconds below 10 s, else as `age`."""
    if math.isinf(seconds):
        return "never"
    return f"{seconds:.3f} s" if seconds < 10 else age(seconds)


def rate(per_second: float) -> str:
    """Return a rate in at most 6 characters."""
    if per_second < 0.05:
        return "0"
    if per_second < 9.95:
        return f"{per_second:.1f}"
    return f"{per_second:,.0f}" if per_second < 99_999.5 else f"{per_second / 1000:,.0f}k"


def bytes_text(count: int) -> str:
    """Return a number of bytes in the unit that fits (1 MB = 1,000,000 bytes)."""
    if count < 10_000:
        return f"{count:,} B"
    return f"{count / 1e3:,.1f} kB" if count < 1_000_000 else f"{count / 1e6:,.1f} MB"


def wall_clock(ns: int, *, with_date: bool = False) -> str:
    """Return the local time of day with milliseconds, or `-` for a stamp that never was."""
    if ns <= 0:
        return ABSENT
    seconds, rest_ns = divmod(ns, 1_000_000_000)
    form = "%Y-%m-%d %H:%M:%S" if with_date else "%H:%M:%S"
    return f"{time.strftime(form, time.localtime(seconds))}.{rest_ns // 1_000_000:03d}"
