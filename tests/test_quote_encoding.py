"""A quote outside its process: pickled, copied, encoded, taken apart as a dataclass, printed."""

from __future__ import annotations

import copy
import dataclasses
import math
import pickle
import re
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.every_verdict import REASONS, quote_for
from tickring import _core
from tickring.reader import Quote
from tickring.states import DataType, Field, QuoteState, Source
from tickring.verdict import GOOD, Reason, Verdict

if TYPE_CHECKING:
    from tests.feeds import Feed

OTHER_ATTRIBUTES = ["is_good", "is_state_only", "vouched_ns", "read_ns"]


def everything(quote: Quote) -> dict[str, Any]:
    """All that a quote says."""
    return quote.to_dict() | {name: getattr(quote, name) for name in OTHER_ATTRIBUTES}


# ---- pickle and copy -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickled_quote_comes_back_as_it_was(feed: Feed, reason: Reason, protocol: int) -> None:
    """Through every protocol, under every verdict: equal, equally hashed, and saying the same in every attribute."""
    quote = quote_for(feed, reason)
    again = pickle.loads(pickle.dumps(quote, protocol))
    assert type(again) is Quote
    assert (again, hash(again), repr(again)) == (quote, hash(quote), repr(quote))
    assert everything(again) == everything(quote)
    assert again.verdict is quote.verdict


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
@pytest.mark.parametrize("reason", [Reason.VOUCHED, Reason.UNKNOWN_SYMBOL])
def test_a_copied_quote_says_the_same(feed: Feed, duplicate: Any, reason: Reason) -> None:
    """Copying is harmless, also inside other objects."""
    quote = quote_for(feed, reason)
    assert everything(duplicate(quote)) == everything(quote)
    assert duplicate({"quotes": [quote]}) == {"quotes": [quote]}


def parts_of(quote: Quote) -> tuple[int, str, bytes]:
    """What a pickle of the quote holds."""
    reduced: Any = quote.__reduce__()
    assert reduced[0] is _core._restore_quote
    version, symbol, data = reduced[1]
    assert (version, symbol) == (_core.LAYOUT_VERSION, quote.symbol)
    return version, symbol, bytes(data)


@pytest.mark.parametrize("offset", [1, -1, 1000])
def test_a_pickle_of_another_release_is_refused(feed: Feed, offset: int) -> None:
    """Bytes of another layout are not guessed at; the error names both versions."""
    version, symbol, data = parts_of(quote_for(feed, Reason.VOUCHED))
    with pytest.raises(ValueError, match=f"layout version {version + offset}, this release understands {version}"):
        _core._restore_quote(version + offset, symbol, data)


def test_a_pickle_of_another_length_is_refused(feed: Feed) -> None:
    """Truncated or extended bytes are not guessed at."""
    version, symbol, data = parts_of(quote_for(feed, Reason.VOUCHED))
    for damaged in (b"", data[:-1], data + b"\0", data * 2):
        with pytest.raises(ValueError, match="pickled"):
            _core._restore_quote(version, symbol, damaged)
    for thing in (None, "text", 7):
        with pytest.raises(TypeError):
            _core._restore_quote(version, symbol, thing)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            _core._restore_quote(version, thing if thing != "text" else b"SPY", data)  # type: ignore[arg-type]


@given(random=st.binary(min_size=168, max_size=168), keep=st.sets(st.integers(0, 167)))
def test_damaged_pickles_give_a_quote_that_can_be_used(feed: Feed, random: bytes, keep: set[int]) -> None:
    """Whatever the bytes, nothing crashes: every attribute answers, words are words, and the quote pickles again."""
    reader = feed.readers[0] if feed.readers else feed.open_reader()
    version, symbol, data = parts_of(reader["SPY"])
    assert len(data) == 168
    damaged = bytes(data[at] if at in keep else random[at] for at in range(168))
    quote = _core._restore_quote(version, symbol, damaged)
    said = everything(quote)
    for name, words in [
        *(("verdict", Verdict), ("reason", Reason), ("state", QuoteState), ("source", Source), ("data_type", DataType)),
    ]:
        assert isinstance(said[name], words)
    assert quote == quote
    assert isinstance(hash(quote), int)
    assert repr(quote).startswith("<Quote SPY ")
    assert pickle.dumps(pickle.loads(pickle.dumps(quote))) == pickle.dumps(quote)
    assert parts_of(pickle.loads(pickle.dumps(quote))) == parts_of(quote)


