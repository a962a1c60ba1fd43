"""What the quotes of a listing look like, from its temper."""

from tickring.simulator.market.listing import Temper
from tickring.simulator.market.quote_chain import Flavour

__all__ = ["flavour_of"]

THIN_ACTIVITY = 0.12  # outside the regular hours
LOTS = (
    1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 5, 5, 6, 6, 7, 8, 8, 9, 10, 11, 12, 13, 15, 18, 22,
    30, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 1, 1, 2, 2, 3, 4, 5, 1, 2,
)  # fmt: skip
ODD = (0.05, 0.4, 0.77, 0.1, 0.25, 0.93, 1.4, 2.35)  # of a lot
SPREADS = (1, 1, 1, 1, 1, 1, 1, 1, 0.7, 0.8, 0.9, 1, 1, 1.2, 1.6, 2.2)


def flavour_of(temper: Temper, *, is_regular: bool) -> Flavour:
    """Return the flavour: wide and slow outside the regular hours, deep for what trades a lot."""
    depth = max(1, round((temper.shares_a_day / 3e7) ** 0.5)) if is_regular else 1
    width = temper.spread_ticks * (1 if is_regular else 4)
    lots = [lots * depth * temper.lot for lots in LOTS]
    odd = [max(1, int(part * temper.lot)) for part in ODD]
    return Flavour(
        activity=min(1.0, temper.activity) * (1.0 if is_regular else THIN_ACTIVITY),
        spreads=tuple(max(1, round(width * part)) for part in SPREADS),
        sizes=tuple(lots + odd),
        lot=temper.lot,
    )
