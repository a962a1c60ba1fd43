"""Reading the newest quote: by symbol, by handle, over retire and re-add, and after close."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from tests.feeds import Feed
from tests.raw_segment import RawSegment
from tickring.names import SegmentPaths
from tickring.reader import QuoteReader
from tickring.states import Field, QuoteState, RunState
from tickring.supervisor import SegmentHost
from tickring.verdict import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_tick_is_read_at_once_by_every_way_of_reading(feed: Feed) -> None:
    """`reader[...]`, `latest`, handle, `require`, batch, history and table say the same of the newest record."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    handle, batch = reader.handle("SPY"), reader.batch(["SPY"])
    for price in (10.5, 11.0, 11.5):
        sequence = feed.tick(slot, Field.BID, price)
        quotes = [reader["SPY"], reader.latest("SPY"), handle.read(), handle.require(), reader.require("SPY")]
        quotes += [*batch.read(), reader.history("SPY", 1)[0], handle.history(5)[0]]
        assert {(quote.bid, quote.sequence, quote.verdict) for quote in quotes} == {(price, sequence, Verdict.LIVE)}
        [row] = reader.table()
        assert (row["bid"], row["sequence"]) == (price, sequence)


def test_a_tick_needs_no_commit_to_be_read(feed: Feed) -> None:
    """Values are visible when `tick` returns; `commit` only wakes who sleeps."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    feed.writer.tick(slot, 1, Field.BID, 10.5)
    assert reader["SPY"].bid == 10.5


def test_many_readers_see_the_same(feed: Feed) -> None:
    """Every reader has its own objects; they say the same."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    readers = [feed.open_reader() for _ in range(20)]
    for price in (11.0, 12.0):
        feed.tick(slot, Field.BID, price)
        quotes = [reader["SPY"] for reader in readers]
        assert len(set(quotes)) == 1
        assert quotes[0].bid == price
        assert len({id(quote) for quote in quotes}) == len(readers)


def test_the_ring_wraps_without_a_trace(make_feed: Callable[..., Feed]) -> None:
    """After many times the depth, each read still gives the newest record and a sequence that went up by one."""
    feed = make_feed(depth=4)
    reader = feed.open_reader()
    slot = feed.stream("SPY", Field.BID, 1.0)
    first = reader["SPY"].sequence
    for number in range(2, 1000):
        assert feed.tick(slot, Field.BID, float(number)) == first + number - 1
        assert reader["SPY"].bid == number
    assert reader.stats == {"retries": 0, "contended": 0, "reattached": 0}


# ---- symbols that come and go ----------------------------------------------------------------------------------------


def test_an_unknown_symbol_reads_missing_until_it_is_added(feed: Feed) -> None:
    """Asking early is no error: the same handle finds the symbol as soon as it is there."""
    reader = feed.open_reader()
    handle = reader.handle("SPY")
    for quote in (handle.read(), reader["SPY"]):
        assert (quote.verdict, quote.reason, quote.symbol) == (Verdict.MISSING, Reason.UNKNOWN_SYMBOL, "SPY")
    assert "SPY" not in reader
    feed.stream("QQQ", Field.BID, 9.0)
    assert handle.read().reason is Reason.UNKNOWN_SYMBOL
    feed.stream("SPY", Field.BID, 10.0)
    assert "SPY" in reader
    assert handle.read().bid == 10.0
    assert reader["SPY"] == handle.read()


def test_an_added_symbol_without_a_tick_has_no_price(feed: Feed) -> None:
    """Between add and first tick a symbol is known and missing, with the reason that it has no price."""
    reader = feed.open_reader()
    slot = feed.writer.add("SPY")
    assert "SPY" in reader
    assert (reader["SPY"].reason, reader["SPY"].state) == (Reason.NO_PRICE, QuoteState.EMPTY)
    feed.writer.begin(slot)
    assert (reader["SPY"].reason, reader["SPY"].state) == (Reason.NO_PRICE, QuoteState.PENDING)
    feed.tick(slot, Field.CLOSE, 9.5)
    assert (reader["SPY"].reason, reader["SPY"].close) == (Reason.NO_PRICE, 9.5)
    feed.tick(slot, Field.LAST, 10.0)
    assert (reader["SPY"].verdict, reader["SPY"].reason) == (Verdict.STALE, Reason.NOT_CONFIRMED)


