"""The simulator's listings: who is found by which description, and files of further ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.simulator.market.catalog import Catalog
from tickring.simulator.market.catalog_file import BadCatalog
from tickring.simulator.market.clock import SimClock
from tickring.simulator.market.listing import Listing
from tickring.simulator.wire.requests import Contract

CATALOG = Catalog(generated=50)
LISTINGS = list(CATALOG)


def found(**words: str | int) -> list[tuple[str, str, str]]:
    """Symbol, primary exchange and currency of what a stock contract with these words finds."""
    contract = Contract(**{"sec_type": "STK", **words})  # type: ignore[arg-type]
    return [(one.symbol, one.primary_exchange, one.currency) for one in CATALOG.find(contract)]


def test_contract_ids_are_unique_and_do_not_depend_on_how_many_are_generated() -> None:
    """A larger catalog has the same listings under the same ids, and more."""
    large = Catalog(generated=3000)
    by_id = {one.con_id: one for one in large}
    assert len(by_id) == len(large) == len(LISTINGS) + 2950
    assert all(by_id[one.con_id] == one for one in LISTINGS)


def test_every_listing_is_fit_to_be_told_of() -> None:
    """What contract details need is there, rule ids match exchanges, and a price has room for its spread."""
    for one in LISTINGS:
        assert one.local_symbol
        assert one.trading_class
        assert one.long_name
        assert one.exchanges[0] == "SMART"
        assert len(one.market_rule_ids.split(",")) == len(one.exchanges), one.symbol
        assert one.temper.price > one.min_tick * (one.temper.spread_ticks + 2), one.symbol


@pytest.mark.parametrize(
    ("words", "symbols"),
    [
        ({"symbol": "SPY", "exchange": "SMART", "currency": "USD"}, [("SPY", "ARCA", "USD")]),
        ({"symbol": "spy", "exchange": "smart", "currency": "usd", "sec_type": "stk"}, [("SPY", "ARCA", "USD")]),
        ({"symbol": "AAPL", "exchange": "ISLAND"}, [("AAPL", "NASDAQ", "USD")]),
        ({"symbol": "AAPL", "exchange": "SMART", "primary_exchange": "ISLAND"}, [("AAPL", "NASDAQ", "USD")]),
        ({"symbol": "AAPL", "exchange": "SMART", "primary_exchange": "NYSE"}, []),
        ({"symbol": "AAPL", "exchange": "LSE"}, []),
        ({"symbol": "AAPL", "sec_type": "OPT"}, []),
        ({"symbol": "AAPL", "sec_type": ""}, []),
        ({"symbol": "BRK B", "exchange": "SMART"}, [("BRK B", "NYSE", "USD")]),
        ({"symbol": "BF B", "exchange": "SMART"}, [("BF B", "NYSE", "USD")]),
        ({"local_symbol": "BRK B", "exchange": "SMART"}, [("BRK B", "NYSE", "USD")]),
        ({"symbol": "BRK.B"}, []),
        ({"symbol": "BRK-B"}, []),
        ({"symbol": "BRK/B"}, []),
        ({"symbol": "BRK"}, []),
        ({"symbol": ""}, []),
        ({"symbol": "NOSUCH", "exchange": "SMART", "currency": "USD"}, []),
        ({"con_id": 756733}, [("SPY", "ARCA", "USD")]),
        ({"con_id": 756733, "symbol": "AAPL", "sec_type": ""}, [("SPY", "ARCA", "USD")]),
        ({"con_id": 756733, "exchange": "TSE"}, []),
        ({"con_id": 1}, []),
        ({"symbol": "SIM00050", "exchange": "SMART"}, [("SIM00050", "ARCA", "USD")]),
        ({"symbol": "SIM00051", "exchange": "SMART"}, []),
        ({"symbol": "SIM00000", "exchange": "SMART"}, []),
    ],
)
def test_a_description_finds_what_ib_would_find(
    words: dict[str, str | int], symbols: list[tuple[str, str, str]]
) -> None:
    """Ids win, case does not matter, classes need their space, NASDAQ is also ISLAND."""
    assert found(**words) == symbols


def test_a_symbol_on_two_listings_is_ambiguous_until_one_more_word() -> None:
    """SMART and USD do not decide between two USD listings; the primary exchange or the currency does."""
    assert len(found(symbol="GDX", exchange="SMART", currency="USD")) == 2
    assert found(symbol="GDX", exchange="SMART", currency="USD", primary_exchange="ARCA") == [("GDX", "ARCA", "USD")]
    assert len(found(symbol="SMH", exchange="SMART", currency="USD")) == 2
    assert found(symbol="SMH", exchange="SMART", trading_class="NMS") == [("SMH", "NASDAQ", "USD")]
    assert len(found(symbol="RY", exchange="SMART")) == 2
    assert found(symbol="RY", exchange="SMART", currency="CAD") == [("RY", "TSE", "CAD")]
    for symbol in ("GDX", "RY"):
        for one in CATALOG.by_symbol(symbol):
            assert CATALOG.find(Contract(con_id=one.con_id, exchange="SMART")) == [one]


def test_permissions_and_fine_ticks_are_represented() -> None:
    """One listing is delayed only, one may not be watched, one below a dollar trades in hundredths of a cent."""
    assert {one.permission for one in LISTINGS} == {"live", "delayed", "none"}
    assert any(one.min_tick == 0.0001 and one.temper.price < 1 for one in LISTINGS)
    assert CATALOG.by_symbol("BRK A")[0].temper.price == 700_000


@given(
    st.builds(
        Contract,
        con_id=st.sampled_from([0, 0, 0, 1, *(one.con_id for one in LISTINGS)]),
        symbol=st.sampled_from(["", "x", "AAPL", "brk b", "GDX", "RY", "SIM00001"]) | st.text(max_size=6),
        sec_type=st.sampled_from(["STK", "stk", "OPT", ""]),
        exchange=st.sampled_from(["", "SMART", "ISLAND", "NASDAQ", "TSE", "ARCA", "nowhere"]),
        primary_exchange=st.sampled_from(["", "ARCA", "NYSE", "ISLAND", "TSE"]),
        currency=st.sampled_from(["", "USD", "CAD", "usd", "EUR"]),
        local_symbol=st.sampled_from(["", "AAPL", "GDX"]) | st.text(max_size=6),
        trading_class=st.sampled_from(["", "NMS", "GDX"]),
    )
)
def test_whatever_is_found_fits_every_word_of_the_description(contract: Contract) -> None:
    """No answer contradicts the contract, and the answer's own id finds it again."""
    for one in CATALOG.find(contract):
        assert CATALOG.by_con_id(one.con_id) == one
        if contract.con_id:
            assert one.con_id == contract.con_id
            continue
        assert contract.sec_type.upper() == "STK"
        assert contract.symbol.upper() in ("", one.symbol)
        assert contract.local_symbol.upper() in ("", one.local_symbol)
        assert contract.currency.upper() in ("", one.currency)
        assert contract.primary_exchange.replace("ISLAND", "NASDAQ") in ("", one.primary_exchange)
        exchange = contract.exchange.replace("ISLAND", "NASDAQ")
        assert exchange in ("", one.primary_exchange, *one.exchanges)


