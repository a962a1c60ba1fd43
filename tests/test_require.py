"""`require`: the quote if it may be traded on, else an error of its own class that says why."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from tests.every_verdict import REASONS, bring_about
from tests.raw_segment import RawSegment
from tickring import _core, errors
from tickring.errors import (
    InvalidSymbol,
    QuoteContended,
    QuoteFeedDown,
    QuoteLive,
    QuoteMissing,
    QuoteNotAccepted,
    QuoteQuiet,
    QuoteRejected,
    QuoteStale,
    QuoteTooOld,
    QuoteUnchangedTooLong,
    TickringError,
)
from tickring.names import SegmentPaths
from tickring.states import Field, QuoteState
from tickring.verdict import GOOD, Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.feeds import Feed
    from tickring.reader import QuoteReader

TEN_SECONDS_NS = 10_000_000_000


@pytest.mark.parametrize("reason", [reason for reason in REASONS if reason is not Reason.NOT_NEWEST])
def test_a_quote_is_returned_if_its_verdict_is_accepted_and_else_its_error_raised(feed: Feed, reason: Reason) -> None:
    """Under every reason: by default only live and quiet pass; the error has the verdict's class and the quote."""
    reader, symbol = bring_about(feed, reason)
    verdict = reader[symbol].verdict
    others = set(Verdict) - {verdict}
    assert reader.require(symbol, accept={verdict}) == reader[symbol]
    assert reader.require(symbol, accept=Verdict) == reader[symbol]
    attempts: list[Callable[[], object]] = [
        lambda: reader.require(symbol, accept=others),
        lambda: reader.handle(symbol).require(accept=others),
    ]
    if verdict in GOOD:
        assert reader.require(symbol) == reader[symbol]
    else:
        attempts += [lambda: reader.require(symbol), lambda: reader.require(symbol, accept=None)]
    for attempt in attempts:
        with pytest.raises(QuoteNotAccepted) as caught:
            attempt()
        error = caught.value
        assert type(error).__name__ == "Quote" + verdict.title().replace("_", "")
        assert isinstance(error, QuoteRejected)
        assert isinstance(error, TickringError)
        assert error.quote == reader[symbol]
        assert (error.symbol, error.verdict, error.reason) == (symbol, verdict, reason)
        assert str(error).startswith(f"{symbol} is {verdict}: ")
        assert str(error) != f"{symbol} is {verdict}: {reason}", "the reason is told in words"


def test_every_verdict_has_an_error_of_its_own() -> None:
    """Callers decide by type: one class per verdict, all of them public."""
    names = {"Quote" + verdict.title().replace("_", "") for verdict in Verdict}
    assert names <= set(errors.__all__)
    classes = {getattr(errors, name) for name in names}
    assert len(classes) == len(Verdict)
    assert all(issubclass(kind, QuoteNotAccepted) for kind in classes)
    assert not any(issubclass(kind, QuoteNotAccepted) for kind in (QuoteTooOld, QuoteUnchangedTooLong))


def test_the_default_is_live_and_quiet(feed: Feed) -> None:
    """A quiet name is good; whoever wants only moving prices says so."""
    feed.stream("SPY", Field.BID, 10.0)
    feed.stream("GOLD", Field.BID, 20.0, state=QuoteState.QUIET)
    reader = feed.open_reader()
    assert reader.require("SPY").verdict is Verdict.LIVE
    assert reader.require("GOLD").verdict is Verdict.QUIET
    with pytest.raises(QuoteQuiet, match=r"GOLD is quiet: .*; accepted: live$"):
        reader.require("GOLD", accept={Verdict.LIVE})
    with pytest.raises(QuoteLive, match=r"SPY is live: .*; accepted: closed, delayed$"):
        reader.require("SPY", accept=[Verdict.DELAYED, Verdict.CLOSED])
    with pytest.raises(QuoteLive, match=r"accepted: nothing$"):
        reader.require("SPY", accept=())
    with pytest.raises(QuoteMissing, match=r"XYZ is missing: the symbol is not streamed; accepted: live, quiet$"):
        reader.require("XYZ")


def each_kind_of_iterable(verdicts: list[Verdict]) -> list[Any]:
    """The same verdicts in every form a caller may hold them."""
    words = [str(verdict) for verdict in verdicts]
    return [verdicts, tuple(verdicts), set(verdicts), frozenset(verdicts), dict.fromkeys(verdicts), words]


def test_accept_takes_any_iterable_of_verdicts(feed: Feed) -> None:
    """Lists, sets, tuples, dict keys, words, and iterators that can be read only once; the message is the same."""
    feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    for accept in [*each_kind_of_iterable([Verdict.CLOSED, Verdict.LIVE]), iter([Verdict.CLOSED, Verdict.LIVE])]:
        assert reader.require("SPY", accept=accept).bid == 10.0
    for accept in [*each_kind_of_iterable([Verdict.QUIET, Verdict.CLOSED]), iter([Verdict.CLOSED, Verdict.QUIET])]:
        with pytest.raises(QuoteLive, match=r"accepted: quiet, closed$"):
            reader.require("SPY", accept=accept)


