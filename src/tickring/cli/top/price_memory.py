"""How prices are written in the table: in the decimals their symbol has needed so far, never shortened.

A price that happens to end in a zero must not move its neighbours, and a column that has been wide stays wide. So both
are remembered for as long as the table is open, over all frames.
"""

from tickring.cli.numbers import decimals_of, price
from tickring.reader import Quote

__all__ = ["PriceMemory"]

_NARROWEST = 9


class PriceMemory:
    """`width` is what the longest price met so far takes."""

    def __init__(self) -> None:
        self._decimals: dict[str, int] = {}
        self.width = _NARROWEST

    def meet(self, quote: Quote) -> None:
        """Take a quote's prices into account; to be called for all rows before any is written."""
        values = quote.bid, quote.ask, quote.last
        decimals = max(self._decimals.get(quote.symbol, 2), decimals_of(*values))
        self._decimals[quote.symbol] = decimals
        self.width = max(self.width, *(len(price(value, decimals)) for value in values))

    def text(self, quote: Quote, value: float | None) -> str:
        """Return the value in the decimals of the quote's symbol."""
        return price(value, self._decimals.get(quote.symbol, 2))
