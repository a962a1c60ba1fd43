"""US listings that everybody knows, and some that make trouble on purpose.

Names and exchanges are the real ones; price levels and tempers are of the right size, not of any date. A few contract
ids are IB's well-known ones (AAPL, IBM, MSFT, SPY, TSLA), the others are the simulator's own. The order of the lines
gives those others their number: add at the end of a table, never in between.
"""

from collections.abc import Mapping
from typing import Final

from tickring.simulator.market.listing import Listing, Temper

__all__ = ["us_listings"]

KNOWN_CON_IDS: Final = {"AAPL": 265598, "IBM": 8314, "MSFT": 272093, "SPY": 756733, "TSLA": 76792991}
FIRST_CON_ID: Final = 500_000_001

# symbol, primary exchange, name, industry, price, volatility, spread in ticks, shares a day, activity
Row = tuple[str, str, str, str, float, float, int, float, float]

FUNDS: Final[tuple[Row, ...]] = (
    ("SPY", "ARCA", "SS SPDR S&P 500 ETF TRUST-US", "", 560.0, 0.18, 1, 6e7, 0.95),
    ("QQQ", "NASDAQ", "INVESCO QQQ TRUST SERIES 1", "", 480.0, 0.22, 1, 4e7, 0.95),
    ("IWM", "ARCA", "ISHARES RUSSELL 2000 ETF", "", 210.0, 0.24, 1, 3e7, 0.9),
    ("DIA", "ARCA", "SS SPDR DJIA TRUST", "", 420.0, 0.16, 2, 3e6, 0.8),
    ("VOO", "ARCA", "VANGUARD S&P 500 ETF", "", 515.0, 0.18, 2, 6e6, 0.8),
    ("VTI", "ARCA", "VANGUARD TOTAL STOCK MKT ETF", "", 275.0, 0.18, 1, 4e6, 0.7),
    ("GLD", "ARCA", "SPDR GOLD SHARES", "", 300.0, 0.16, 1, 1e7, 0.8),
    ("SLV", "ARCA", "ISHARES SILVER TRUST", "", 30.0, 0.28, 1, 2e7, 0.7),
    ("TLT", "NASDAQ", "ISHARES 20+ YEAR TREASURY BD", "", 88.0, 0.14, 1, 4e7, 0.8),
    ("HYG", "ARCA", "ISHARES IBOXX HIGH YLD CORP", "", 79.0, 0.07, 1, 4e7, 0.7),
    ("XLF", "ARCA", "FINANCIAL SELECT SECTOR SPDR", "", 49.0, 0.19, 1, 4e7, 0.8),
    ("XLE", "ARCA", "ENERGY SELECT SECTOR SPDR", "", 86.0, 0.25, 1, 1.5e7, 0.8),
    ("EEM", "ARCA", "ISHARES MSCI EMERGING MARKET", "", 44.0, 0.2, 1, 3e7, 0.7),
    ("TQQQ", "NASDAQ", "PROSHARES ULTRAPRO QQQ", "", 65.0, 0.65, 1, 7e7, 0.95),
    ("ARKK", "BATS", "ARK INNOVATION ETF", "", 55.0, 0.45, 1, 9e6, 0.7),
    ("GDX", "ARCA", "VANECK GOLD MINERS ETF", "", 45.0, 0.35, 1, 2e7, 0.8),
    ("SMH", "NASDAQ", "VANECK SEMICONDUCTOR ETF", "", 240.0, 0.35, 2, 7e6, 0.8),
    ("UNL", "ARCA", "US 12 MONTH NATURAL GAS FUND", "", 8.9, 0.4, 4, 2.5e4, 0.006),
)

