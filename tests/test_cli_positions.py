"""`tickring positions`: every position with the price that was used, and totals that cannot mislead."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli_runs import answer, json_lines
from tests.cli_screen import CliScreen
from tickring._core import boot_ns
from tickring.cli.reasons import REASONS
from tickring.positions import Position, positions_path, write_positions
from tickring.states import ApiMode, QuoteState, RunState
from tickring.verdict import Reason

if TYPE_CHECKING:
    from tests.feeds import Feed


def held(symbol: str, quantity: float, **more: Any) -> Position:
    """A position in dollars, bought at 10."""
    values = {"account": "SIM1", "currency": "USD", "average_cost": 10.0}
    return Position(symbol=symbol, quantity=quantity, **{**values, **more})


def row_of(page: str, symbol: str) -> list[str]:
    """The words of a position's row."""
    return next(line.split() for line in page.splitlines() if line.split()[:1] == [symbol])


def test_a_book_that_is_vouched_has_a_total(feed: Feed) -> None:
    """Quantity, cost, price with its side, value, gain, verdict; exit code 0."""
    feed.stream("SPY", "bid", 500.25, "ask", 500.5)
    feed.stream("QQQ", "bid", 400.0, "ask", 401.0)
    write_positions(feed.name, [held("SPY", 1200, average_cost=490.125), held("QQQ", -5, average_cost=410.0)])

    done = answer("positions", "--segment", feed.name)

    assert done.exit_code == 0
    spy, qqq = row_of(done.stdout, "SPY"), row_of(done.stdout, "QQQ")
    assert spy[:9] == ["SPY", "SIM1", "1,200", "490.125", "500.25", "bid", "600,300.00", "+12,150.00", "live"]
    assert qqq[:9] == ["QQQ", "SIM1", "-5", "410.00", "401.00", "ask", "-2,005.00", "+45.00", "live"]
    assert done.stdout.startswith("2 of 2 positions vouched")
    assert "may be believed" in done.stdout
    assert done.stdout.rstrip().splitlines()[-1].split() == ["total", "598,295.00", "USD"]


def test_an_unpriced_position_takes_the_total_away(feed: Feed) -> None:
    """Vouched and not vouched apart, what has no price by name, why, what to do; exit code 1 without being asked."""
    feed.stream("SPY", "bid", 500.0)
    feed.stream("OLD", "bid", 33.0, state=QuoteState.STALE)
    write_positions(feed.name, [held("SPY", 2), held("OLD", 10), held("NOPE", 1), held("FLAT", 0)])

    done = answer("positions", "--segment", feed.name)
    words = " ".join(done.stdout.split())

    assert done.exit_code == 1
    assert "vouched 1,000.00 USD 2 positions: may be believed" in words
    assert "not vouched 330.00 USD 1 position: last known prices" in words
    assert "no price - 1 position: NOPE" in words
    assert "total none: not every position is vouched" in words
    assert "stale: marked_stale" in " ".join(row_of(done.stdout, "OLD"))
    assert row_of(done.stdout, "FLAT")[-3:] == ["flat", "-", "-"]
    assert REASONS[Reason.MARKED_STALE].do in done.stdout
    assert REASONS[Reason.UNKNOWN_SYMBOL].do in done.stdout


def test_json_has_everything_and_no_total_where_there_is_none(feed: Feed) -> None:
    """Total null, the refused by name, every row with the look that was used."""
    feed.stream("SPY", "bid", 500.0)
    write_positions(feed.name, [held("SPY", 2), held("NOPE", 1)])

    done = answer("positions", "--segment", feed.name, "--json")
    report = json_lines(done.stdout)[0]

    assert done.exit_code == 1
    assert (report["total"], report["is_too_old"], report["api_mode"]) == (None, False, "mock")
    assert report["refused"] == [{"account": "SIM1", "symbol": "NOPE", "why": "missing: unknown_symbol"}]
    assert report["book"]["vouched_total"] == 1000.0
    spy = next(row for row in report["book"]["rows"] if row["position"]["symbol"] == "SPY")
    assert (spy["price"]["price"], spy["price"]["side"], spy["price"]["verdict"]) == (500.0, "bid", "live")

    write_positions(feed.name, [held("SPY", 2)])
    assert json_lines(answer("positions", "--segment", feed.name, "--json").stdout)[0]["total"] == 1000.0