def test_adding_again_changes_nothing(feed: Feed) -> None:
    """`add` of a symbol that is in gives its slot and leaves its quote."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    before = reader["SPY"]
    assert feed.writer.add("SPY") == slot
    assert reader["SPY"] == before
    assert feed.writer.active_symbols == 1


def test_a_retired_symbol_is_gone_at_once_for_everybody(feed: Feed) -> None:
    """Retiring takes the quote from every handle, without a commit; other symbols do not notice."""
    feed.stream("SPY", Field.BID, 10.0)
    feed.stream("QQQ", Field.BID, 20.0)
    readers = [feed.open_reader(), feed.open_reader()]
    handles = [reader.handle("SPY") for reader in readers]
    assert all(handle.read().bid == 10.0 for handle in handles)
    assert feed.writer.retire("SPY")
    for reader, handle in zip(readers, handles, strict=True):
        for quote in (handle.read(), reader["SPY"], *reader.batch(["SPY"]).read()):
            assert (quote.verdict, quote.reason, quote.bid) == (Verdict.MISSING, Reason.RETIRED, None)
        assert "SPY" not in reader
        assert reader.symbols() == ["QQQ"]
        assert reader.history("SPY", 5) == []
        assert reader["QQQ"].bid == 20.0
    assert not feed.writer.retire("SPY")
    assert not feed.writer.retire("never")


def test_a_symbol_added_again_is_a_new_use(feed: Feed) -> None:
    """A re-added symbol starts empty, with a generation of its own; old handles follow it, old values are gone."""
    first_slot = feed.stream("SPY", Field.BID, 10.0, Field.ASK, 11.0)
    reader = feed.open_reader()
    handle = reader.handle("SPY")
    before = handle.read()
    feed.writer.retire("SPY")
    slot = feed.writer.add("SPY")
    empty = handle.read()
    assert (empty.reason, empty.bid, empty.ask) == (Reason.NO_PRICE, None, None)
    assert (empty.slot, empty.generation) != (before.slot, before.generation)
    assert empty.vouched_age_s == math.inf
    feed.stream("SPY", Field.BID, 12.0)
    after = handle.read()
    assert (after.bid, after.ask, after.verdict) == (12.0, None, Verdict.LIVE)
    assert after.slot == slot != first_slot, "a retired slot rests as long as possible"


def test_a_handle_never_gives_another_symbols_quote(make_feed: Callable[..., Feed]) -> None:
    """When another symbol uses a slot again, no handle, batch or history of the old one shows the new one's prices."""
    feed = make_feed(capacity=1, depth=4)
    reader = feed.open_reader()
    handles = {symbol: reader.handle(symbol) for symbol in ("SPY", "QQQ", "IWM")}
    batch = reader.batch([*handles])
    for turn in range(30):
        symbol = [*handles][turn % 3]
        assert feed.stream(symbol, Field.BID, float(turn + 1)) == 0
        for name, quote in zip(handles, batch.read(), strict=True):
            expected = float(turn + 1) if name == symbol else None
            for seen in (quote, handles[name].read(), reader[name]):
                assert (seen.symbol, seen.bid) == (name, expected)
                assert (seen.verdict is Verdict.LIVE) == (name == symbol)
            assert {row.symbol for row in handles[name].history(9)} <= {symbol}
            assert {row.bid for row in handles[name].history(9)} <= {float(turn + 1), None}
        feed.writer.retire(symbol)


def test_a_handle_that_moved_to_another_slot_gives_nothing_of_the_slot_before(make_feed: Callable[..., Feed]) -> None:
    """Retired and added again within the time that one object answers, at the same sequence: the new quote is read."""
    feed = make_feed(capacity=20)
    reader = feed.open_reader()
    for number in range(20):
        symbol = f"S{number % 4}"
        sequence = reader[symbol].sequence
        feed.writer.retire(symbol)
        feed.stream(symbol, Field.BID, number + 1.0)
        assert symbol in reader
        quote = reader[symbol]
        assert (quote.bid, quote.verdict) == (number + 1.0, Verdict.LIVE)
        assert sequence in {0, quote.sequence}, "each use of a fresh slot counts from the start"