STOCKS: Final[tuple[Row, ...]] = (
    ("AAPL", "NASDAQ", "APPLE INC", "Technology", 215.0, 0.27, 1, 5.5e7, 0.95),
    ("MSFT", "NASDAQ", "MICROSOFT CORP", "Technology", 420.0, 0.25, 2, 2e7, 0.95),
    ("NVDA", "NASDAQ", "NVIDIA CORP", "Technology", 125.0, 0.5, 1, 2.5e8, 1.0),
    ("AMZN", "NASDAQ", "AMAZON.COM INC", "Communications", 190.0, 0.32, 1, 4e7, 0.95),
    ("GOOGL", "NASDAQ", "ALPHABET INC-CL A", "Communications", 170.0, 0.3, 1, 2.8e7, 0.9),
    ("GOOG", "NASDAQ", "ALPHABET INC-CL C", "Communications", 171.5, 0.3, 1, 2e7, 0.9),
    ("META", "NASDAQ", "META PLATFORMS INC-CLASS A", "Communications", 580.0, 0.36, 4, 1.4e7, 0.9),
    ("TSLA", "NASDAQ", "TESLA INC", "Consumer, Cyclical", 250.0, 0.6, 2, 9e7, 1.0),
    ("AMD", "NASDAQ", "ADVANCED MICRO DEVICES", "Technology", 120.0, 0.5, 1, 4e7, 0.95),
    ("INTC", "NASDAQ", "INTEL CORP", "Technology", 22.0, 0.45, 1, 7e7, 0.85),
    ("CSCO", "NASDAQ", "CISCO SYSTEMS INC", "Communications", 58.0, 0.22, 1, 2e7, 0.8),
    ("AVGO", "NASDAQ", "BROADCOM INC", "Technology", 185.0, 0.45, 3, 2.5e7, 0.9),
    ("NFLX", "NASDAQ", "NETFLIX INC", "Communications", 930.0, 0.35, 20, 4e6, 0.85),
    ("COST", "NASDAQ", "COSTCO WHOLESALE CORP", "Consumer, Cyclical", 950.0, 0.2, 25, 2e6, 0.8),
    ("JPM", "NYSE", "JPMORGAN CHASE & CO", "Financial", 240.0, 0.24, 2, 9e6, 0.85),
    ("BAC", "NYSE", "BANK OF AMERICA CORP", "Financial", 42.0, 0.26, 1, 4e7, 0.85),
    ("WFC", "NYSE", "WELLS FARGO & CO", "Financial", 70.0, 0.27, 1, 1.8e7, 0.8),
    ("GS", "NYSE", "GOLDMAN SACHS GROUP INC", "Financial", 560.0, 0.27, 15, 2.2e6, 0.75),
    ("V", "NYSE", "VISA INC-CLASS A SHARES", "Financial", 335.0, 0.2, 4, 6e6, 0.8),
    ("MA", "NYSE", "MASTERCARD INC - A", "Financial", 530.0, 0.2, 12, 2.6e6, 0.75),
    ("XOM", "NYSE", "EXXON MOBIL CORP", "Energy", 110.0, 0.24, 1, 1.6e7, 0.85),
    ("CVX", "NYSE", "CHEVRON CORP", "Energy", 155.0, 0.24, 1, 8e6, 0.8),
    ("JNJ", "NYSE", "JOHNSON & JOHNSON", "Consumer, Non-cyclical", 158.0, 0.16, 1, 8e6, 0.75),
    ("PFE", "NYSE", "PFIZER INC", "Consumer, Non-cyclical", 25.0, 0.24, 1, 4e7, 0.8),
    ("UNH", "NYSE", "UNITEDHEALTH GROUP INC", "Consumer, Non-cyclical", 510.0, 0.28, 15, 4e6, 0.75),
    ("PG", "NYSE", "PROCTER & GAMBLE CO/THE", "Consumer, Non-cyclical", 168.0, 0.16, 1, 7e6, 0.75),
    ("KO", "NYSE", "COCA-COLA CO/THE", "Consumer, Non-cyclical", 70.0, 0.15, 1, 1.6e7, 0.8),
    ("PEP", "NASDAQ", "PEPSICO INC", "Consumer, Non-cyclical", 150.0, 0.17, 1, 7e6, 0.75),
    ("WMT", "NYSE", "WALMART INC", "Consumer, Cyclical", 90.0, 0.2, 1, 1.7e7, 0.8),
    ("HD", "NYSE", "HOME DEPOT INC", "Consumer, Cyclical", 370.0, 0.22, 8, 3.5e6, 0.75),
    ("MCD", "NYSE", "MCDONALD'S CORP", "Consumer, Cyclical", 300.0, 0.18, 4, 3.5e6, 0.7),
    ("DIS", "NYSE", "WALT DISNEY CO/THE", "Communications", 100.0, 0.28, 1, 1e7, 0.8),
    ("IBM", "NYSE", "INTL BUSINESS MACHINES CORP", "Technology", 245.0, 0.22, 5, 4e6, 0.7),
    ("GE", "NYSE", "GENERAL ELECTRIC", "Industrial", 200.0, 0.3, 3, 5e6, 0.75),
    ("CAT", "NYSE", "CATERPILLAR INC", "Industrial", 340.0, 0.28, 10, 3e6, 0.7),
    ("BA", "NYSE", "BOEING CO/THE", "Industrial", 175.0, 0.38, 3, 8e6, 0.8),
    ("F", "NYSE", "FORD MOTOR CO", "Consumer, Cyclical", 10.0, 0.35, 1, 8e7, 0.75),
    ("T", "NYSE", "AT&T INC", "Communications", 27.0, 0.2, 1, 3.5e7, 0.75),
    ("NOK", "NYSE", "NOKIA CORP-SPON ADR", "Communications", 5.1, 0.35, 1, 2e7, 0.4),
    ("BRK B", "NYSE", "BERKSHIRE HATHAWAY INC-CL B", "Financial", 480.0, 0.17, 10, 4e6, 0.75),
    ("BF B", "NYSE", "BROWN-FORMAN CORP-CLASS B", "Consumer, Non-cyclical", 34.0, 0.28, 1, 3e6, 0.4),
    ("BF A", "NYSE", "BROWN-FORMAN CORP-CLASS A", "Consumer, Non-cyclical", 34.0, 0.28, 8, 6e4, 0.02),
    ("BRK A", "NYSE", "BERKSHIRE HATHAWAY INC-CL A", "Financial", 700_000.0, 0.17, 60_000, 2e3, 0.03),
    ("NVR", "NYSE", "NVR INC", "Consumer, Cyclical", 7_400.0, 0.26, 1_500, 2.5e4, 0.05),
    ("SEB", "AMEX", "SEABOARD CORP", "Consumer, Non-cyclical", 2_700.0, 0.3, 2_000, 3e3, 0.004),
    ("DJCO", "NASDAQ", "DAILY JOURNAL CORP", "Communications", 400.0, 0.4, 300, 1e4, 0.005),
    ("ARTNA", "NASDAQ", "ARTESIAN RESOURCES CORP-CL A", "Utilities", 33.0, 0.25, 6, 3e4, 0.008),
)


