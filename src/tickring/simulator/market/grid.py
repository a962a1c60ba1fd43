"""Prices as whole numbers of minimum ticks, so that sums stay exact and every price is on the grid."""

from decimal import Decimal

__all__ = ["Grid"]


class Grid:
    """The tick grid of a listing.

    A price is the float nearest to the decimal number: 202.51, never 202.51000000000002.
    """

    __slots__ = ("denominator", "numerator")

    def __init__(self, min_tick: float) -> None:
        self.numerator, self.denominator = Decimal(repr(min_tick)).as_integer_ratio()

    def price(self, ticks: int) -> float:
        """Return the price of so many ticks."""
        return ticks * self.numerator / self.denominator

    def ticks(self, price: float) -> int:
        """Return the nearest number of ticks."""
        return round(price * self.denominator / self.numerator)