@given(st.sampled_from(LISTINGS))
def test_a_listing_is_found_by_its_own_full_description(listing: Listing) -> None:
    """Symbol, primary exchange and currency together are never ambiguous."""
    contract = Contract(
        symbol=listing.symbol,
        sec_type="STK",
        exchange="SMART",
        primary_exchange=listing.primary_exchange,
        currency=listing.currency,
    )
    assert CATALOG.find(contract) == [listing]


def test_the_search_begins_with_the_exact_symbol_and_ends_at_sixteen() -> None:
    """reqMatchingSymbols: symbols first, then words of names, never more than 16, each listing once."""
    assert [one.symbol for one in CATALOG.matching("aapl")] == ["AAPL"]
    assert CATALOG.matching("v")[0].symbol == "V"
    assert {"BRK A", "BRK B"} == {one.symbol for one in CATALOG.matching("Berk")}
    assert len(CATALOG.matching("SIM")) == 16
    assert [one.symbol for one in CATALOG.matching("SIM0003")] == [f"SIM0003{n}" for n in range(10)]
    assert CATALOG.matching("  ") == []
    many = CATALOG.matching("s")
    assert len(many) == len({one.con_id for one in many}) == 16


def test_a_file_adds_listings_and_replaces_built_in_ones(tmp_path: Path) -> None:
    """Lines without a contract id get one that stays; a built-in symbol on its exchange is replaced."""
    path = tmp_path / "listings.toml"
    path.write_text(
        '[[listing]]\nsymbol = "zzyx"\nprice = 12.5\nprimary_exchange = "NASDAQ"\nactivity = 0.1\n'
        '[[listing]]\nsymbol = "SPY"\nprice = 99.0\nprimary_exchange = "ARCA"\npermission = "delayed"\n'
    )
    catalog = Catalog.from_toml(path, generated=3)
    (added,) = catalog.find(Contract(symbol="ZZYX", sec_type="STK", exchange="SMART", currency="USD"))
    assert (added.trading_class, added.exchanges, added.temper.price) == ("NMS", ("SMART", "NASDAQ"), 12.5)
    (spy,) = catalog.by_symbol("SPY")
    assert (spy.temper.price, spy.permission) == (99.0, "delayed")
    assert len(catalog) == len(LISTINGS) - 50 + 1 + 3
    path.write_text('[[listing]]\nsymbol = "other"\nprice = 1.0\n' + path.read_text())
    assert Catalog.from_toml(path).by_symbol("ZZYX")[0].con_id == added.con_id


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[listing]\n", ["is not TOML"]),
        ('[[listing]]\nsymbol = "A"\n', ["listing[0]", "price"]),
        ('[[listing]]\nsymbol = "A"\nprice = -1\n', ["price", "> 0"]),
        ('[[listing]]\nsymbol = "A"\nprice = 1\ncolour = "red"\n', ["colour", "docs/simulator.md"]),
        ('[[listing]]\nsymbol = "A"\nprice = 0.02\n', ["price is 0.02", "at least 0.03"]),
        ('[[listing]]\nsymbol = "SIM00001"\nprice = 1\n', ["SIM00001", "another symbol"]),
        ('[[listing]]\nsymbol = "A"\nprice = 1\ncon_id = 756733\n', ["756733", "SPY on ARCA", "choose another"]),
        ('[[listing]]\nsymbol = "A"\nprice = 1\ncon_id = 900000001\n', ["900000001", "generated"]),
        ('[[listing]]\nsymbol = "A"\nprice = 1\n[[listing]]\nsymbol = "a"\nprice = 2\n', ["A on NYSE", "twice"]),
    ],
)
def test_a_wrong_file_is_refused_with_value_rule_and_next_step(tmp_path: Path, text: str, words: list[str]) -> None:
    """The message names the file and what is wrong in it."""
    path = tmp_path / "listings.toml"
    path.write_text(text)
    with pytest.raises(BadCatalog) as caught:
        Catalog.from_toml(path)
    for word in [str(path), *words]:
        assert word in str(caught.value)


def test_a_missing_file_and_too_many_generated_listings_are_refused(tmp_path: Path) -> None:
    """Both before anything is made."""
    with pytest.raises(BadCatalog, match="cannot be read"):
        Catalog.from_toml(tmp_path / "none.toml")
    with pytest.raises(ValueError, match="generated is 100000"):
        Catalog(generated=100_000)


def test_the_clock_is_off_by_what_it_is_told() -> None:
    """The offset may be set while it runs."""
    clock = SimClock(-2.5, now=lambda: 1000.0)
    assert clock.now_s() == 997.5
    clock.offset_s = 60.0
    assert clock.now_s() == 1060.0