@pytest.fixture
def ten_seconds_old(feed: Feed) -> QuoteReader:
    """SPY was last vouched for ten seconds ago and changed twenty seconds ago."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    with RawSegment(SegmentPaths.of(feed.name).segment) as raw:
        record = raw.record(slot, raw.read("<Q", raw.control(slot)))
        vouched_ns, publish_ns = raw.read("<q", raw.control(slot) + 8), raw.read("<q", record + 40)
        raw.write("<q", raw.control(slot) + 8, vouched_ns - TEN_SECONDS_NS)
        raw.write("<q", record + 40, publish_ns - 2 * TEN_SECONDS_NS)
    return feed.open_reader()


def test_a_proof_older_than_the_limit_is_too_old(ten_seconds_old: QuoteReader) -> None:
    """`max_age_s` limits the time since the feed proved itself for the symbol."""
    reader = ten_seconds_old
    for max_age_s in (3600, 3600.0, None, math.inf, 1e300):
        assert reader.require("SPY", max_age_s=max_age_s).bid == 10.0
        assert reader.handle("SPY").require(max_age_s=max_age_s).bid == 10.0
    for limit in (10, 9.999, 1.5, 0):
        with pytest.raises(
            QuoteTooOld, match=rf"SPY is live but was last vouched for 1\d\.\d{{3}} s ago, limit {limit} s"
        ):
            reader.require("SPY", max_age_s=limit)
    with pytest.raises(QuoteTooOld) as caught:
        reader.require("SPY", max_age_s=5.0)
    error = caught.value
    assert (error.max_age_s, error.symbol, error.verdict, error.reason) == (5.0, "SPY", Verdict.LIVE, Reason.VOUCHED)
    assert error.quote == reader["SPY"]


def test_a_quote_unchanged_for_longer_than_the_limit_is_told(ten_seconds_old: QuoteReader) -> None:
    """`max_unchanged_s` limits the time since the values changed, whatever the feed proved since."""
    reader = ten_seconds_old
    assert reader.require("SPY", max_unchanged_s=3600, max_age_s=3600).bid == 10.0
    with pytest.raises(
        QuoteUnchangedTooLong, match=r"SPY is live but has not changed for 2\d\.\d{3} s, limit 15 s"
    ) as caught:
        reader.require("SPY", max_unchanged_s=15, max_age_s=3600)
    assert caught.value.max_unchanged_s == 15
    assert caught.value.quote == reader["SPY"]


def test_the_verdict_is_told_before_the_age_and_the_age_before_the_change(
    feed: Feed, ten_seconds_old: QuoteReader
) -> None:
    """Of several reasons to refuse, the worse one is told."""
    reader = ten_seconds_old
    with pytest.raises(QuoteTooOld):
        reader.require("SPY", max_age_s=1, max_unchanged_s=1)
    with pytest.raises(QuoteLive):
        reader.require("SPY", max_age_s=1, max_unchanged_s=1, accept=[Verdict.QUIET])
    feed.writer.begin(feed.writer.add("SPY"), keep_last_known=True)
    with pytest.raises(QuoteStale):
        reader.require("SPY", max_age_s=1)
    with pytest.raises(QuoteTooOld, match="was last vouched for inf s ago"):
        reader.require("SPY", max_age_s=3600, accept=[Verdict.STALE])
    with pytest.raises(QuoteTooOld):
        reader.require("XYZ", max_age_s=3600, accept=[Verdict.MISSING])
    with pytest.raises(QuoteUnchangedTooLong):
        reader.require("XYZ", max_unchanged_s=3600, accept=[Verdict.MISSING])


def test_an_age_limit_holds_against_the_clock_of_the_call(feed: Feed) -> None:
    """The object given out again may be a millisecond old; a limit of nothing is still exceeded, and says so."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    feed.writer.vouch(slot)
    quote = reader["SPY"]
    while _core.boot_ns() <= quote.vouched_ns + 1:
        pass
    with pytest.raises(QuoteTooOld):
        reader.require("SPY", max_age_s=0)
    with pytest.raises(QuoteUnchangedTooLong):
        reader.require("SPY", max_unchanged_s=1e-9)


