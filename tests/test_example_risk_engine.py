"""The example of docs/examples as a user would run it: a process of its own against a living segment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.waiting import wait_until
from tickring.errors import PositionsNotFound
from tickring.positions import Position, PositionsTable, write_positions
from tickring.states import QuoteState, RunState
from tickring.trade_guard import GuardReason

if TYPE_CHECKING:
    from tests.feeds import Feed

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"


@pytest.fixture
def book(feed: Feed) -> Feed:
    """200 SPY at 500, 100 QQQ short at 400, the first on the way down."""
    feed.stream("SPY", "bid", 500.0, "ask", 500.1)
    feed.stream("QQQ", "bid", 399.9, "ask", 400.0)
    hold(feed)
    return feed


def hold(feed: Feed, **more: float) -> None:
    """Write the positions, with others beside them."""
    held = {"SPY": 200.0, "QQQ": -100.0, **more}
    write_positions(
        feed.name,
        [
            Position(account="SIM1", symbol=symbol, quantity=quantity, currency="USD", average_cost=450.0)
            for symbol, quantity in held.items()
        ],
    )


def ask(feed: Feed, symbol: str, quantity: float) -> tuple[bool, str]:
    """Ask the example about an order."""
    command = [sys.executable, "-P", "-W", "error", str(EXAMPLES / "risk_engine.py"), feed.name, "--api-mode", "mock"]
    done = subprocess.run(
        [*command, "--order", symbol, str(quantity)], capture_output=True, text=True, timeout=50, check=False
    )
    assert done.stderr == ""
    word, _, why = done.stdout.strip().partition(" ")
    assert (word, done.returncode) in {("allowed:", 0), ("denied:", 1)}
    return done.returncode == 0, why


def test_an_order_within_the_limits_is_allowed(book: Feed) -> None:
    """With the book's value, its gross and what is unrealised."""
    assert ask(book, "SPY", 100) == (True, "book 60,000, gross 190,010, unrealised +15,000")


def test_an_order_over_a_limit_is_denied(book: Feed) -> None:
    """The limit is named with both numbers."""
    assert ask(book, "SPY", 1000) == (False, "order would be 500,100, limit 250,000")
    hold(book, QQQ=-12_300.0)
    assert ask(book, "SPY", 1)[1].startswith("gross would be 5,020,500")


def test_a_blind_book_only_lets_risk_go(book: Feed) -> None:
    """One position without a price: adding is denied by its name, closing passes, turning round does not."""
    hold(book, XYZ=10.0)
    is_allowed, why = ask(book, "SPY", 1)
    assert not is_allowed
    assert "XYZ (missing: unknown_symbol)" in why
    assert ask(book, "SPY", -200) == (True, "takes risk away: +200 becomes +0")
    assert ask(book, "QQQ", 50) == (True, "takes risk away: -100 becomes -50")
    assert not ask(book, "SPY", -201)[0]


def test_a_price_that_may_not_be_trusted_denies_its_symbol(book: Feed) -> None:
    """Stale, unknown, or a feed that is down: not even closing is decided on it."""
    book.stream("GLD", "bid", 10.0, "ask", 10.1, state=QuoteState.STALE)
    assert "GLD is stale" in ask(book, "GLD", 1)[1]
    assert "NOPE is missing" in ask(book, "NOPE", 1)[1]
    book.writer.set_line(state=RunState.STOPPED)
    assert "SPY is feed_down" in ask(book, "SPY", -1)[1]


def test_without_positions_nothing_is_allowed(feed: Feed) -> None:
    """Nobody has told any: that is not an empty book."""
    feed.stream("SPY", "bid", 500.0, "ask", 500.1)
    is_allowed, why = ask(feed, "SPY", 1)
    assert not is_allowed
    assert "does not mean that there are none" in why


def test_it_goes_on_looking_and_the_sample_positions_are_seen(feed: Feed) -> None:
    """Both examples as processes: before the positions are there, and when they are."""
    for symbol in ("SPY", "AAPL", "TLT"):
        feed.stream(symbol, "bid", 100.0, "ask", 101.0)
    engine = subprocess.Popen(
        [sys.executable, "-P", str(EXAMPLES / "risk_engine.py"), feed.name, "--api-mode", "mock"],
        stdout=subprocess.PIPE,
        text=True,
    )
    sample: subprocess.Popen[bytes] | None = None
    try:
        assert engine.stdout is not None
        assert "no positions have been told yet" in engine.stdout.readline()
        sample = subprocess.Popen([sys.executable, "-P", str(EXAMPLES / "sample_positions.py"), feed.name])
        line = engine.stdout.readline()
        while "vouched" not in line:
            line = engine.stdout.readline()
        assert line.split() == ["vouched", "24,900.00", "USD"]
        first = version(feed.name)
        wait_until(lambda: version(feed.name) > first, "the table is written again")
    finally:
        for process in (engine, sample):
            if process is not None:
                process.kill()
                process.wait(30)
        if engine.stdout is not None:
            engine.stdout.close()


def test_the_first_lines_of_the_page_run_as_they_stand(book: Feed) -> None:
    """docs/trade_guard.md: a vouched book prints its totals; one refused position is named, and the total raises."""
    text = (EXAMPLES.parent / "trade_guard.md").read_text()
    program = text.partition("```python\n")[2].partition("```")[0].replace('"sample"', repr(book.name))

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-W", "error", "-c", program],
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )

    assert run().stdout.split() == ["60000.0", "0.0", "60000.0"]
    hold(book, XYZ=10.0)
    done = run()
    assert done.stdout.split("\n")[:2] == ["XYZ missing: unknown_symbol", "60000.0 0.0"]
    assert "UnpricedPositions: 1 position has no acceptable price" in done.stderr


def test_the_page_names_every_reason_of_the_guard() -> None:
    """A reason added to the library needs its words in docs/trade_guard.md."""
    text = (EXAMPLES.parent / "trade_guard.md").read_text()
    assert all(f"`{reason}`" in text for reason in GuardReason)


def version(name: str) -> int:
    """Of the table that stands."""
    try:
        return PositionsTable.read(name).version
    except PositionsNotFound:
        return 0
