"""What the accounts' positions are worth, and how much of that may be believed: the ground of a risk engine.

from tickring.positions import PositionsTable
from tickring.trade_guard import value_positions

book = value_positions(reader, PositionsTable.read("demo", max_age_s=10))
print(book.total)  # raises UnpricedPositions if any position has no acceptable price
"""

from tickring.trade_guard.book_value import BookValue, ValuedPosition
from tickring.trade_guard.currency import FxLook
from tickring.trade_guard.position_book import PositionBook, value_positions
from tickring.trade_guard.price_look import GuardReason, PriceLook, Side

__all__ = [
    "BookValue",
    "FxLook",
    "GuardReason",
    "PositionBook",
    "PriceLook",
    "Side",
    "ValuedPosition",
    "value_positions",
]