def test_sequences_go_on_over_all_uses_of_a_slot(make_feed: Callable[..., Feed]) -> None:
    """A sequence never comes twice from one slot, whatever symbol uses it; the generation tells the uses apart."""
    feed = make_feed(capacity=1, depth=4)
    reader = feed.open_reader()
    seen: list[tuple[int, int]] = []
    for turn in range(10):
        symbol = f"S{turn % 3}"
        feed.stream(symbol, Field.BID, 1.0)
        seen.append((reader[symbol].sequence, reader[symbol].generation))
        feed.writer.retire(symbol)
    assert seen == sorted(set(seen))
    assert len({generation for _, generation in seen}) == 10


def test_a_contended_quote_is_counted_and_no_price(feed: Feed) -> None:
    """A record that is being written at every attempt reads `contended` without values, until it stands."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    with RawSegment(SegmentPaths.of(feed.name).segment) as raw:
        raw.overtake_readers(slot)
    quote = reader["SPY"]
    assert (quote.verdict, quote.reason, quote.bid) == (Verdict.CONTENDED, Reason.OVERTAKEN, None)
    assert reader.stats["contended"] == 1
    assert reader.stats["retries"] == 16
    assert "SPY" in reader, "the symbol is there, only its record is not to be had"
    [row] = reader.table()
    assert list(Verdict)[row["verdict"]] is Verdict.CONTENDED
    feed.tick(slot, Field.BID, 10.5)
    assert (reader["SPY"].verdict, reader["SPY"].bid) == (Verdict.LIVE, 10.5)


def test_symbols_are_listed_in_order(feed: Feed) -> None:
    """`symbols()` is sorted and follows every add and retire."""
    reader = feed.open_reader()
    assert reader.symbols() == []
    names = ["QQQ", "A", "Ä", "a", "SPY", "BRK B", "B", "ZZ"]
    for number, name in enumerate(names):
        feed.writer.add(name)
        assert reader.symbols() == sorted(names[: number + 1])
    for number, name in enumerate(names):
        feed.writer.retire(name)
        assert reader.symbols() == sorted(names[number + 1 :])


# ---- another segment at the path -------------------------------------------------------------------------------------


def replaced(feed: Feed) -> None:
    """Put a new segment in the old one's place, with a writer that streams QQQ."""
    feed.writer.close()
    feed.host.replace()
    feed.restart_writer()
    feed.go_live()
    feed.stream("QQQ", Field.BID, 20.0)


LOOKS: dict[str, Callable[[QuoteReader], object]] = {
    "reader[]": lambda reader: reader["QQQ"].bid == 20.0,
    "handle": lambda reader: reader.handle("QQQ").read().bid == 20.0,
    "in": lambda reader: "QQQ" in reader,
    "require": lambda reader: reader.require("QQQ"),
    "history": lambda reader: reader.history("QQQ", 1)[0].bid == 20.0,
    "symbols": lambda reader: reader.symbols() == ["QQQ"],
    "table": lambda reader: reader.table()["bid"].tolist() == [20.0],
    "batch": lambda reader: reader.batch(["QQQ"]).read()[0].bid == 20.0,
    "follow": lambda reader: reader.follow(["QQQ"]).take()[0][0].bid == 20.0,
    "status": lambda reader: reader.status().active_symbols == 1 and not reader.status().is_superseded,
    "reattach": lambda reader: reader.reattach(),
}


@pytest.mark.parametrize("look", LOOKS)
def test_every_look_moves_to_a_new_segment(feed: Feed, look: str) -> None:
    """A reader whose segment was superseded finds the new one at its next look, whatever it looks at."""
    feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    old_handle, old_quote = reader.handle("SPY"), reader["SPY"]
    replaced(feed)
    assert LOOKS[look](reader)
    assert reader.stats["reattached"] == 1
    assert old_handle.read().reason is Reason.UNKNOWN_SYMBOL
    feed.stream("SPY", Field.BID, 10.0)
    again = old_handle.read()
    assert (again.bid, old_quote.bid) == (10.0, 10.0)
    assert again.segment_id != old_quote.segment_id
    assert again != old_quote
    assert not reader.reattach()