def test_currencies_accounts_and_verdicts_by_option(feed: Feed) -> None:
    """Another base, one account of several, a verdict more; the pair stands in a column of its own."""
    feed.stream("SPY", "bid", 500.0, "ask", 500.5, state=QuoteState.CLOSED)
    feed.stream("EUR.USD", "bid", 1.25, "ask", 1.25)
    write_positions(feed.name, [held("SPY", 1), held("SPY", 3, account="SIM2"), held("ES", 1, multiplier=50.0)])
    alone = ("positions", "--segment", feed.name, "--account", "SIM2")

    assert answer(*alone).exit_code == 1
    accepted = answer(*alone, "--accept", "closed", "--base", "EUR")

    assert accepted.exit_code == 0
    assert "EUR.USD 1.25" in accepted.stdout
    assert accepted.stdout.rstrip().splitlines()[-1].split() == ["total", "1,200.00", "EUR"]
    assert "multiplier" in answer("positions", "--segment", feed.name).stdout
    assert answer(*alone, "--accept", "closed", "--max-age", "0").exit_code == 1


def test_positions_of_a_dead_writer_are_bad_news(feed: Feed) -> None:
    """Prices may be good, what is held is not known: said in red words, no total, exit code 1."""
    feed.stream("SPY", "bid", 500.0)
    write_positions(feed.name, [held("SPY", 2)])
    path = Path(positions_path(feed.name))
    path.write_text(json.dumps({**json.loads(path.read_text()), "written_mono_ns": boot_ns() - 200 * 10**9}))

    done = answer("positions", "--segment", feed.name)

    assert done.exit_code == 1
    assert "who writes them is dead or stuck" in done.stdout
    assert "none: the positions are too old" in done.stdout
    assert json_lines(answer("positions", "--segment", feed.name, "--json").stdout)[0]["total"] is None
    assert answer("positions", "--segment", feed.name, "--positions-max-age", "3600").exit_code == 0
    assert answer("positions", "--segment", feed.name, "--positions-max-age", "nan").exit_code == 2


def test_a_feed_that_is_down_is_said_once_and_in_every_row(feed: Feed) -> None:
    """The head says why; nothing is vouched."""
    feed.stream("SPY", "bid", 500.0)
    write_positions(feed.name, [held("SPY", 2)])
    feed.writer.set_line(state=RunState.STOPPED)

    done = answer("positions", "--segment", feed.name)

    assert done.exit_code == 1
    assert REASONS[Reason.FEEDER_STATE].why in done.stdout
    assert "feed_down: feeder_state" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((), "no positions have been told yet"),
        (("--base", "dollars"), "three capital letters"),
        (("--max-age", "nan"), "Invalid value"),
        (("--accept", "good"), "Invalid value"),
    ],
)
def test_what_cannot_be_looked_at_ends_with_two(feed: Feed, arguments: tuple[str, ...], why: str) -> None:
    """Nobody has told positions, or the question makes no sense."""
    if arguments:
        write_positions(feed.name, [])

    done = answer("positions", "--segment", feed.name, *arguments)

    assert done.exit_code == 2
    assert why in done.stderr
    assert done.stdout == ""


def test_an_empty_book_is_worth_nothing_and_says_so(feed: Feed) -> None:
    """No rows, a total of zero."""
    write_positions(feed.name, [])
    done = answer("positions", "--segment", feed.name)
    assert done.exit_code == 0
    assert done.stdout.rstrip().splitlines()[-1].split() == ["total", "0.00", "USD"]


def test_positions_of_another_kind_of_account_are_refused(feed: Feed) -> None:
    """A simulator's prices for a live account's shares."""
    feed.stream("SPY", "bid", 500.0)
    write_positions(feed.name, [held("SPY", 2, account="U1234567")])
    done = answer("positions", "--segment", feed.name)
    assert done.exit_code == 1
    assert "other_api_mode" in done.stdout


def test_the_page_fits_a_terminal_of_a_hundred_columns(feed: Feed) -> None:
    """No number is cut: columns go instead; what stops a trader is red."""
    feed.writer.set_line(api_mode=ApiMode.MOCK)
    feed.stream("SPY", "bid", 500.25)
    feed.stream("OLD", "bid", 33.0, state=QuoteState.STALE)
    rows = [held("SPY", 123456, average_cost=1234.5678), held("OLD", 7), held("NOPE", 5, currency="HKD")]
    write_positions(feed.name, rows)
    with CliScreen("positions", "--segment", feed.name, columns=100, lines=30) as screen:
        assert screen.end() == 1
        page = str(screen)
        assert "61,758,864.00" in page
        assert "…" not in page
        assert screen.colour_at("marked_stale")[0] == "red"
        assert max(map(len, page.splitlines())) <= 100
