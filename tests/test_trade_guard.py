"""What positions are worth: at the side that closing meets, in one currency, and refused by name where unpriced."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.every_verdict import REASONS, bring_about
from tests.raw_segment import RawSegment
from tickring.errors import UnpricedPositions
from tickring.names import SegmentPaths
from tickring.positions import Position, PositionsTable, write_positions
from tickring.states import ApiMode, Connection, QuoteState
from tickring.trade_guard import BookValue, GuardReason, PositionBook, Side, value_positions
from tickring.verdict import GOOD, Reason, Verdict

if TYPE_CHECKING:
    from tests.feeds import Feed


def held(symbol: str, quantity: float, **more: Any) -> Position:
    """A position in dollars, bought at 10."""
    values = {"account": "SIM1", "currency": "USD", "average_cost": 10.0}
    return Position(symbol=symbol, quantity=quantity, **{**values, **more})


def reasons(book: BookValue) -> dict[str, str]:
    """Why each refused position is refused."""
    return {row.position.symbol: row.why for row in book.refused}


# ---- the plan's acceptance -------------------------------------------------------------------------------------------


def test_trade_guard_reads_and_values_positions(feed: Feed) -> None:
    """Positions written beside a living segment are valued from its quotes, long at the bid and short at the ask."""
    feed.stream("SPY", "bid", 500.0, "ask", 500.5)
    feed.stream("QQQ", "bid", 400.0, "ask", 401.0, state=QuoteState.QUIET)
    write_positions(feed.name, [held("SPY", 10, average_cost=490.0), held("QQQ", -5, average_cost=410.0)])

    book = value_positions(feed.open_reader(), PositionsTable.read(feed.name, max_age_s=60))

    qqq, spy = book.rows
    assert book.total == book.vouched_total == 10 * 500.0 - 5 * 401.0
    assert (book.unvouched_total, book.vouched, book.unvouched, book.unpriced) == (0.0, 2, 0, 0)
    assert book.positions_age_s is not None
    assert spy.price is not None
    assert qqq.price is not None
    assert (spy.price.side, spy.price.price, spy.price.verdict) == (Side.BID, 500.0, Verdict.LIVE)
    assert (qqq.price.side, qqq.price.price, qqq.price.verdict) == (Side.ASK, 401.0, Verdict.QUIET)
    assert (spy.unrealised_base, qqq.unrealised_base) == (100.0, 45.0)
    assert spy.price.sequence == feed.readers[0]["SPY"].sequence
    assert spy.price.age_s >= 0
    assert spy.price.vouched_age_s >= 0


def test_a_book_is_valued_again_as_prices_move(feed: Feed) -> None:
    """Bound once; every valuation is of its moment, through a feed that goes down and comes back."""
    slot = feed.stream("SPY", "bid", 500.0, "ask", 501.0)
    book = PositionBook(feed.open_reader(), [held("SPY", 2)])
    assert book.value().total == 1000.0
    feed.tick(slot, "bid", 499.0)
    assert book.value().total == 998.0
    feed.writer.set_line(connection=Connection.SUSPECT)
    down = book.value()
    assert reasons(down) == {"SPY": "stale: connection"}
    assert (down.vouched_total, down.unvouched_total) == (0.0, 998.0)
    feed.writer.set_line(connection=Connection.CONNECTED)
    assert book.value().total == 998.0


def test_a_risk_engine_pays_for_nothing_but_the_reader(feed: Feed) -> None:
    """Reading positions and valuing them loads the core, msgspec and the standard library; nothing of the service."""
    feed.stream("SPY", "bid", 500.0)
    feed.stream("EUR.USD", "bid", 1.25)
    write_positions(feed.name, [held("SPY", 2), held("SPY", 2, account="SIM2", currency="EUR")])
    program = "; ".join(
        [
            "import sys",
            "before = set(sys.modules)",
            "from tickring.positions import PositionsTable",
            "from tickring.reader import QuoteReader",
            "from tickring.trade_guard import value_positions",
            f"reader = QuoteReader.open({feed.name!r}, api_mode='mock')",
            f"assert value_positions(reader, PositionsTable.read({feed.name!r})).total == 2250.0",
            "print(*set(sys.modules) - before)",
        ]
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, timeout=50, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    loaded = set(done.stdout.split())
    foreign = {name.split(".")[0] for name in loaded} - set(sys.stdlib_module_names) - {"tickring"}
    assert foreign <= {"msgspec", "typing_extensions"}  # msgspec uses the latter where it is installed
    parts = {name.split(".")[1] for name in loaded if name.startswith("tickring.")}
    assert not parts & {"config", "control", "db", "feeder", "planner", "supervisor", "cli", "simulator", "flusher"}
    assert not loaded & {"asyncio", "logging", "multiprocessing", "socket", "ssl", "subprocess", "unittest", "pathlib"}


# ---- refused by name -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", [reason for reason in REASONS if reason is not Reason.NOT_NEWEST])
def test_every_bad_verdict_is_refused_and_none_falls_through(feed: Feed, reason: Reason) -> None:
    """For each rule of docs/verdicts.md: vouched only where live or quiet, otherwise no total, with the reason."""
    reader, symbol = bring_about(feed, reason)
    verdict = reader[symbol].verdict
    book = value_positions(reader, [held(symbol, 2)])
    if verdict in GOOD:
        assert book.total == 20.0
        return
    assert not book.is_complete
    assert book.vouched_total == 0.0
    assert reasons(book) == {symbol: f"{verdict}: {reason}"}
    with pytest.raises(UnpricedPositions, match=f"1 position has no acceptable price: {symbol} .{verdict}: {reason}"):
        _ = book.total
    shows_values = reader[symbol].bid is not None
    assert (book.unvouched, book.unpriced) == ((1, 0) if shows_values else (0, 1))
    assert book.unvouched_total == (20.0 if shows_values else 0.0)


def test_a_caller_may_accept_other_verdicts(feed: Feed) -> None:
    """Valuing at the close is a decision of the caller, said in so many words."""
    feed.stream("SPY", "bid", 500.0, "ask", 501.0, state=QuoteState.CLOSED)
    feed.stream("QQQ", "bid", 400.0, "ask", 401.0)
    reader = feed.open_reader()
    positions = [held("SPY", 1), held("QQQ", 1)]
    assert reasons(value_positions(reader, positions)) == {"SPY": "closed: market_closed"}
    assert value_positions(reader, positions, accept=[*GOOD, Verdict.CLOSED]).total == 900.0
    assert reasons(value_positions(reader, positions, accept=[Verdict.CLOSED])) == {"QQQ": "live: vouched"}
    assert len(value_positions(reader, positions, accept=()).refused) == 2
    assert value_positions(reader, positions, accept=iter([*GOOD, Verdict.CLOSED])).total == 900.0


def test_a_side_that_is_not_there_is_no_price(feed: Feed) -> None:
    """Last and the other side do not stand in for it."""
    feed.stream("BIDONLY", "bid", 5.0, "last", 5.5)
    feed.stream("ASKONLY", "ask", 6.0, "last", 5.5)
    reader = feed.open_reader()
    long = value_positions(reader, [held("BIDONLY", 1), held("ASKONLY", 1)])
    short = value_positions(reader, [held("BIDONLY", -1), held("ASKONLY", -1)])
    assert (reasons(long), long.vouched_total) == ({"ASKONLY": "live: no_bid"}, 5.0)
    assert (reasons(short), short.vouched_total) == ({"BIDONLY": "live: no_ask"}, -6.0)
    assert long.unpriced == short.unpriced == 1


def test_a_crossed_market_is_met_at_the_worse_side(feed: Feed) -> None:
    """Bid 12, ask 11: what is held brings 11, what is owed costs 12."""
    feed.stream("SPY", "bid", 12.0, "ask", 11.0)
    reader = feed.open_reader()
    long, short = value_positions(reader, [held("SPY", 1)]), value_positions(reader, [held("SPY", -1)])
    assert (long.total, short.total) == (11.0, -12.0)
    assert long.rows[0].price is not None
    assert long.rows[0].price.side is Side.ASK


def test_a_proof_older_than_the_limit_is_refused(feed: Feed) -> None:
    """`max_age_s` holds for every position; what it refuses is still shown as last known."""
    slot = feed.stream("SPY", "bid", 500.0)
    feed.stream("QQQ", "bid", 400.0)
    with RawSegment(SegmentPaths.of(feed.name).segment) as raw:
        vouched_at = raw.control(slot) + 8
        raw.write("<q", vouched_at, raw.read("<q", vouched_at) - 10_000_000_000)
    reader = feed.open_reader()
    positions = [held("SPY", 1), held("QQQ", 1)]
    assert value_positions(reader, positions, max_age_s=3600).total == 900.0
    book = value_positions(reader, positions, max_age_s=9.0)
    assert reasons(book) == {"SPY": "live: too_old"}
    assert (book.vouched_total, book.unvouched_total) == (400.0, 500.0)


@pytest.mark.parametrize("limit", [-1.0, math.nan, -math.inf])
def test_a_limit_that_is_no_time_is_refused(feed: Feed, limit: float) -> None:
    """A slip must not turn a limit off."""
    for name in ("max_age_s", "fx_max_age_s"):
        with pytest.raises(ValueError, match="must be seconds >= 0"):
            value_positions(feed.open_reader(), [], **{name: limit})  # type: ignore[arg-type]


def test_a_misspelt_verdict_or_currency_is_refused(feed: Feed) -> None:
    """Nothing is quietly accepted by nobody."""
    with pytest.raises(ValueError, match="something else than verdicts"):
        value_positions(feed.open_reader(), [], accept=["good"])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="three capital letters"):
        value_positions(feed.open_reader(), [], base_currency="dollars")


def test_prices_of_another_kind_of_account_are_refused(feed: Feed) -> None:
    """A live account's shares are not worth what a simulator says, unless that is wanted."""
    feed.stream("SPY", "bid", 500.0)
    reader = feed.open_reader()
    live = [held("SPY", 1, account="U1234567")]
    assert reasons(value_positions(reader, live)) == {"SPY": "live: other_api_mode"}
    assert value_positions(reader, live, allow_other_kind=True).total == 500.0
    paper = value_positions(feed.open_reader(ApiMode.MOCK), [held("SPY", 1, account="DU1234567")])
    assert reasons(paper) == {"SPY": "live: other_api_mode"}


