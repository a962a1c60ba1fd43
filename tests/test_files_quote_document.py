"""What stands in a quote's file: every key, its type, and where its value comes from."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.json_files import SCHEMAS
from tickring.config.structs import ContractConfig
from tickring.flusher import QuoteDocument, QuoteScribe
from tickring.flusher.quote_document import UNSUBSCRIBED, unsubscribed
from tickring.flusher.schemas import schema_of
from tickring.iso_time import iso_from_ns
from tickring.states import QuoteState

if TYPE_CHECKING:
    from tests.feeds import Feed

QUOTE_SCHEMA = jsonschema.Draft202012Validator(json.loads((SCHEMAS / "quote.schema.json").read_text()))


def plain(document: QuoteDocument) -> dict[str, Any]:
    """Return what a reader of the file gets, checked against the schema."""
    values: dict[str, Any] = json.loads(msgspec.json.encode(document))
    QUOTE_SCHEMA.validate(values)
    return values


@pytest.mark.parametrize("name", ["quote.schema.json", "status.schema.json"])
def test_the_schemas_in_the_documents_are_those_of_the_code(name: str) -> None:
    """Made again by `python -m tickring.flusher.schemas docs/schemas`; every one is a schema itself."""
    schema = json.loads((SCHEMAS / name).read_text())
    assert schema == schema_of(name)
    jsonschema.Draft202012Validator.check_schema(schema)


def test_a_full_quote(feed: Feed) -> None:
    """All values of the record, in the file's words."""
    before_ns = time.time_ns()
    pairs = ["bid", 1.25, "ask", 1.5, "last", 1.375, "close", 1.0, "volume", 1e6, "bid_size", 300.0, "ask_size", 0.5]
    feed.stream("SPY", *pairs, "last_trade_s", 1_700_000_000)
    quote = feed.open_reader()["SPY"]
    document = plain(QuoteScribe().document(quote, feed.host.epoch))
    after_ns = time.time_ns()
    assert [document[key] for key in ("bid", "ask", "last", "close")] == [1.25, 1.5, 1.375, 1.0]
    assert (document["volume"], document["bid_size"], document["ask_size"]) == (1_000_000, 300, 0.5)
    assert isinstance(document["volume"], int)
    assert (document["currency"], document["exchange"], document["source"]) == ("USD", "SMART", "ib_stream")
    assert (document["state"], document["verdict"], document["reason"]) == ("live", "live", "vouched")
    assert (document["market_data_type"], document["api_mode"]) == ("realtime", "mock")
    assert (document["sequence"], document["epoch"]) == (quote.sequence, feed.host.epoch)
    assert document["last_trade_at"] == "2023-11-14T22:13:20.000000Z"
    assert document["timestamp"] == document["received_at"] == iso_from_ns(quote.ts_recv_ns)
    for key in ("received_at", "published_at", "written_at"):
        assert iso_from_ns(before_ns) <= document[key] <= iso_from_ns(after_ns + 1000)


def test_a_symbol_without_a_price_is_all_null(feed: Feed) -> None:
    """Every key stands there; absent is null."""
    feed.stream("SPY", state=QuoteState.PENDING)
    document = plain(QuoteScribe().document(feed.open_reader()["SPY"], feed.host.epoch))
    for key in ("timestamp", "bid", "ask", "last", "close", "volume", "received_at", "bid_size", "last_trade_at"):
        assert document[key] is None
    assert document["verdict"] == "missing"


def test_the_contract_says_currency_and_exchange(feed: Feed) -> None:
    """What the segment does not hold comes from the configuration."""
    feed.stream("EUR.USD", "bid", 1.1)
    scribe = QuoteScribe({"EUR.USD": ContractConfig(sec_type="CASH", exchange="IDEALPRO", currency="USD")})
    document = plain(scribe.document(feed.open_reader()["EUR.USD"], feed.host.epoch))
    assert (document["exchange"], document["currency"]) == ("IDEALPRO", "USD")


@given(lives=st.integers(-32_767, 32_767), epoch=st.integers(1, 1 << 40))
def test_the_epoch_is_the_full_number_of_that_life(feed: Feed, lives: int, epoch: int) -> None:
    """A record keeps 16 bits; with the header's number, older or newer, they name one life."""
    feed.stream("SPY", "bid", 1.0)
    quote = feed.open_reader()["SPY"]
    full = quote.epoch + (epoch << 16)
    assert QuoteScribe().document(quote, full + lives).epoch == full


def test_no_epoch_is_below_nought(feed: Feed) -> None:
    """Where epochs are small, the nearest fit may be none; then it is the record's own number."""
    feed.stream("SPY", "bid", 1.0)
    quote = feed.open_reader()["SPY"]
    assert QuoteScribe().document(quote, 0).epoch == quote.epoch


def test_what_is_not_streamed_has_no_value(feed: Feed) -> None:
    """Nothing that a careless reader could take for a price is left, and it says why."""
    feed.stream("SPY", "bid", 1.0, "ask", 2.0, "last", 1.5, "volume", 5.0, "close", 3.0, "last_trade_s", 1_700_000_000)
    before = QuoteScribe().document(feed.open_reader()["SPY"], feed.host.epoch)
    document = plain(unsubscribed(before))
    assert [document[key] for key in ("state", "verdict", "reason")] == [UNSUBSCRIBED, "missing", "retired"]
    kept = {"symbol", "currency", "exchange", "sequence", "epoch", "segment_id", "published_at"}
    words = {"written_at", "state", "verdict", "reason", "source", "market_data_type", "api_mode"}
    assert {key for key, value in document.items() if value is not None} == kept | words


def test_every_state_has_its_word_in_the_schema() -> None:
    """A state that is added to the segment needs its place here."""
    words = set(get_args(get_type_hints(QuoteDocument)["state"]))
    assert words == {*map(str, QuoteState), UNSUBSCRIBED}


@given(st.integers(0, 253_402_300_799 * 10**9))
def test_times_are_what_the_standard_library_reads(ns: int) -> None:
    """Six decimals, cut off, in UTC; sorted as text they are sorted in time."""
    text = iso_from_ns(ns)
    found = datetime.fromisoformat(text)
    assert found.tzinfo is UTC
    seconds, rest = divmod(ns, 10**9)
    assert (found - datetime(1970, 1, 1, tzinfo=UTC)).days * 86_400 + found.hour * 3600 + found.minute * 60 + (
        found.second
    ) == seconds
    assert found.microsecond == rest // 1000
    assert iso_from_ns(ns) <= iso_from_ns(ns + 1000) or ns + 1000 >= 253_402_300_800 * 10**9


@pytest.mark.parametrize("ns", [-1, 253_402_300_800 * 10**9])
def test_times_that_no_clock_shows_are_refused(ns: int) -> None:
    """Before 1970 and after 9999."""
    with pytest.raises(ValueError, match="1970 to 9999"):
        iso_from_ns(ns)