@pytest.mark.parametrize("name", ["max_age_s", "max_unchanged_s"])
@pytest.mark.parametrize("limit", [-1, -1e-9, -math.inf, math.nan])
def test_a_limit_that_is_no_time_is_refused(feed: Feed, name: str, limit: float) -> None:
    """A negative limit or NaN is a mistake of the caller, named with its value, also for a quote that would pass."""
    feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    for symbol in ("SPY", "XYZ"):
        with pytest.raises(ValueError, match=rf"{name} is {limit!r}, must be seconds >= 0"):
            reader.require(symbol, **{name: limit})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["max_age_s", "max_unchanged_s"])
@pytest.mark.parametrize("limit", ["1", b"1", [1], object()])
def test_a_limit_that_is_no_number_is_refused(feed: Feed, name: str, limit: object) -> None:
    """Text is not taken for a number."""
    feed.stream("SPY", Field.BID, 10.0)
    with pytest.raises(TypeError):
        feed.open_reader().require("SPY", **{name: limit})  # type: ignore[arg-type]


def test_two_bad_arguments_are_one_error(feed: Feed) -> None:
    """The first one is told, and asking stays possible."""
    feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()

    def verdicts() -> Iterable[Verdict]:
        yield Verdict.LIVE

    for _ in range(100):
        with pytest.raises(ValueError, match="max_age_s is -1"):
            reader.require("SPY", max_age_s=-1, max_unchanged_s=-2, accept=verdicts())
        with pytest.raises(TypeError):
            reader.require("SPY", max_age_s="x", max_unchanged_s="y", accept=["z"])  # type: ignore[arg-type, list-item]
    assert reader.require("SPY").bid == 10.0


@pytest.mark.parametrize("accept", [["good"], "live", [""], [None], [7], ["LIVE"], [Reason.VOUCHED]])
def test_something_that_is_no_verdict_is_refused(feed: Feed, accept: list[Verdict]) -> None:
    """A misspelt verdict would accept nothing without a word; it is refused."""
    feed.stream("SPY", Field.BID, 10.0)
    with pytest.raises(ValueError, match="is no Verdict"):
        feed.open_reader().require("SPY", accept=accept)


@pytest.mark.parametrize("accept", [7, 1.5, object()])
def test_something_that_is_no_iterable_is_refused(feed: Feed, accept: object) -> None:
    """`accept` takes several verdicts."""
    feed.stream("SPY", Field.BID, 10.0)
    with pytest.raises(TypeError):
        feed.open_reader().require("SPY", accept=accept)  # type: ignore[arg-type]


def test_an_error_while_naming_verdicts_is_the_callers(feed: Feed) -> None:
    """An exception of the caller's own iterable comes through."""
    feed.stream("SPY", Field.BID, 10.0)

    def verdicts() -> Iterable[Verdict]:
        yield Verdict.LIVE
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        feed.open_reader().require("SPY", accept=verdicts())


def test_require_takes_names_only(feed: Feed) -> None:
    """Whether 2.0 is an age or a time unchanged must be written; unknown names are refused."""
    feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    with pytest.raises(TypeError):
        reader.require("SPY", 2.0)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="keyword arguments only"):
        reader.handle("SPY").require(2.0)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="no argument 'max_age'"):
        reader.handle("SPY").require(max_age=2.0)  # type: ignore[call-arg]
    with pytest.raises(InvalidSymbol):
        reader.require("../SPY")


def test_the_error_keeps_the_quote_of_its_moment(feed: Feed) -> None:
    """What was refused can be looked at later, when the feed is long up again."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    feed.writer.begin(slot, keep_last_known=True)
    with pytest.raises(QuoteStale) as caught:
        reader.require("SPY")
    feed.writer.set_state(slot, state=QuoteState.LIVE, source="ib_stream", data_type="realtime", publish=False)
    feed.tick(slot, Field.BID, 12.0)
    assert reader.require("SPY").bid == 12.0
    assert (caught.value.quote.bid, caught.value.quote.verdict) == (10.0, Verdict.STALE)


@pytest.mark.parametrize(
    ("reason", "kind", "words"),
    [
        (Reason.HEARTBEAT, QuoteFeedDown, "heartbeat is older than the limit"),
        (Reason.SUPERSEDED, QuoteFeedDown, "a newer segment has replaced this one"),
        (Reason.RETIRED, QuoteMissing, "no longer streamed"),
        (Reason.OTHER_API_MODE, QuoteMissing, "an account kind this reader was not opened for"),
        (Reason.OVERTAKEN, QuoteContended, "read again"),
        (Reason.NO_PERMISSION, QuoteStale, "no market data permission"),
        (Reason.NOT_VOUCHED, QuoteStale, "has not proved itself for this symbol"),
    ],
)
def test_the_message_says_why_in_words(feed: Feed, reason: Reason, kind: type[QuoteRejected], words: str) -> None:
    """Someone who reads only the log learns what is wrong."""
    reader, symbol = bring_about(feed, reason)
    with pytest.raises(kind, match=words):
        reader.require(symbol)
