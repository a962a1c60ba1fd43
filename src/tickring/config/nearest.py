"""The name that somebody meant who wrote another."""

import difflib
from collections.abc import Iterable

__all__ = ["did_you_mean", "nearest"]


def nearest(word: str, names: Iterable[str]) -> str | None:
    """Return the name that is most like the word, None if none is much like it. Capitals do not matter."""
    by_lower = {name.lower(): name for name in names}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Return `; did you mean "port"?`, or nothing."""
    name = nearest(word, names)
    return f'; did you mean "{name}"?' if name is not None else ""