def test_the_list_of_symbols_is_never_that_of_a_segment_before(feed: Feed) -> None:
    """Segments that come and go, each with as many changes of its directory: the list is always of the present one."""
    reader = feed.open_reader()
    feed.stream("S0", Field.BID, 1.0)
    assert reader.symbols() == ["S0"]
    for number in range(1, 12):
        feed.writer.close()
        feed.host.replace()
        feed.restart_writer()
        feed.go_live()
        feed.stream(f"S{number}", Field.BID, 1.0)
        assert reader.reattach()
        if number % 2 == 0:
            assert reader.symbols() == [f"S{number}"]
            assert reader.table()["symbol"].tolist() == [f"S{number}".encode()]


# ---- close -----------------------------------------------------------------------------------------------------------


def test_a_closed_reader_says_so_and_its_quotes_live_on(feed: Feed) -> None:
    """After close every method names the closed reader; quotes that were read keep their values."""
    feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    quote, handle, batch, follow = reader["SPY"], reader.handle("SPY"), reader.batch(["SPY"]), reader.follow(["SPY"])
    reader.close()
    reader.close()
    assert not reader.is_open
    calls: list[Callable[[], object]] = [
        *(lambda: reader["SPY"], lambda: "SPY" in reader, lambda: reader.latest("SPY"), lambda: reader.handle("SPY")),
        *(lambda: reader.require("SPY"), lambda: reader.history("SPY", 1), reader.symbols, reader.table, reader.status),
        *(lambda: reader.batch(["SPY"]), lambda: reader.follow(["SPY"]), reader.header, reader.reattach),
        *(handle.read, handle.require, lambda: handle.history(1), batch.read, lambda: batch.value([1.0])),
        *(follow.take, lambda: next(follow), reader.wake_word, lambda: reader.wait(0, 1.0)),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=f"the reader of {reader.path} is closed"):
            call()
    assert (quote.bid, quote.symbol, handle.symbol, batch.symbols) == (10.0, "SPY", "SPY", ("SPY",))
    assert reader.stats["contended"] == 0


def test_a_reader_is_closed_by_its_with_statement(feed: Feed) -> None:
    """Leaving the block closes, also by an error."""
    with pytest.raises(KeyError), QuoteReader.open(feed.name, api_mode="any") as reader:
        raise KeyError
    assert not reader.is_open


def test_a_closed_segment_reads_feed_down(segment_name: str) -> None:
    """When the supervisor lets go of the segment, readers keep mapping and last values, but no good verdict."""
    with Feed.start(segment_name) as feed:
        feed.stream("SPY", Field.BID, 10.0)
        reader = QuoteReader.open(segment_name, api_mode="any")
        assert reader["SPY"].is_good
    with reader:
        assert (reader["SPY"].verdict, reader["SPY"].bid) == (Verdict.FEED_DOWN, 10.0)
        assert reader["SPY"].reason is Reason.SUPERVISOR_STATE


def test_a_new_owner_does_not_bring_the_quotes_of_a_dead_writer_back_to_life(segment_name: str) -> None:
    """A host that takes over a segment whose writer is gone leaves its quotes `feed_down` until a writer comes."""
    with Feed.start(segment_name) as feed:
        feed.stream("SPY", Field.BID, 10.0)
        reader = QuoteReader.open(segment_name, api_mode="any")
    with reader, SegmentHost.open(segment_name, limits=feed.host.limits, api_mode="mock") as host:
        assert reader["SPY"].verdict is Verdict.FEED_DOWN
        host.set_state(RunState.RUNNING)
        assert reader["SPY"].verdict is Verdict.FEED_DOWN
        assert reader.stats["reattached"] == 0, "a host of the same limits goes on with the same file"


def test_a_reader_is_opened_once(feed: Feed) -> None:
    """Calling `__init__` again is refused instead of leaking the first mapping."""
    reader = feed.open_reader()
    with pytest.raises(TypeError, match="open already"):
        reader.__init__(reader.path, ["live"])  # type: ignore[misc]
    assert reader.is_open