def test_a_flat_position_needs_no_price(feed: Feed) -> None:
    """Zero of anything is zero, in any currency, whatever its quote."""
    book = value_positions(feed.open_reader(), [held("NOPE", 0), held("ALSO", -0.0, currency="CHF")])
    assert (book.total, book.vouched) == (0.0, 2)
    assert [row.price for row in book.rows] == [None, None]
    assert value_positions(feed.open_reader(), []).total == 0.0


def test_a_long_list_of_refused_positions_is_cut(feed: Feed) -> None:
    """The message stays readable, the attribute has them all."""
    book = value_positions(feed.open_reader(), [held(f"S{number}", 1) for number in range(30)])
    with pytest.raises(
        UnpricedPositions, match=r"30 positions have .*S4 .missing: unknown_symbol. and 25 more$"
    ) as caught:
        _ = book.total
    assert caught.value.unpriced == book.refused
    assert len(book.refused) == 30


def test_halted_shows_on_the_row(feed: Feed) -> None:
    """The price stands, but nobody can sell at it: the caller sees it."""
    slot = feed.stream("SPY", "bid", 500.0)
    feed.writer.set_state(slot, is_halted=True)
    feed.writer.commit()
    look = value_positions(feed.open_reader(), [held("SPY", 1)]).rows[0].price
    assert look is not None
    assert look.is_halted


