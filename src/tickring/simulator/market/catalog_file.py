"""Further listings from a TOML file: one table `[[listing]]` each.

A listing with the symbol and primary exchange of a built-in one takes its place. Contract ids may be left out; they
then follow from symbol and exchange, so that they stay the same when lines come and go.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from tickring.simulator.market.catalog_generated import FIRST_CON_ID, HIGHEST_NUMBER, number_of
from tickring.simulator.market.catalog_us import us_listings
from tickring.simulator.market.listing import Listing, Temper
from tickring.simulator.market.seeds import seed_of

__all__ = ["BadCatalog", "listings_from_toml"]

Positive = Annotated[float, msgspec.Meta(gt=0)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=32, pattern=r"^[ -~]+$")]
OWN_CON_IDS = (600_000_000, 200_000_000)  # first, how many: for listings that name none


class BadCatalog(ValueError):
    """A file of listings that cannot be used; the text names the value, the rule and what to do."""


class _Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[listing]]`, as the file has it."""

    symbol: Word
    price: Positive
    con_id: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = None
    primary_exchange: Word = "NYSE"
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")] = "USD"
    local_symbol: str = ""
    trading_class: str = ""
    long_name: str = ""
    industry: str = ""
    category: str = ""
    subcategory: str = ""
    stock_type: str = "COMMON"
    isin: str = ""
    min_tick: Annotated[float, msgspec.Meta(ge=1e-6, le=1000)] = 0.01
    exchanges: tuple[Word, ...] = ()
    market_rule_ids: str = ""
    permission: Literal["live", "delayed", "none"] = "live"
    farm: Word = "usfarm"
    volatility: Annotated[float, msgspec.Meta(ge=0, le=5)] = 0.25
    spread_ticks: Annotated[int, msgspec.Meta(ge=1)] = 1
    shares_a_day: Positive = 5e6
    activity: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    lot: Annotated[int, msgspec.Meta(ge=1)] = 100


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    listing: list[_Line] = []


def listings_from_toml(path: Path) -> tuple[Listing, ...]:
    """Return the listings of a file.

    Raises:
        BadCatalog: see there.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadCatalog(f"{path}: cannot be read ({error.strerror}); name a file that exists") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadCatalog(f"{path}: is not TOML ({error}); correct that line") from error
    try:
        lines = msgspec.convert(content, _File).listing
    except msgspec.ValidationError as error:
        raise BadCatalog(
            f"{path}: {error}; correct the value, docs/simulator.md lists the keys of [[listing]]"
        ) from error
    listings = tuple(_listing(path, number, line) for number, line in enumerate(lines))
    _refuse_clashes(path, listings)
    return listings


def _listing(path: Path, number: int, line: _Line) -> Listing:
    symbol = line.symbol.upper()
    where = f"{path}: listing[{number}] ({symbol})"
    if number_of(symbol):
        raise BadCatalog(f"{where}: symbols of the form SIM00001 are the generated listings'; choose another symbol")
    if line.price < (least := line.min_tick * (line.spread_ticks + 2)):
        raise BadCatalog(f"{where}: price is {line.price}, must be at least {least:g}, the spread and two ticks")
    first, count = OWN_CON_IDS
    exchanges = line.exchanges or ("SMART", line.primary_exchange)
    return Listing(
        con_id=line.con_id or first + seed_of("con_id", symbol, line.primary_exchange) % count,
        symbol=symbol,
        primary_exchange=line.primary_exchange,
        currency=line.currency,
        local_symbol=line.local_symbol or symbol,
        trading_class=line.trading_class or ("NMS" if line.primary_exchange == "NASDAQ" else symbol),
        long_name=line.long_name or symbol,
        industry=line.industry,
        category=line.category,
        subcategory=line.subcategory,
        stock_type=line.stock_type,
        isin=line.isin,
        min_tick=line.min_tick,
        exchanges=exchanges,
        market_rule_ids=line.market_rule_ids or ",".join(["26"] * len(exchanges)),
        permission=line.permission,
        farm=line.farm,
        temper=Temper(
            price=line.price,
            volatility=line.volatility,
            spread_ticks=line.spread_ticks,
            shares_a_day=line.shares_a_day,
            activity=line.activity,
            lot=line.lot,
        ),
    )


def _refuse_clashes(path: Path, listings: tuple[Listing, ...]) -> None:
    """A listing may take the place of a built-in one, but no other's contract id."""
    owners = {one.con_id: (one.symbol, one.primary_exchange) for one in us_listings()}
    seen: set[tuple[str, str]] = set()
    for one in listings:
        key = (one.symbol, one.primary_exchange)
        if key in seen:
            raise BadCatalog(f"{path}: {one.symbol} on {one.primary_exchange} stands there twice; remove one")
        seen.add(key)
        is_generated = FIRST_CON_ID < one.con_id <= FIRST_CON_ID + HIGHEST_NUMBER
        if is_generated or owners.setdefault(one.con_id, key) != key:
            owner = "the generated listings" if is_generated else " on ".join(owners[one.con_id])
            raise BadCatalog(f"{path}: {one.symbol} has con_id {one.con_id}, which belongs to {owner}; choose another")
