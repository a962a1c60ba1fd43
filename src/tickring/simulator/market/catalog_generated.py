"""Listings without end: SIM00001, SIM00002 and so on, made when somebody asks for them.

Everything about one follows from its number alone, so that a larger catalog never changes the listings of a smaller
one.
"""

from tickring.simulator.market.listing import Listing, Temper
from tickring.simulator.market.seeds import seed_of

__all__ = ["FIRST_CON_ID", "HIGHEST_NUMBER", "generated_listing", "number_of"]

FIRST_CON_ID = 900_000_000  # number 1 has 900,000,001
HIGHEST_NUMBER = 99_999
PREFIX = "SIM"
EXCHANGES = ("NYSE", "NASDAQ", "ARCA", "AMEX", "BATS")
ACTIVITIES = (1.0, 0.8, 0.5, 0.3, 0.1, 0.05, 0.02, 0.005)


def number_of(symbol: str) -> int:
    """Return the number that a symbol of the form SIM00042 stands for, 0 when it has another form."""
    digits = symbol[len(PREFIX) :]
    is_ours = symbol.startswith(PREFIX) and len(digits) == 5 and digits.isascii() and digits.isdigit()
    return int(digits) if is_ours else 0


def generated_listing(number: int) -> Listing:
    """Return the listing of that number, from 1 to 99,999."""
    seed = seed_of("listing", number)
    exchange = EXCHANGES[seed % 5]
    activity = ACTIVITIES[seed // 5 % 8]
    price = round(5.0 * 1.06 ** (seed // 40 % 64), 2)  # 5 to about 196
    symbol = f"{PREFIX}{number:05}"
    return Listing(
        con_id=FIRST_CON_ID + number,
        symbol=symbol,
        primary_exchange=exchange,
        local_symbol=symbol,
        trading_class="NMS" if exchange == "NASDAQ" else symbol,
        long_name=f"SIMULATED {number} CORP",
        industry="Simulation",
        temper=Temper(
            price=price,
            volatility=0.15 + (seed // 2560 % 40) / 100,
            spread_ticks=1 if activity > 0.2 else 1 + int(price / 10),
            shares_a_day=2e7 * activity,
            activity=activity,
        ),
    )