# ---- multiplier, cost, currencies ------------------------------------------------------------------------------------


def test_a_multiplier_counts_once(feed: Feed) -> None:
    """Two futures at 5,000 x 50, bought at 4,990 x 50: the average cost has the multiplier in it, as IB tells it."""
    feed.stream("ES", "bid", 5000.0, "ask", 5000.25)
    book = value_positions(feed.open_reader(), [held("ES", 2, multiplier=50.0, average_cost=4990.0 * 50)])
    assert book.total == 500_000.0
    assert book.rows[0].unrealised_base == 1000.0


def test_currencies_are_converted_by_their_own_quotes(feed: Feed) -> None:
    """Held euros are sold at EUR.USD's bid, owed ones bought at its ask."""
    feed.stream("SAP", "bid", 200.0, "ask", 201.0)
    feed.stream("EUR.USD", "bid", 1.10, "ask", 1.11)
    reader = feed.open_reader()
    euro = {"currency": "EUR", "average_cost": 190.0}
    long = value_positions(reader, [held("SAP", 3, **euro)])
    short = value_positions(reader, [held("SAP", -3, **euro)])
    assert (long.total, short.total) == (600.0 * 1.10, -603.0 * 1.11)
    row = long.rows[0]
    assert (row.value, row.unrealised_base) == (600.0, 30.0 * 1.10)
    assert row.fx is not None
    assert (row.fx.look.symbol, row.fx.look.side, row.fx.rate, row.fx.is_inverse) == ("EUR.USD", Side.BID, 1.10, False)


def test_a_pair_quoted_the_other_way_round_is_divided_by(feed: Feed) -> None:
    """Yen into dollars by USD.JPY: held yen buy dollars at the ask, owed ones are bought for dollars at the bid."""
    feed.stream("7203", "bid", 3000.0, "ask", 3001.0)
    feed.stream("USD.JPY", "bid", 150.0, "ask", 150.5)
    reader = feed.open_reader()
    assert value_positions(reader, [held("7203", 100, currency="JPY")]).total == 300_000.0 / 150.5
    short = value_positions(reader, [held("7203", -100, currency="JPY")])
    assert short.total == -300_100.0 / 150.0
    assert short.rows[0].fx is not None
    assert (short.rows[0].fx.is_inverse, short.rows[0].fx.rate) == (True, 1 / 150.0)


