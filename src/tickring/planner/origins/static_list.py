"""The symbols of the configuration: `stream.symbols`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.planner.symbols import clean_symbol
from tickring.planner.wanted import Origin, Resolution, WantedSymbol

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["StaticList"]


class StaticList:
    """Always the same answer, in the order of the configuration."""

    name = "static"

    def __init__(self, symbols: Iterable[str]) -> None:
        """Names are put into upper case, as those of every origin.

        Raises:
            InvalidSymbol: one is none.
        """
        once = dict.fromkeys(clean_symbol(symbol) for symbol in symbols)
        wanted = tuple(WantedSymbol(symbol, Origin.STATIC, rank) for rank, symbol in enumerate(once))
        self._answer = Resolution(wanted, "stream.symbols")

    def resolve(self) -> Resolution:
        """Return the list."""
        return self._answer

    def close(self) -> None:
        """Nothing is held."""
