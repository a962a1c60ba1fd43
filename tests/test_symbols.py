"""Which texts are symbols, and that a refused one says why and disturbs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring import _core
from tickring.errors import InvalidSymbol, TickringError
from tickring.states import Field
from tickring.verdict import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.feeds import Feed

SYMBOLS = [
    "A",
    "SPY",
    "spy",
    "BRK B",
    "EUR.USD",
    "ES-202612",
    "_X",
    ".X",
    "...",
    "a..b",
    "a  b",
    "~",
    "!\"#$%&'()*+,-:;<=>?@[]^`{|}",
    "日経225",
    "ÄÖÜß",
    "Ω≈ç√",
    "🦀",
    "A" * 63,
    "ä" * 31 + "A",  # 63 bytes
]

REFUSED = [
    ("", "must not be empty"),
    ("A" * 64, "must be at most 63 bytes"),
    ("ä" * 32, "must be at most 63 bytes"),  # 32 characters, 64 bytes
    ("x" * 100_000, "must be at most 63 bytes"),
    ("../x", "must not contain path separators"),
    ("/", "must not contain path separators"),
    ("a/b", "must not contain path separators"),
    ("a\\b", "must not contain path separators"),
    ("..", "must not be a directory name"),
    (".", "must not be a directory name"),
    (" A", "must not begin or end with a space"),
    ("A ", "must not begin or end with a space"),
    (" ", "must not begin or end with a space"),
    *((f"A{chr(code)}B", "must not contain control characters") for code in [*range(0x20), 0x7F]),
    ("A\x85B", "must be printable"),  # C1 control
    ("A\xa0B", "must be printable"),  # no-break space
    ("A\u200bB", "must be printable"),  # zero-width space
    ("A\u200dB", "must be printable"),  # zero-width joiner
    ("A\u2028B", "must be printable"),  # line separator
    ("A\u202eB", "must be printable"),  # right-to-left override
    ("\ufeffA", "must be printable"),  # byte order mark
    ("A\u3000", "must be printable"),  # ideographic space
    ("A\ue000", "must be printable"),  # private use
    ("A\U000e0041", "must be printable"),  # tag character
    ("A\ud800", "must be valid text"),  # lone surrogate
    ("\udfffA", "must be valid text"),
]


def takers(feed: Feed) -> dict[str, Callable[[str], object]]:
    """Everything that takes a symbol."""
    reader = feed.open_reader()
    return {
        "check_symbol": _core.check_symbol,
        "symbol_hash": _core.symbol_hash,
        "reader[]": reader.__getitem__,
        "latest": reader.latest,
        "in": lambda symbol: symbol in reader,
        "handle": reader.handle,
        "require": reader.require,
        "history": lambda symbol: reader.history(symbol, 3),
        "batch": lambda symbol: reader.batch(["OTHER", symbol]),
        "follow": lambda symbol: reader.follow(["OTHER", symbol]),
        "add": feed.writer.add,
        "retire": feed.writer.retire,
    }


TAKERS = [
    *("check_symbol", "symbol_hash", "reader[]", "latest", "in", "handle"),
    *("require", "history", "batch", "follow", "add", "retire"),
]


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_a_symbol_goes_in_and_comes_out_unchanged(feed: Feed, symbol: str) -> None:
    """A symbol is stored, found, listed and shown letter by letter as it was given."""
    feed.stream(symbol, Field.BID, 10.0)
    reader = feed.open_reader()
    assert _core.check_symbol(symbol) == symbol
    assert symbol in reader
    assert reader.symbols() == [symbol]
    assert (reader[symbol].symbol, reader[symbol].bid) == (symbol, 10.0)
    assert reader.handle(symbol).symbol == symbol
    assert reader.batch([symbol]).symbols == (symbol,)
    assert reader.table()["symbol"].tolist() == [symbol.encode()]
    assert feed.writer.retire(symbol)
    assert reader[symbol].reason is Reason.RETIRED


def test_symbols_that_look_alike_are_different(feed: Feed) -> None:
    """Letter case, spaces and accents count: each spelling has a quote of its own."""
    spellings = ["SPY", "spy", "S PY", "S  PY", "ŠPY", "S\u030cPY", "SPY.", ".SPY"]
    reader = feed.open_reader()
    for number, spelling in enumerate(spellings, start=1):
        feed.stream(spelling, Field.BID, float(number))
    assert [reader[spelling].bid for spelling in spellings] == [float(number) for number in range(1, 9)]
    assert reader.symbols() == sorted(spellings)


@pytest.mark.parametrize("taker", TAKERS)
def test_a_refused_symbol_says_the_value_and_the_rule(feed: Feed, taker: str) -> None:
    """Whatever takes a symbol refuses the same texts with the same words, and nothing else changes by it."""
    feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    before, counters = reader["SPY"], reader.status().counters
    take = takers(feed)[taker]
    for symbol, rule in REFUSED:
        with pytest.raises(InvalidSymbol) as caught:
            take(symbol)
        assert (caught.value.symbol, caught.value.rule) == (symbol, rule)
        assert repr(symbol) in str(caught.value)
        assert rule in str(caught.value)
        assert isinstance(caught.value, TickringError)
        assert isinstance(caught.value, ValueError)
    assert reader["SPY"] == before
    assert reader.symbols() == ["SPY"]
    assert feed.writer.active_symbols == 1
    assert reader.status().counters == counters
    assert feed.tick(feed.writer.add("SPY"), Field.BID, 11.0) == before.sequence + 1


@pytest.mark.parametrize("taker", TAKERS)
@pytest.mark.parametrize("thing", [None, 7, b"SPY", 1.5, ["SPY"], object])
def test_something_that_is_no_text_is_a_type_error(feed: Feed, taker: str, thing: object) -> None:
    """Bytes, numbers, lists and None are misuse, and named as what they are."""
    with pytest.raises(TypeError, match=f"a symbol is a str, not {type(thing).__name__}"):
        takers(feed)[taker](thing)  # type: ignore[arg-type]


@pytest.mark.parametrize("taker", ["batch", "follow"])
@pytest.mark.parametrize("symbols", [7, None])
def test_something_that_is_no_list_of_symbols_is_a_type_error(feed: Feed, taker: str, symbols: object) -> None:
    """A batch and a follower take a sequence of symbols."""
    reader = feed.open_reader()
    with pytest.raises(TypeError):
        getattr(reader, taker)(symbols)


@pytest.mark.parametrize("taker", ["batch", "follow"])
def test_one_text_is_not_taken_for_a_list_of_letters(feed: Feed, taker: str) -> None:
    """`batch("SPY")` is a mistake and says so, instead of asking for S, P and Y."""
    with pytest.raises(TypeError, match="symbols is the single str 'SPY', must be a sequence of symbols"):
        getattr(feed.open_reader(), taker)("SPY")


def test_following_nothing_is_refused(feed: Feed) -> None:
    """A follower without symbols would wait for ever; it is refused."""
    with pytest.raises(ValueError, match="no symbols to follow"):
        feed.open_reader().follow([])


@given(st.text(st.characters(), max_size=70))
def test_any_text_is_either_a_symbol_or_refused(text: str) -> None:
    """The rule in one line of Python decides every text."""
    is_symbol = (
        text.isprintable()
        and 1 <= len(text.encode("utf-8", "surrogatepass")) <= 63
        and not set(text) & {"/", "\\"}
        and text.strip(" ") == text
        and text not in {".", ".."}
    )
    if is_symbol:
        assert _core.check_symbol(text) == text
    else:
        with pytest.raises(InvalidSymbol):
            _core.check_symbol(text)


@given(st.text(alphabet=st.characters(categories=["L", "N"]), min_size=1, max_size=15))
def test_the_hash_of_a_symbol_is_fnv_1a(symbol: str) -> None:
    """A reader in another language finds the same entry: 64-bit FNV-1a over the UTF-8 bytes."""
    value = 0xCBF29CE484222325
    for byte in symbol.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    assert _core.symbol_hash(symbol) == value


def test_two_symbols_with_the_same_hash_are_two_symbols(feed: Feed) -> None:
    """All 64 bits of the hash may be the same: what counts is the key."""
    one, two = "8yn0iYCKYHlIj4-BwPqk", "GReLUrM4wMqfg9yzV3KQ"
    assert _core.symbol_hash(one) == _core.symbol_hash(two)
    reader = feed.open_reader()
    feed.stream(one, Field.BID, 1.0)
    assert reader[two].reason is Reason.UNKNOWN_SYMBOL
    feed.stream(two, Field.BID, 2.0)
    assert (reader[one].bid, reader[two].bid) == (1.0, 2.0)
    feed.writer.retire(one)
    assert (reader[one].bid, reader[two].bid) == (None, 2.0)
    assert reader.symbols() == [two]


def test_a_symbol_that_is_a_str_of_another_class_works(feed: Feed) -> None:
    """An enum member or a str subclass is the symbol that it spells."""

    class Ticker(str):
        __slots__ = ()

    feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    assert reader[Ticker("SPY")].bid == 10.0
    assert Ticker("SPY") in reader
    assert reader["SPY"].bid == 10.0
    assert reader[Field.BID].verdict is Verdict.MISSING


def test_a_quote_shows_its_symbol_as_a_plain_str_whoever_asked_first(feed: Feed) -> None:
    """One caller's str subclass must not show in the quotes of the others: those are pickled and encoded."""

    class Ticker(str):
        __slots__ = ()

    feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    assert type(reader[Ticker("SPY")].symbol) is str
    assert type(reader["SPY"].symbol) is str
    assert type(reader.batch(["SPY"]).read()[0].symbol) is str