def us_listings() -> list[Listing]:
    """Return the listings, the plain ones first."""
    listings = [_listing(row, "ETF") for row in FUNDS] + [_listing(row, "COMMON") for row in STOCKS]
    return [*listings, *_troublesome()]


def _listing(row: Row, stock_type: str) -> Listing:
    symbol, exchange, name, industry, price, volatility, spread_ticks, shares, activity = row
    number = FUNDS.index(row) if stock_type == "ETF" else 1_000 + STOCKS.index(row)
    return Listing(
        con_id=KNOWN_CON_IDS.get(symbol, FIRST_CON_ID + number),
        symbol=symbol,
        primary_exchange=exchange,
        local_symbol=symbol,
        trading_class="NMS" if exchange == "NASDAQ" else symbol,
        long_name=name,
        industry=industry,
        stock_type=stock_type,
        temper=Temper(
            price=price,
            volatility=volatility,
            spread_ticks=spread_ticks,
            shares_a_day=shares,
            activity=activity,
            lot=1 if price > 10_000 else 10 if price > 1_000 else 100,
        ),
    )


def _troublesome() -> list[Listing]:
    """Listings that share a symbol, are finer or coarser than a cent, or may not be watched live."""
    first = FIRST_CON_ID + 2_000
    canada = {"currency": "CAD", "exchanges": ("SMART", "TSE"), "market_rule_ids": "26,26"}
    london = {"currency": "USD", "exchanges": ("SMART", "LSEETF"), "market_rule_ids": "26,26", "stock_type": "ETF"}
    lines: list[tuple[str, str, str, Temper, Mapping[str, object]]] = [
        ("RY", "NYSE", "ROYAL BANK OF CANADA", Temper(price=120.0, shares_a_day=1e6, activity=0.4), {}),
        ("RY", "TSE", "ROYAL BANK OF CANADA", Temper(price=168.0, shares_a_day=3e6, activity=0.4), canada),
        ("SHOP", "NASDAQ", "SHOPIFY INC - CLASS A", Temper(price=105.0, volatility=0.5, activity=0.7), {}),
        ("SHOP", "TSE", "SHOPIFY INC - CLASS A", Temper(price=148.0, volatility=0.5, activity=0.5), canada),
        ("GDX", "LSEETF", "VANECK GOLD MINERS UCITS ETF", Temper(price=45.0, spread_ticks=6, activity=0.05), london),
        ("SMH", "LSEETF", "VANECK SEMI UCITS ETF", Temper(price=44.0, spread_ticks=4, activity=0.05), london),
        (
            "FRCB",
            "PINK",
            "FIRST REPUBLIC BANK",
            Temper(price=0.04, volatility=0.9, spread_ticks=6, activity=0.1),
            {"min_tick": 0.0001, "exchanges": ("SMART", "PINK"), "market_rule_ids": "1500,1500"},
        ),
        (
            "MULN",
            "NASDAQ",
            "MULLEN AUTOMOTIVE INC",
            Temper(price=0.38, volatility=0.8, spread_ticks=3, shares_a_day=2e7, activity=0.5),
            {"min_tick": 0.0001, "market_rule_ids": "1500,1500,1500,1500,1500,1500"},
        ),
        ("OTCM", "PINK", "OTC MARKETS GROUP INC-CL A", Temper(price=52.0, activity=0.005), {"permission": "delayed"}),
        ("SPX1", "NYSE", "A LISTING WITHOUT PERMISSION", Temper(price=30.0), {"permission": "none"}),
    ]
    return [
        Listing(
            con_id=first + number,
            symbol=symbol,
            primary_exchange=exchange,
            local_symbol=symbol,
            trading_class="NMS" if exchange == "NASDAQ" else symbol,
            long_name=name,
            temper=temper,
            **more,  # type: ignore[arg-type]
        )
        for number, (symbol, exchange, name, temper, more) in enumerate(lines)
    ]
