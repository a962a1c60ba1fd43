"""`tickring top` in a real pseudo-terminal: what it shows, and what the keys do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli_screen import BACKSPACE, DOWN, ENTER, ESCAPE, PAGE_DOWN, PAGE_UP, CliScreen
from tickring.states import QuoteState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.feeds import Feed

FIRST, BAD = "S00", "S57"


@pytest.fixture
def crowd(feed: Feed) -> Feed:
    """Sixty symbols that stand still, one of them bad."""
    for number in range(60):
        symbol = f"S{number:02}"
        state = QuoteState.NO_PERMISSION if symbol == BAD else QuoteState.LIVE
        feed.stream(symbol, "bid", 100.0, "ask", 100.0 + (number * 7 % 60 + 1) / 100, state=state)
    return feed


@pytest.fixture
def screen(crowd: Feed) -> Iterator[CliScreen]:
    """The command looking at them, its first frame drawn."""
    with CliScreen("top", "--segment", crowd.name, "--interval", "0.1", lines=30) as running:
        running.wait_for("q quit")
        yield running


def test_the_head_says_whose_prices_and_who_is_alive(screen: CliScreen, crowd: Feed) -> None:
    """Kind of account first; states, connection, epoch, heartbeat against its limit, pids, counts."""
    head = "\n".join(screen.rows[:4])

    assert screen.rows[0].startswith(f" mock  {crowd.host.paths.directory}")
    for text in (
        "running",
        "connected",
        f"epoch {crowd.host.epoch}",
        "of 300s",
        "pid ",
        "alive",
        "59 of 60 good",
        "1 stale",
        "59 live",
    ):
        assert text in head
    assert screen.colour_at("59 live")[0] == "green"
    assert screen.colour_at("1 stale")[0] == "red"


def test_the_worst_is_on_top_and_every_value_in_its_row(screen: CliScreen) -> None:
    """Bad ones cannot hide below the end of the screen."""
    assert screen.symbols[:2] == [BAD, FIRST]
    assert screen.table[0][1:4] == ["100.00", "100.40", "-"]
    assert screen.table[0][-2:] == ["stale", "no_permission"]
    assert screen.table[1][-2:] == ["ib_stream", "live"]
    assert screen.rows[-1].endswith("1-23 of 60")


def test_values_move(screen: CliScreen, crowd: Feed) -> None:
    """A tick is on the screen by the next frame, and counted."""
    crowd.tick(crowd.stream("MOVES", "bid", 1.25), "bid", 1.5)
    screen.press("/moves")
    screen.wait(lambda shown: shown.symbols == ["MOVES"] and shown.table[0][1] == "1.50", "the new symbol")
    slot = crowd.writer.add("MOVES")
    for bid in range(2, 40):
        crowd.tick(slot, "bid", float(bid))

    screen.wait(lambda shown: shown.table[0][1] == "39.00" and float(shown.table[0][7]) > 0, "the last bid and a rate")


def test_scrolling(screen: CliScreen) -> None:
    """Arrows by one, pages by what the screen holds, never beyond the ends."""
    screen.press(DOWN)
    screen.wait(lambda shown: shown.symbols[0] == FIRST, "one down")
    screen.press(PAGE_DOWN * 9)
    screen.wait_for("38-60 of 60")
    screen.press(PAGE_UP * 9)
    screen.wait(lambda shown: shown.symbols[0] == BAD, "the top again")


def test_sorting_and_turning_round(screen: CliScreen) -> None:
    """The title of the order is marked."""
    screen.press("s")
    screen.wait(lambda shown: shown.symbols[0] == FIRST, "sorted by symbol")
    assert screen.rows[5].startswith("symbol▼")
    screen.press("r")
    screen.wait(lambda shown: shown.symbols[0] == "S59", "sorted by symbol, reversed")
    assert screen.rows[5].startswith("symbol▲")
    screen.press("rss")
    screen.wait(lambda shown: shown.symbols[0] == "S17", "sorted by spread, the widest first")  # 17 * 7 % 60 == 59


def test_filtering(screen: CliScreen) -> None:
    """The table narrows while one types; Enter keeps it, Esc clears it."""
    screen.press("/s1")
    screen.wait(lambda shown: "filter: s1_" in shown.rows[-1] and len(shown.symbols) == 10, "ten symbols")
    screen.press("9" + ENTER)
    screen.wait(lambda shown: shown.symbols == ["S19"] and "filter: s19 " in shown.rows[-1], "the filter is kept")
    screen.press("/" + BACKSPACE)
    screen.wait(lambda shown: len(shown.symbols) == 10, "ten symbols again")
    screen.press(ESCAPE)
    screen.wait_for("1-23 of 60")


def test_only_bad_ones(screen: CliScreen) -> None:
    """And all again."""
    screen.press("v")
    screen.wait(lambda shown: shown.symbols == [BAD] and " bad only " in shown.rows[-1], "the bad one alone")
    screen.press("v")
    screen.wait_for("1-23 of 60")


def test_pausing_holds_the_look_and_says_so(screen: CliScreen, crowd: Feed) -> None:
    """A screen that stands still must not look like a market that does."""
    screen.press(" ")
    screen.wait_for("PAUSED")
    slot = crowd.writer.add(BAD)
    crowd.tick(slot, "bid", 50.0)
    screen.wait(lambda shown: "PAUSED" in shown.rows[-1] and "PAUSED 0.0s" not in shown.rows[-1], "time goes on")
    assert screen.table[0][1] == "100.00"

    screen.press(" ")
    screen.wait(lambda shown: shown.table[0][1] == "50.00" and "PAUSED" not in shown.rows[-1], "the present again")


def test_help_covers_the_table_until_a_key(screen: CliScreen) -> None:
    """Keys and columns explained, the head stays."""
    screen.press("?")
    screen.wait_for("Any key goes back to the table.")
    assert "59 of 60 good" in screen.rows[3]
    screen.press("x")
    screen.wait_for("1-23 of 60")


@pytest.mark.parametrize(("columns", "lines"), [(60, 12), (160, 50), (20, 5)])
def test_resizing(screen: CliScreen, columns: int, lines: int) -> None:
    """The next frame fits, whichever way it went; q still works."""
    screen.resize(columns, lines)
    screen.wait(
        lambda shown: shown.rows[-1].endswith(" of 60") and shown.rows[-1].startswith("q"), "a frame of that size"
    )
    assert len(screen.rows) == lines
    screen.press("q")
    assert screen.end() == 0


def test_the_options_are_where_the_keys_begin(crowd: Feed) -> None:
    """`--sort`, `--reverse`, `--filter`, `--bad-only`."""
    options = ("--sort", "symbol", "--reverse", "--filter", "s1", "--interval", "0.1")
    with CliScreen("top", "--segment", crowd.name, *options) as screen:
        screen.wait(lambda shown: shown.symbols[:2] == ["S19", "S18"], "ten symbols, reversed")
        assert "filter: s1 " in screen.rows[-1]
    with CliScreen("top", "--segment", crowd.name, "--bad-only") as screen:
        screen.wait(lambda shown: shown.symbols == [BAD], "the bad one")


def test_unchanged_frames_cost_next_to_nothing(crowd: Feed) -> None:
    """Sixty symbols that stand still: only ages and the clock are written."""
    with CliScreen("top", "--segment", crowd.name, "--interval", "0.1", "--frames", "20", lines=30) as screen:
        assert screen.end() == 0
        after_first = screen.written.partition(b"1-23 of 60")[2]

    assert 0 < len(after_first) < 20 * 700
