"""The price at the end of any day, without walking there.

A Brownian bridge over blocks of 1,024 days, made by halving: the value in the middle of a stretch follows from its two
ends and a seed of its own. Ten halvings reach any day, so that the first question about a listing costs as much as any
other and a day's price does not depend on where one began.
"""

from datetime import date
from hashlib import blake2b
from math import exp, sqrt

__all__ = ["DAYS_A_YEAR", "Levels", "deviate"]

DAYS_A_YEAR = 365
BLOCK_DAYS = 1024
ANCHOR_DEVIATION = 6.0  # of the blocks' ends, in units of a day's deviation: with 25 % a year about 8 %


def deviate(*key: str | int) -> float:
    """Return a nearly normal number of mean 0 and deviation 1: the sum of eight bytes, whole-numbered until the end."""
    total = sum(blake2b("|".join(map(str, key)).encode(), digest_size=8).digest())
    return (total - 1020) / 209.02


class Levels:
    """Prices at the close of one listing's days."""

    def __init__(self, seed: int, name: str, price: float, volatility: float) -> None:
        self._key = (seed, name, "level")
        self._price = price
        self.day_deviation: float = volatility / DAYS_A_YEAR**0.5
        """Standard deviation of a day's logarithmic return."""
        self._newest: tuple[int, float] = (0, 0.0)  # bars ask for each day twice, as the close before and its own

    def price(self, day: date) -> float:
        """Return the price at the end of a day, off the grid."""
        number = day.toordinal()
        if self._newest[0] != number:
            self._newest = (number, self._price * exp(self._walk(number) * self.day_deviation))
        return self._newest[1]

    def _walk(self, day: int) -> float:
        left = day // BLOCK_DAYS * BLOCK_DAYS
        right = left + BLOCK_DAYS
        at_left = ANCHOR_DEVIATION * deviate(*self._key, left)
        if day == left:
            return at_left
        at_right = ANCHOR_DEVIATION * deviate(*self._key, right)
        while True:
            middle = (left + right) // 2
            at_middle = (at_left + at_right) / 2 + sqrt(right - left) / 2 * deviate(*self._key, middle)
            if day == middle:
                return at_middle
            if day < middle:
                right, at_right = middle, at_middle
            else:
                left, at_left = middle, at_middle