@pytest.mark.parametrize("verdict", [len(Verdict), 200, 255])
def test_a_pickle_with_a_verdict_that_is_none_shows_no_price(feed: Feed, verdict: int) -> None:
    """What cannot be judged reads `contended`, and a contended quote hands out no values."""
    version, symbol, data = parts_of(quote_for(feed, Reason.VOUCHED))
    quote = _core._restore_quote(version, symbol, data[:-2] + bytes([verdict, 0]))
    assert (quote.verdict, quote.is_good) == (Verdict.CONTENDED, False)
    assert [getattr(quote, field) for field in Field] == [None] * len(Field)
    assert (quote.mid, quote.spread) == (None, None)


# ---- encoders and dataclasses ----------------------------------------------------------------------------------------


def without_infinity(said: dict[str, Any]) -> dict[str, Any]:
    """JSON has no infinity; msgspec writes null."""
    return {name: None if value == math.inf else value for name, value in said.items()}


@pytest.mark.parametrize("reason", REASONS)
def test_msgspec_encodes_a_quote_as_it_is(feed: Feed, reason: Reason) -> None:
    """JSON and MessagePack hold the public fields by name and in order, words as words, absent values as null."""
    quote = quote_for(feed, reason)
    said = quote.to_dict()
    from_json = msgspec.json.decode(msgspec.json.encode(quote))
    assert list(from_json) == list(said)
    assert from_json == without_infinity(said)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(quote)) == said
    assert msgspec.json.decode(msgspec.json.encode([quote, {"quote": quote}]))[1]["quote"] == from_json
    assert msgspec.to_builtins(quote) == said


def test_a_quote_is_a_dataclass_to_those_who_ask(feed: Feed) -> None:
    """`fields` and `asdict` see the public fields; `replace` would make a quote that nobody read, and fails."""
    quote = quote_for(feed, Reason.VOUCHED)
    assert dataclasses.is_dataclass(quote)
    assert [field.name for field in dataclasses.fields(quote)] == list(quote.to_dict())
    assert dataclasses.asdict(quote) == quote.to_dict()
    assert dataclasses.astuple(quote) == tuple(quote.to_dict().values())
    for changes in ({}, {"bid": 11.0}):
        with pytest.raises((TypeError, ValueError)):
            dataclasses.replace(quote, **changes)


def test_to_dict_gives_a_dict_of_its_own(feed: Feed) -> None:
    """Changing the dict changes nothing else."""
    quote = quote_for(feed, Reason.VOUCHED)
    quote.to_dict()["bid"] = 99.0
    assert quote.to_dict()["bid"] == quote.bid == 10.0


# ---- for people ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", REASONS)
def test_a_printed_quote_says_what_it_is_and_whether_to_trust_it(feed: Feed, reason: Reason) -> None:
    """Symbol and verdict first; unless it is live also why; values with their age, and where they came from."""
    quote = quote_for(feed, reason)
    text = repr(quote)
    assert str(quote) == text
    if reason in {Reason.OVERTAKEN, Reason.UNKNOWN_SYMBOL, Reason.RETIRED, Reason.OTHER_API_MODE}:
        assert text == f"<Quote {quote.symbol} {quote.verdict}: {reason}>"
        return
    verdict = "live" if reason is Reason.VOUCHED else f"{quote.verdict}: {reason}"
    values = "bid - ask - last -" if reason is Reason.NO_PRICE else r"bid 10(\.0)? ask 11(\.0)? last 10\.5"
    assert re.fullmatch(
        rf"<Quote SPY {verdict} \| {values} age \d+\.\d{{3}}s {quote.source} #{quote.sequence}>", text
    ), text
    assert (quote.verdict in GOOD) == quote.is_good


def test_printing_takes_the_longest_values(feed: Feed) -> None:
    """The longest symbol with the longest numbers still prints whole."""
    symbol = "Ω" * 31
    feed.stream(symbol, Field.BID, -1.2345678901234568e-300, Field.ASK, -2.2250738585072014e-308, Field.LAST, 1.7e308)
    text = repr(feed.open_reader()[symbol])
    assert symbol in text
    for number in ("-1.2345678901234568e-300", "-2.2250738585072014e-308", "1.7e+308"):
        assert number in text
    assert text.endswith("s ib_stream #3>")
