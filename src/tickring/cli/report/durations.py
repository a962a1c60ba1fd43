"""Durations as people say them."""

__all__ = ["in_words"]

_PARTS = ((86_400, "d"), (3_600, "h"), (60, "m"))


def in_words(seconds: float) -> str:
    """Return `1.2 s`, `3m 04s`, `2h 05m`, `3d 04h`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    rest = round(seconds)
    for size, unit in _PARTS:
        if rest >= size:
            smaller, name = {"d": (3_600, "h"), "h": (60, "m"), "m": (1, "s")}[unit]
            return f"{rest // size}{unit} {rest % size // smaller:02d}{name}"
    return f"{rest} s"
