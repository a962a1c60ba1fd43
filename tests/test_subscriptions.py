"""No old news as new: what a new subscription, a new writer and another kind of account leave of the old values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from tests.feeds import Feed
from tickring.states import ApiMode, Connection, DataType, Field, QuoteState, RunState, Source
from tickring.verdict import Reason, Verdict

if TYPE_CHECKING:
    from tickring.reader import Quote

VALUES: list[object] = [Field.BID, 10.0, Field.ASK, 11.0, Field.LAST, 10.5, Field.VOLUME, 100, Field.CLOSE, 9.5]


def values_of(quote: Quote) -> dict[str, float]:
    """The values that are there."""
    return {str(field): value for field in Field if (value := getattr(quote, field)) is not None}


OLD = {"bid": 10.0, "ask": 11.0, "last": 10.5, "volume": 100.0, "close": 9.5}


# ---- a new subscription ----------------------------------------------------------------------------------------------


def test_a_new_subscription_starts_from_an_empty_quote(feed: Feed) -> None:
    """After `begin` nothing of the old quote is left, and the first tick brings its own value only."""
    slot = feed.stream("SPY", *VALUES)
    feed.writer.set_state(slot, is_halted=True)
    reader = feed.open_reader()
    before = reader["SPY"]
    feed.writer.begin(slot)
    empty = reader["SPY"]
    assert values_of(empty) == {}
    assert (empty.verdict, empty.reason, empty.state) == (Verdict.MISSING, Reason.NO_PRICE, QuoteState.PENDING)
    assert (empty.source, empty.data_type, empty.is_halted) == (Source.NONE, DataType.UNKNOWN, False)
    assert (empty.ts_recv_ns, empty.vouched_ns, empty.vouched_age_s) == (0, 0, math.inf)
    assert (empty.generation, empty.slot) == (before.generation, before.slot)
    assert empty.sequence == before.sequence + 1
    feed.tick(slot, Field.BID, 12.0)
    first = reader["SPY"]
    assert values_of(first) == {"bid": 12.0}
    assert (first.verdict, first.reason) == (Verdict.STALE, Reason.NOT_CONFIRMED), "whose tick it is, nobody has said"
    feed.writer.set_state(slot, state=QuoteState.LIVE, source=Source.IB_STREAM, data_type=DataType.REALTIME)
    assert reader["SPY"].verdict is Verdict.LIVE


def test_last_known_values_can_be_kept_until_the_first_price(feed: Feed) -> None:
    """With `keep_last_known` old values stay, stale and unvouched, until a price comes; none rides along with it."""
    slot = feed.stream("SPY", *VALUES)
    reader = feed.open_reader()
    before = reader["SPY"]
    feed.writer.begin(slot, keep_last_known=True)
    kept = reader["SPY"]
    assert values_of(kept) == OLD
    assert (kept.verdict, kept.reason, kept.state) == (Verdict.STALE, Reason.MARKED_STALE, QuoteState.STALE)
    assert (kept.source, kept.data_type, kept.is_state_only) == (Source.IB_STREAM, DataType.REALTIME, True)
    assert (kept.ts_recv_ns, kept.ts_publish_ns) == (before.ts_recv_ns, before.ts_publish_ns)
    assert kept.vouched_age_s == math.inf
    assert feed.tick(slot, Field.ASK_SIZE, 300, Field.BID, -1) == 0, "a size is no price, and a withdrawn bid neither"
    assert (reader["SPY"], reader.table()["vouched_ns"][0]) == (kept, 0)
    feed.tick(slot, Field.ASK, 12.0)
    assert values_of(reader["SPY"]) == {"ask": 12.0, "ask_size": 300.0}


def test_keeping_nothing_is_a_plain_new_subscription(feed: Feed) -> None:
    """Where no price is known there is nothing to keep: a previous close alone is dropped too."""
    slot = feed.stream("SPY", Field.CLOSE, 9.5)
    reader = feed.open_reader()
    feed.writer.begin(slot, keep_last_known=True)
    assert values_of(reader["SPY"]) == {}
    assert (reader["SPY"].reason, reader["SPY"].state) == (Reason.NO_PRICE, QuoteState.PENDING)


def test_subscribing_twice_before_a_tick_still_keeps_the_last_known_values(feed: Feed) -> None:
    """A connection that comes and goes begins subscriptions one after the other; the kept values stay until a tick."""
    slot = feed.stream("SPY", *VALUES)
    reader = feed.open_reader()
    for _ in range(3):
        feed.writer.begin(slot, keep_last_known=True)
        assert values_of(reader["SPY"]) == OLD
        assert reader["SPY"].reason is Reason.MARKED_STALE


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ({"data_type": DataType.DELAYED}, Reason.MARKED_STALE),
        ({"source": Source.IB_SNAPSHOT}, Reason.MARKED_STALE),
        ({"state": QuoteState.LIVE}, Reason.MARKED_STALE),
        ({"state": QuoteState.NO_PERMISSION}, Reason.NO_PERMISSION),
        ({"state": QuoteState.COMPETING_SESSION}, Reason.COMPETING_SESSION),
        ({"state": QuoteState.UNRESOLVED}, Reason.UNRESOLVED),
    ],
)
def test_a_word_before_the_first_price_leaves_the_kept_values(feed: Feed, word: dict[str, str], reason: Reason) -> None:
    """The gateway names the data type or refuses before any tick; last known values stay and say why they are old."""
    slot = feed.stream("SPY", *VALUES)
    reader = feed.open_reader()
    feed.writer.begin(slot, keep_last_known=True)
    feed.writer.set_state(slot, **word)  # type: ignore[arg-type]
    quote = reader["SPY"]
    assert (values_of(quote), quote.verdict, quote.reason) == (OLD, Verdict.STALE, reason)
    assert (quote.source, quote.data_type) == (Source.IB_STREAM, DataType.REALTIME), "those of the old values"


def test_state_and_price_become_visible_together(feed: Feed) -> None:
    """Staged words show with the next tick, not before: nobody sees a new state with an old price or the reverse."""
    slot = feed.stream("SPY", *VALUES)
    reader = feed.open_reader()
    before = reader["SPY"]
    assert feed.writer.set_state(slot, state=QuoteState.CLOSED, data_type=DataType.FROZEN, publish=False) == 0
    assert reader["SPY"] == before
    feed.tick(slot, Field.LAST, 10.75)
    after = reader["SPY"]
    assert (after.last, after.state, after.data_type) == (10.75, QuoteState.CLOSED, DataType.FROZEN)
    assert (after.verdict, after.is_state_only) == (Verdict.CLOSED, False)


def test_a_bad_word_changes_nothing(feed: Feed) -> None:
    """Of several words one is misspelt: none is taken."""
    slot = feed.stream("SPY", *VALUES)
    reader = feed.open_reader()
    before = reader["SPY"]
    for words in ({"state": "livee"}, {"source": 7}, {"data_type": QuoteState.LIVE}):
        with pytest.raises(ValueError, match="is no "):
            feed.writer.set_state(slot, **{"state": QuoteState.QUIET, "is_halted": True, **words})  # type: ignore[arg-type]
    for words in ({"state": "livee"}, {"connection": "on"}, {"api_mode": "Live"}):
        with pytest.raises(ValueError, match="is no "):
            feed.writer.set_line(**{"state": RunState.STOPPING, "connection": Connection.SUSPECT, **words})
    assert feed.writer.set_state(slot) == 0
    assert reader["SPY"] == before


def test_words_may_be_text_or_members(feed: Feed) -> None:
    """`"quiet"` and `QuoteState.QUIET` are the same word."""
    slot = feed.stream("SPY", "bid", 10.0, "ask", 11.0)
    reader = feed.open_reader()
    assert feed.writer.set_state(slot, state="quiet", source="ib_snapshot", data_type="delayed") > 0
    quote = reader["SPY"]
    assert (quote.state, quote.source, quote.data_type) == (QuoteState.QUIET, Source.IB_SNAPSHOT, DataType.DELAYED)
    assert feed.writer.set_state(slot, state=QuoteState.QUIET) == 0
    feed.writer.set_line(state="degraded", connection="suspect")
    assert (reader.status().feeder_state, reader.status().connection) == (RunState.DEGRADED, Connection.SUSPECT)


# ---- a new writer ----------------------------------------------------------------------------------------------------


def test_a_new_writer_finds_last_known_values_and_marks_them_stale(feed: Feed) -> None:
    """After a restart old values keep source and times, and read stale until a tick of the new life."""
    slot = feed.stream("SPY", *VALUES)
    feed.writer.set_state(slot, is_halted=True)
    feed.stream("NEW")
    feed.stream("CLOSE", Field.CLOSE, 5.0)
    feed.stream("GONE", Field.BID, 1.0)
    feed.writer.retire("GONE")
    reader = feed.open_reader()
    handle, before = reader.handle("SPY"), reader["SPY"]
    writer = feed.restart_writer()
    assert (handle.read().verdict, handle.read().reason) == (Verdict.FEED_DOWN, Reason.FEEDER_STATE)
    feed.go_live()
    after = handle.read()
    assert (after.verdict, after.reason, after.state) == (Verdict.STALE, Reason.MARKED_STALE, QuoteState.STALE)
    assert values_of(after) == OLD
    assert (after.source, after.data_type, after.is_halted) == (Source.IB_STREAM, DataType.REALTIME, True)
    assert (after.ts_recv_ns, after.ts_publish_ns) == (before.ts_recv_ns, before.ts_publish_ns)
    assert (after.sequence, after.generation, after.slot) == (before.sequence + 1, before.generation, before.slot)
    assert after.epoch == (before.epoch + 1) & 0xFFFF == writer.epoch & 0xFFFF
    assert after.vouched_age_s == math.inf
    for symbol in ("NEW", "CLOSE"):
        assert (reader[symbol].verdict, reader[symbol].reason) == (Verdict.MISSING, Reason.NO_PRICE)
        assert reader[symbol].state is QuoteState.EMPTY
    assert reader["GONE"].reason is Reason.RETIRED
    assert reader.symbols() == ["CLOSE", "NEW", "SPY"]
    assert (writer.active_symbols, writer.add("SPY")) == (3, slot)


def test_nothing_old_rides_along_with_the_first_tick_of_a_new_writer(feed: Feed) -> None:
    """The new life subscribes anew: its first tick shows its own value only."""
    slot = feed.stream("SPY", *VALUES)
    reader = feed.open_reader()
    feed.restart_writer()
    feed.go_live()
    feed.writer.begin(slot, keep_last_known=True)
    assert values_of(reader["SPY"]) == OLD
    feed.stream("SPY", Field.BID, 12.0)
    assert values_of(reader["SPY"]) == {"bid": 12.0}
    assert reader["SPY"].verdict is Verdict.LIVE


def test_a_new_writer_shows_no_price_before_it_has_named_its_account(feed: Feed) -> None:
    """Its header line still names the account of the life before; that says nothing about its own ticks."""
    slot = feed.stream("SPY", *VALUES)
    reader = feed.open_reader()
    feed.restart_writer()
    feed.writer.set_line(state=RunState.RUNNING, connection=Connection.CONNECTED)
    feed.writer.heartbeat()
    assert (values_of(reader["SPY"]), reader["SPY"].verdict) == (OLD, Verdict.STALE)
    feed.writer.begin(slot)
    feed.writer.set_state(slot, state=QuoteState.LIVE, source=Source.IB_STREAM, data_type=DataType.REALTIME)
    feed.tick(slot, Field.BID, 12.0)
    assert (reader["SPY"].reason, reader["SPY"].bid) == (Reason.OTHER_API_MODE, None)
    feed.writer.set_line(api_mode=ApiMode.MOCK)
    feed.tick(slot, Field.BID, 12.5)
    assert (reader["SPY"].verdict, reader["SPY"].bid, reader["SPY"].api_mode) == (Verdict.LIVE, 12.5, ApiMode.MOCK)
    assert [row.bid for row in reader.history("SPY", 9)] == [12.5], "the tick before it had a name stays hidden"


def test_last_known_values_survive_many_lives(feed: Feed) -> None:
    """Writers that start and fail one after the other leave the last known values where they are."""
    feed.stream("SPY", *VALUES)
    reader = feed.open_reader()
    first = reader["SPY"]
    for life in range(1, 40):
        feed.restart_writer()
        feed.go_live()
        quote = reader["SPY"]
        assert (values_of(quote), quote.sequence) == (OLD, first.sequence + life)
        assert quote.epoch == (first.epoch + life) & 0xFFFF
        assert (quote.verdict, quote.ts_recv_ns) == (Verdict.STALE, first.ts_recv_ns)


def test_a_new_epoch_takes_every_quote_down_until_its_writer_is_there(feed: Feed) -> None:
    """From the grant on nothing is live; a second granted writer is needed for each grant."""
    feed.stream("SPY", *VALUES)
    reader = feed.open_reader()
    assert reader["SPY"].verdict is Verdict.LIVE
    feed.writer.close()
    feed.host.grant_epoch()
    assert (reader["SPY"].verdict, reader["SPY"].reason) == (Verdict.FEED_DOWN, Reason.NO_FEEDER)
    assert values_of(reader["SPY"]) == OLD


def test_a_closed_writer_refuses_and_its_lock_is_free(feed: Feed) -> None:
    """After close every method says so, and no quote is good any more; closing twice is harmless."""
    slot = feed.stream("SPY", *VALUES)
    reader, writer = feed.open_reader(), feed.writer
    assert reader["SPY"].is_good
    writer.close()
    writer.close()
    assert (reader["SPY"].verdict, reader["SPY"].reason) == (Verdict.FEED_DOWN, Reason.FEEDER_STATE)
    for call in (
        *(
            lambda: writer.add("SPY"),
            lambda: writer.retire("SPY"),
            lambda: writer.begin(slot),
            lambda: writer.vouch(slot),
        ),
        *(lambda: writer.tick(slot, 1, "bid", 1.0), lambda: writer.set_state(slot), writer.commit, writer.heartbeat),
        *(writer.set_line,),
    ):
        with pytest.raises(ValueError, match="the writer is closed"):
            call()
    feed.restart_writer()


# ---- another kind of account -----------------------------------------------------------------------------------------


def test_another_kind_of_account_empties_every_quote(feed: Feed) -> None:
    """When the gateway turns out to be another kind of account, the old prices are gone before it has its name."""
    slots = {symbol: feed.stream(symbol, *VALUES) for symbol in ("SPY", "QQQ")}
    reader, mock_reader = feed.open_reader(), feed.open_reader(ApiMode.MOCK)
    feed.writer.set_line(api_mode=ApiMode.PAPER)
    for symbol, slot in slots.items():
        assert (values_of(reader[symbol]), reader[symbol].reason) == ({}, Reason.NO_PRICE)
        assert reader[symbol].api_mode is ApiMode.PAPER
        feed.tick(slot, Field.BID, 12.0)
        assert values_of(reader[symbol]) == {"bid": 12.0}
        assert (mock_reader[symbol].reason, mock_reader[symbol].bid) == (Reason.OTHER_API_MODE, None)
    assert reader.status().gateway_api_mode is ApiMode.PAPER
    assert reader.status().api_mode is ApiMode.MOCK


def test_the_same_kind_of_account_again_changes_nothing(feed: Feed) -> None:
    """A gateway that names the same kind once more, after a reconnect or a restart, leaves the quotes."""
    feed.stream("SPY", *VALUES)
    reader = feed.open_reader()
    before = reader["SPY"]
    feed.writer.set_line(api_mode=ApiMode.MOCK)
    assert reader["SPY"] == before
    feed.restart_writer()
    feed.go_live(ApiMode.MOCK)
    assert values_of(reader["SPY"]) == OLD
    feed.restart_writer()
    feed.go_live(ApiMode.PAPER)
    assert values_of(reader["SPY"]) == {}


def test_a_price_is_shown_to_nobody_before_its_kind_of_account_is_known(segment_name: str) -> None:
    """Until the gateway has named its accounts, a reader of all kinds shows nothing either."""
    with Feed.start(segment_name, api_mode=ApiMode.UNKNOWN) as feed:
        feed.stream("SPY", *VALUES)
        reader = feed.open_reader()
        assert (reader["SPY"].reason, reader["SPY"].bid) == (Reason.OTHER_API_MODE, None)
        assert reader.history("SPY", 5) == []
