"""`tickring quote`: one quote in full, for people and for scripts, once and followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli_runs import Following, answer, json_lines
from tickring.cli.reasons import REASONS
from tickring.reader import Reason
from tickring.states import QuoteState, RunState

if TYPE_CHECKING:
    from tests.feeds import Feed


def test_a_quote_is_shown_in_full(feed: Feed) -> None:
    """Prices, sizes, verdict in words, kind of account, ages, source and place."""
    feed.stream(
        "SPY",
        *("bid", 206.31, "bid_size", 1200.0, "ask", 206.34, "ask_size", 400.0, "last", 206.3),
        *("last_size", 70.0, "volume", 1_234_567.0, "open", 205.0, "high", 207.0, "low", 204.5, "close", 205.5),
    )

    page = answer("quote", "SPY", "--segment", feed.name).stdout

    for text in (
        *("SPY", " live ", " mock ", "Streaming, and the feed has just proved it. Trade on it."),
        *("206.31 x 1,200", "206.34 x   400", "206.30 x    70", "0.03  (1.5 bp)", "206.325", "1,234,567"),
        *("205.00", "207.00", "204.50", "205.50", "ib_stream, realtime", "limit 300 s", "vouched"),
    ):
        assert text in page


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (QuoteState.STALE, Reason.MARKED_STALE),
        (QuoteState.NO_PERMISSION, Reason.NO_PERMISSION),
        (QuoteState.COMPETING_SESSION, Reason.COMPETING_SESSION),
        (QuoteState.CLOSED, Reason.MARKET_CLOSED),
        (QuoteState.QUIET, Reason.QUIET_NAME),
    ],
)
def test_the_reason_comes_with_what_to_do(feed: Feed, state: QuoteState, reason: Reason) -> None:
    """Whoever sees a bad quote reads why, and what the next step is."""
    feed.stream("SPY", "bid", 1.0, "ask", 2.0, state=state)

    page = answer("quote", "SPY", "--segment", feed.name).stdout

    assert REASONS[reason].why in page
    assert REASONS[reason].do in page


def test_a_symbol_that_is_not_streamed_has_no_numbers(feed: Feed) -> None:
    """Nothing but the verdict is known of it."""
    page = answer("quote", "NOPE", "--segment", feed.name).stdout

    assert "missing" in page
    assert REASONS[Reason.UNKNOWN_SYMBOL].why in page
    assert "bid" not in page


@pytest.mark.parametrize(("symbols", "code"), [(("GOOD",), 0), (("BAD",), 1), (("GOOD", "BAD"), 1), (("NOPE",), 1)])
def test_strict_turns_a_bad_quote_into_an_exit_code(feed: Feed, symbols: tuple[str, ...], code: int) -> None:
    """`tickring quote SPY --strict && trade`. Without it, having looked is success."""
    feed.stream("GOOD", "bid", 1.0)
    feed.stream("BAD", "bid", 1.0, state=QuoteState.STALE)

    assert answer("quote", *symbols, "--segment", feed.name, "--strict").exit_code == code
    assert answer("quote", *symbols, "--segment", feed.name).exit_code == 0


def test_json_is_one_object_a_line_with_every_field(feed: Feed) -> None:
    """The fields are the library's; absent is null, and so is an age that never began."""
    feed.stream("SPY", "bid", 1.5)
    reader = feed.open_reader()

    known, unknown = json_lines(answer("quote", "SPY", "NOPE", "--segment", feed.name, "--json").stdout)

    assert list(known) == list(unknown) == list(reader["SPY"].to_dict())
    assert (known["symbol"], known["verdict"], known["bid"], known["ask"]) == ("SPY", "live", 1.5, None)
    assert (unknown["verdict"], unknown["reason"], unknown["age_s"]) == ("missing", "unknown_symbol", None)


@pytest.mark.parametrize("symbol", ["BRK B", "EUR.USD", "[red]", "日本"])
def test_symbols_are_shown_as_they_are(feed: Feed, symbol: str) -> None:
    """Spaces, dots, other scripts, and what rich would take for markup."""
    feed.stream(symbol, "bid", 1.0)

    assert answer("quote", symbol, "--segment", feed.name).stdout.startswith(f"{symbol}  ")


def test_watch_shows_every_record_and_what_was_missed(feed: Feed) -> None:
    """One line a record from the present one on; a reader that falls behind is told by how much."""
    slot = feed.stream("SPY", "bid", 100.0)
    with Following("quote", "SPY", "--watch", "--json", "--segment", feed.name) as watch:
        first = json_lines(watch.line())[0]
        for number in range(1, 6):
            feed.tick(slot, "bid", 100.0 + number)
            shown = json_lines(watch.line())[0]
            assert (shown["bid"], shown["missed"]) == (100.0 + number, 0)
            assert shown["sequence"] == first["sequence"] + number

        for number in range(200):  # the ring holds 16; published without a wake-up, hence at once for the reader
            feed.writer.tick(slot, 1, "bid", 200.0 + number)
        feed.writer.commit()
        last = first["sequence"] + 205
        sequences, missed = [first["sequence"] + 5], 0
        while sequences[-1] != last:
            record = json_lines(watch.line())[0]
            sequences.append(record["sequence"])
            missed += record["missed"]
        assert missed == 200 - (len(sequences) - 1)

        assert watch.interrupt() == (0, "")


def test_watch_says_in_words_why_a_verdict_changes(feed: Feed) -> None:
    """A verdict changes without a record when the feed goes down: the line says so, and does not look like news."""
    slot = feed.stream("SPY", "bid", 100.25)
    with Following("quote", "SPY", "--watch", "--segment", feed.name) as watch:
        assert "100.25" in watch.line()
        assert REASONS[Reason.VOUCHED].why in watch.line()

        feed.writer.set_state(slot, state=QuoteState.QUIET)
        feed.writer.commit()
        assert "state only: quiet" in watch.line()
        assert REASONS[Reason.QUIET_NAME].why in watch.line()

        feed.writer.set_line(state=RunState.STOPPED)
        assert "feed_down" in (line := watch.line())
        assert "no new record" in line
        assert REASONS[Reason.FEEDER_STATE].why in watch.line()

        assert watch.interrupt() == (0, "")


@pytest.mark.parametrize(("state", "code"), [(QuoteState.LIVE, 0), (QuoteState.STALE, 1)])
def test_watch_ends_after_a_count_and_is_as_strict(feed: Feed, state: QuoteState, code: int) -> None:
    """`--count` ends it; with `--strict` the last quote of each symbol decides."""
    for symbol in ("SPY", "QQQ"):
        feed.stream(symbol, "bid", 1.0, state=state)

    done = answer("quote", "SPY", "QQQ", "-w", "-n", "2", "--strict", "--json", "--segment", feed.name)

    assert done.exit_code == code
    assert {line["symbol"] for line in json_lines(done.stdout)} == {"SPY", "QQQ"}
