"""Which listings exist, and which of them a client means.

The lookups follow IB's: a contract id wins over all other words; letters may be large or small; share classes are
written with a space, so that `BRK.B` is nobody; a description that fits several listings is ambiguous, and it is for
the caller to refuse it (error 200). Listings never change.
"""

from collections.abc import Iterator
from pathlib import Path

from tickring.simulator.market.catalog_file import listings_from_toml
from tickring.simulator.market.catalog_generated import (
    FIRST_CON_ID,
    HIGHEST_NUMBER,
    generated_listing,
    number_of,
)
from tickring.simulator.market.catalog_us import us_listings
from tickring.simulator.market.listing import Listing
from tickring.simulator.wire.requests import Contract

__all__ = ["Catalog"]

MATCHES_AT_MOST = 16  # reqMatchingSymbols (TWS API documentation, "Stock Contract Search")
SECURITY_TYPE = "STK"
SAME_EXCHANGE = {"ISLAND": "NASDAQ"}  # the name that older servers use


class Catalog:
    """All listings: the built-in ones, those of a file, and SIM00001 up to the number asked for."""

    def __init__(self, generated: int = 0, *, more: tuple[Listing, ...] = ()) -> None:
        if not 0 <= generated <= HIGHEST_NUMBER:
            raise ValueError(
                f"generated is {generated}, must be between 0 and {HIGHEST_NUMBER}; ask for fewer listings"
            )
        self.generated = generated
        replaced = {(one.symbol.upper(), one.primary_exchange) for one in more}
        built_in = [one for one in us_listings() if (one.symbol, one.primary_exchange) not in replaced]
        self._fixed: list[Listing] = [*built_in, *more]
        self._by_con_id = {one.con_id: one for one in self._fixed}
        self._by_symbol: dict[str, list[Listing]] = {}
        for one in self._fixed:
            self._by_symbol.setdefault(one.symbol.upper(), []).append(one)
        self._made: dict[int, Listing] = {}

    @classmethod
    def from_toml(cls, path: Path, generated: int = 0) -> "Catalog":
        """Return a catalog with the listings of a file besides, or in place of, the built-in ones.

        Raises:
            BadCatalog: the file cannot be read, or a value in it breaks a rule; the text says which.
        """
        return cls(generated, more=listings_from_toml(path))

    def __len__(self) -> int:
        return len(self._fixed) + self.generated

    def __iter__(self) -> Iterator[Listing]:
        yield from self._fixed
        for number in range(1, self.generated + 1):
            yield self._generated(number)

    def by_con_id(self, con_id: int) -> Listing | None:
        """Return the listing with that contract id, None when there is none."""
        number = con_id - FIRST_CON_ID
        if 0 < number <= self.generated:
            return self._generated(number)
        return self._by_con_id.get(con_id)

    def by_symbol(self, symbol: str) -> list[Listing]:
        """Return all listings of a symbol, whatever their exchange and currency; the first is the best known."""
        symbol = symbol.upper()
        if 0 < (number := number_of(symbol)) <= self.generated:
            return [self._generated(number)]
        return list(self._by_symbol.get(symbol, ()))

    def find(self, contract: Contract) -> list[Listing]:
        """Return the listings that a contract describes: none when unknown, several when ambiguous.

        An empty exchange means all exchanges, as contract details allow. Security types other than STK find nothing;
        with a contract id the type may be empty.
        """
        security_type = contract.sec_type.upper()
        if contract.con_id:
            one = self.by_con_id(contract.con_id)
            is_meant = one is not None and security_type in ("", SECURITY_TYPE) and _trades_on(one, contract.exchange)
            return [one] if one is not None and is_meant else []
        if security_type != SECURITY_TYPE:
            return []
        if contract.sec_id:
            candidates = [one for one in self._fixed if one.isin and one.isin == contract.sec_id.upper()]
        else:
            candidates = self.by_symbol(contract.symbol or contract.local_symbol)
        return [one for one in candidates if _fits(one, contract)]

    def matching(self, pattern: str) -> list[Listing]:
        """Return up to 16 listings whose symbol or a word of whose name begins with the pattern, the best fit first."""
        pattern = pattern.strip().upper()
        if not pattern:
            return []
        exact = self.by_symbol(pattern)
        found = {one.con_id: one for one in exact}
        for is_fit in (_symbol_begins, _name_begins):
            for one in self._candidates(pattern):
                if len(found) >= MATCHES_AT_MOST:
                    break
                if is_fit(one, pattern):
                    found.setdefault(one.con_id, one)
        return list(found.values())[:MATCHES_AT_MOST]

    def _candidates(self, pattern: str) -> Iterator[Listing]:
        """Of the generated listings, which may be thousands, only those whose symbol begins with the pattern."""
        yield from self._fixed
        if pattern[:3] in ("S", "SI", "SIM"):
            digits = pattern[3:]
            for number in range(1, self.generated + 1):
                if f"{number:05}".startswith(digits):
                    yield self._generated(number)

    def _generated(self, number: int) -> Listing:
        made = self._made.get(number)
        if made is None:
            made = self._made[number] = generated_listing(number)
        return made


def _fits(one: Listing, contract: Contract) -> bool:
    primary = contract.primary_exchange.upper()
    primary = SAME_EXCHANGE.get(primary, primary)
    return (
        contract.symbol.upper() in ("", one.symbol.upper())
        and contract.local_symbol.upper() in ("", one.local_symbol.upper())
        and contract.trading_class.upper() in ("", one.trading_class.upper())
        and contract.currency.upper() in ("", one.currency)
        and primary in ("", one.primary_exchange)
        and _trades_on(one, contract.exchange)
    )


def _trades_on(one: Listing, exchange: str) -> bool:
    exchange = exchange.upper()
    exchange = SAME_EXCHANGE.get(exchange, exchange)
    return exchange in ("", one.primary_exchange) or exchange in one.exchanges


def _symbol_begins(one: Listing, pattern: str) -> bool:
    return one.symbol.upper().startswith(pattern)


def _name_begins(one: Listing, pattern: str) -> bool:
    return any(word.startswith(pattern) for word in one.long_name.upper().split()) or one.long_name.upper().startswith(
        pattern
    )
