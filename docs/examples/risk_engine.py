"""A small risk engine over tickring: may this order be sent?

For a desk with one account, in dollars. It shows the order of questions, not a strategy. Fail closed: an order that
adds risk needs every position priced and the limits kept; one that only takes risk away passes also when the rest of
the book cannot be priced, as long as its own symbol can.

    python docs/examples/risk_engine.py sample --api-mode mock            # one look at the book, then every second
    python docs/examples/risk_engine.py sample --api-mode mock --order SPY 100

Exit code with --order: 0 allowed, 1 denied.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, NamedTuple

from tickring.errors import PositionsNotFound, PositionsTooOld, QuoteRejected, UnpricedPositions
from tickring.positions import PositionsTable
from tickring.reader import QuoteReader
from tickring.trade_guard import value_positions

if TYPE_CHECKING:
    from tickring.trade_guard import BookValue


class Limits(NamedTuple):
    """What this desk allows itself. Money is in the book's currency."""

    gross: float = 5_000_000.0
    """Sum of all values, long and short, without their signs."""
    order: float = 250_000.0
    """Value of one order."""
    loss: float = -100_000.0
    """Unrealised; below it only orders that take risk away pass."""
    price_age_s: float = 5.0
    """Since the feed last proved itself for a symbol."""
    positions_age_s: float = 30.0
    """Since somebody last told the positions."""


class Decision(NamedTuple):
    """An answer with its reason."""

    is_allowed: bool
    why: str


class RiskEngine:
    """Holds the reader; asks for positions and prices anew for every decision."""

    def __init__(self, segment: str, api_mode: str, limits: Limits) -> None:
        """Open the segment; the limits are fixed for life."""
        self._segment = segment
        self._limits = limits
        self._reader = QuoteReader.open(segment, api_mode=api_mode, wait_s=10)

    def look(self) -> BookValue:
        """Return the book by the quotes of this moment.

        Raises:
            PositionsNotFound, PositionsTooOld: nobody knows what is held.
        """
        table = PositionsTable.read(self._segment, max_age_s=self._limits.positions_age_s)
        return value_positions(self._reader, table, max_age_s=self._limits.price_age_s)

    def decide(self, symbol: str, quantity: float) -> Decision:
        """Return whether an order may be sent; `quantity` is signed, in shares, in the book's currency."""
        try:
            book = self.look()
            quote = self._reader.require(symbol, max_age_s=self._limits.price_age_s)
        except (PositionsNotFound, PositionsTooOld, QuoteRejected) as error:
            return Decision(False, str(error))
        price = quote.ask if quantity > 0 else quote.bid
        if price is None or quote.is_halted:
            return Decision(False, f"{symbol} is halted, or has no {'ask' if quantity > 0 else 'bid'}")
        held = sum(row.position.quantity for row in book.rows if row.position.symbol == symbol)
        if abs(held + quantity) < abs(held) and abs(quantity) <= abs(held):
            return Decision(True, f"takes risk away: {held:+g} becomes {held + quantity:+g}")
        return self._may_add_risk(book, abs(quantity * price))

    def _may_add_risk(self, book: BookValue, value: float) -> Decision:
        try:
            total = book.total
        except UnpricedPositions as error:
            return Decision(False, f"blind: {error}")
        gross = sum(abs(row.value_base or 0.0) for row in book.rows)
        gain = sum(row.unrealised_base or 0.0 for row in book.rows)
        for name, found, limit in (
            ("order", value, self._limits.order),
            ("gross", gross + value, self._limits.gross),
            ("loss", -gain, -self._limits.loss),
        ):
            if found > limit:
                return Decision(False, f"{name} would be {found:,.0f}, limit {limit:,.0f}")
        return Decision(True, f"book {total:,.0f}, gross {gross + value:,.0f}, unrealised {gain:+,.0f}")

    def watch(self) -> None:
        """Print the book every second, for ever."""
        while True:
            try:
                book = self.look()
                why = ", ".join(f"{row.position.symbol} ({row.why})" for row in book.refused)
                print(
                    f"vouched {book.vouched_total:,.2f} {book.base_currency}", f"not: {why}" if why else "", flush=True
                )
            except (PositionsNotFound, PositionsTooOld) as error:
                print(error, flush=True)
            time.sleep(1)


def main() -> int:
    """Answer the command line."""
    parser = argparse.ArgumentParser(description="A small risk engine over tickring.")
    parser.add_argument("segment")
    parser.add_argument("--api-mode", default="live", help="live, paper or mock")
    parser.add_argument("--order", nargs=2, metavar=("SYMBOL", "QUANTITY"))
    given = parser.parse_args()
    engine = RiskEngine(given.segment, given.api_mode, Limits())
    if given.order is None:
        engine.watch()
    decision = engine.decide(given.order[0], float(given.order[1]))
    print("allowed:" if decision.is_allowed else "denied:", decision.why)
    return 0 if decision.is_allowed else 1


if __name__ == "__main__":
    raise SystemExit(main())