def test_a_rate_is_no_better_than_its_own_verdict(feed: Feed) -> None:
    """A live price in a currency whose pair is stale, absent or too old is not vouched; the pair is named."""
    feed.stream("SAP", "bid", 200.0)
    reader = feed.open_reader()
    positions = [held("SAP", 1, currency="EUR")]
    unknown = value_positions(reader, positions)
    assert reasons(unknown) == {"SAP": "EUR.USD missing: unknown_symbol"}
    assert (unknown.unpriced, unknown.rows[0].value, unknown.rows[0].value_base) == (1, 200.0, None)

    slot = feed.stream("EUR.USD", "bid", 1.1, "ask", 1.2, state=QuoteState.STALE)
    stale = value_positions(reader, positions)
    assert reasons(stale) == {"SAP": "EUR.USD stale: marked_stale"}
    assert (stale.vouched_total, stale.unvouched_total) == (0.0, 200.0 * 1.1)

    feed.writer.set_state(slot, state=QuoteState.CLOSED)
    feed.writer.commit()
    assert reasons(value_positions(reader, positions)) == {"SAP": "EUR.USD closed: market_closed"}
    weekend = value_positions(reader, positions, fx_accept=[*GOOD, Verdict.CLOSED])
    assert weekend.total == 200.0 * 1.1
    feed.writer.set_state(slot, state=QuoteState.LIVE)
    feed.writer.commit()
    assert value_positions(reader, positions, max_age_s=100).total == 200.0 * 1.1
    assert reasons(value_positions(reader, positions, fx_max_age_s=0)) == {"SAP": "EUR.USD live: too_old"}


def test_an_accepted_pair_goes_before_the_other_direction(feed: Feed) -> None:
    """Both streamed: the direct one if it is good, else the inverse; a stale one only shows what was."""
    feed.stream("SAP", "bid", 200.0)
    direct = feed.stream("EUR.USD", "bid", 1.1, "ask", 1.2)
    feed.stream("USD.EUR", "bid", 0.8, "ask", 0.9)
    reader = feed.open_reader()
    positions = [held("SAP", 1, currency="EUR")]
    assert value_positions(reader, positions).total == 200.0 * 1.1
    feed.writer.set_state(direct, state=QuoteState.STALE)
    feed.writer.commit()
    assert value_positions(reader, positions).total == 200.0 / 0.9


def test_a_rate_that_is_not_positive_converts_nothing(feed: Feed) -> None:
    """A negative price is a price of oil, not of money."""
    feed.stream("SAP", "bid", 200.0)
    feed.stream("EUR.USD", "bid", -1.5, "ask", 1.2)
    book = value_positions(feed.open_reader(), [held("SAP", 1, currency="EUR")])
    assert reasons(book) == {"SAP": f"EUR.USD live: {GuardReason.NOT_POSITIVE}"}
    assert book.rows[0].value_base is None


def test_negative_prices_turn_the_side_of_the_currency_round(feed: Feed) -> None:
    """Oil at -37: what is held is a debt, so its currency must be bought."""
    feed.stream("CL", "bid", -37.0, "ask", -36.0)
    feed.stream("EUR.USD", "bid", 1.1, "ask", 1.2)
    book = value_positions(feed.open_reader(), [held("CL", 2, currency="EUR")])
    assert book.total == -74.0 * 1.2


def test_the_base_currency_is_the_callers(feed: Feed) -> None:
    """In euros, dollars are the foreign ones."""
    feed.stream("SPY", "bid", 500.0)
    feed.stream("EUR.USD", "bid", 1.1, "ask", 1.2)
    book = value_positions(feed.open_reader(), [held("SPY", 1)], base_currency="EUR")
    assert (book.base_currency, book.total) == ("EUR", 500.0 / 1.2)


def test_numbers_beyond_a_float_are_refused(feed: Feed) -> None:
    """Infinity is no value; the reason says so."""
    feed.stream("SPY", "bid", 1e300)
    book = value_positions(feed.open_reader(), [held("SPY", 1e300)])
    assert reasons(book) == {"SPY": "not_finite"}
    assert (book.rows[0].value, book.vouched_total, book.unpriced) == (None, 0.0, 1)


def test_a_valuation_is_json(feed: Feed) -> None:
    """For the log of a decision: every row with price, verdict, ages and sequence."""
    feed.stream("SPY", "bid", 500.0)
    plain = msgspec.json.decode(
        msgspec.json.encode(value_positions(feed.open_reader(), [held("SPY", 1), held("NO", 1)]))
    )
    assert plain["vouched_total"] == 500.0
    assert plain["rows"][0]["price"]["verdict"] == "live"
    assert plain["rows"][1]["price"]["reason"] == "unknown_symbol"
