"""What a book is worth, and what of it could not be priced."""

from typing import NamedTuple

from tickring.errors import UnpricedPositions
from tickring.verdict import Reason, Verdict

__all__ = ["Unpriced", "Valuation"]


class Unpriced(NamedTuple):
    """A position without an acceptable price."""

    position: int
    """Its place in the batch."""
    symbol: str
    verdict: Verdict
    reason: Reason
    """The verdict's reason, or `too_old`, `no_bid`, `no_ask`, `no_mid`."""


class Valuation(NamedTuple):
    """The sum of what could be priced, and the rest by name."""

    priced_total: float
    """Sum over the priced positions only; use `total` unless a partial sum is really wanted."""
    unpriced: tuple[Unpriced, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every position has a price."""
        return not self.unpriced

    @property
    def total(self) -> float:
        """The sum over all positions.

        Raises:
            UnpricedPositions: some could not be priced; a sum without them would look like an answer.
        """
        if self.unpriced:
            shown = ", ".join(f"{row.symbol} ({row.verdict}: {row.reason})" for row in self.unpriced[:5])
            more = f" and {len(self.unpriced) - 5} more" if len(self.unpriced) > 5 else ""
            raise UnpricedPositions(
                f"{len(self.unpriced)} positions have no acceptable price: {shown}{more}", self.unpriced
            )
        return self.priced_total
