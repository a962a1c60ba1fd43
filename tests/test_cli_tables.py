"""`tickring history`, `segment` and `verdicts`: tables for people, JSON for scripts."""

from __future__ import annotations

import io
import json
import os
from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from rich.text import Text

from tests.cli_runs import answer, json_lines
from tickring import _core
from tickring.child_line import ChildLine
from tickring.cli.tables import TableColumn, print_columns
from tickring.states import QuoteState, RunState
from tickring.supervisor import SegmentHost, SegmentLimits

if TYPE_CHECKING:
    from tests.feeds import Feed


# ---- history ----


def test_history_is_newest_first_with_a_sparkline_oldest_first(feed: Feed) -> None:
    """The eye reads the line from left to right, the table from the present down."""
    slot = feed.stream("SPY", "bid", 10.0, "ask", 12.0)
    for step in range(1, 8):
        feed.tick(slot, "bid", 10.0 + step, "ask", 12.0 + step)

    lines = answer("history", "SPY", "--segment", feed.name).stdout.splitlines()

    assert lines[1] == "11.00 ▁▂▃▄▅▆▇█ 18.00"
    assert [line.split()[3] for line in lines[5:13]] == [f"{bid}.00" for bid in range(17, 9, -1)]
    assert "live" in lines[5]
    assert all(" past " in line for line in lines[6:13])


def test_history_counts_and_leaves_out_states(feed: Feed) -> None:
    """`-n`, `--ticks-only`, and JSON with one object a line."""
    slot = feed.stream("SPY", "bid", 10.0)
    feed.tick(slot, "bid", 11.0)
    feed.writer.set_state(slot, state=QuoteState.QUIET)
    feed.tick(slot, "bid", 12.0)

    two = json_lines(answer("history", "SPY", "-n", "2", "--json", "--segment", feed.name).stdout)
    ticks = json_lines(answer("history", "SPY", "--ticks-only", "--json", "--segment", feed.name).stdout)

    assert [row["bid"] for row in two] == [12.0, 11.0]
    assert [row["bid"] for row in ticks][:3] == [12.0, 11.0, 10.0]
    assert not any(row["state"] == "quiet" and row["bid"] == 11.0 for row in ticks)


def test_history_of_nothing_says_why(feed: Feed) -> None:
    """An unknown symbol has no table."""
    done = answer("history", "NOPE", "--segment", feed.name)

    assert done.exit_code == 0
    assert "The symbol is not streamed." in done.stdout
    assert answer("history", "NOPE", "--json", "--segment", feed.name).stdout == ""


@pytest.mark.parametrize("width", [200, 80, 40, 24])
def test_a_column_goes_before_a_digit_does(width: int) -> None:
    """A price that is cut is another price."""
    console = Console(width=width, file=io.StringIO(), color_system=None)
    columns = [TableColumn(title, [Text("1234567.89")] * 2) for title in ("bid", "ask", "mid", "last", "extra")]

    print_columns(console, columns, ("extra", "mid", "last"))

    text = console.file.getvalue() if isinstance(console.file, io.StringIO) else ""
    assert "…" not in text
    assert text.splitlines()[0].split()[:2] == ["bid", "ask"]
    assert text.split().count("1234567.89") == 2 * len(text.splitlines()[0].split())


# ---- segment ----


def test_segment_shows_every_counter_by_name(feed: Feed) -> None:
    """A counter added to the core shows here without a change."""
    feed.stream("SPY", "bid", 1.0)
    counters = feed.open_reader().status().counters

    page = answer("segment", "--segment", feed.name).stdout
    report = json_lines(answer("segment", "--segment", feed.name, "--json").stdout)[0]

    for name, unit, owner, text in _core.COUNTERS:
        assert all(word in page for word in (name, unit, owner, text))
    assert {counter["name"]: counter["value"] for counter in report["counters"]} == counters
    assert counters["ticks_published"] == 1


def test_segment_says_what_it_is_and_who_is_alive(feed: Feed) -> None:
    """Layout, memory, use, epoch, processes with their heartbeats."""
    feed.host.heartbeat()
    feed.stream("SPY", "bid", 1.0)
    child = ChildLine.claim(feed.name, 3, "flusher\x1b[31m")
    child.set_state(RunState.BACKING_OFF)
    child.heartbeat()
    try:
        page = answer("segment", "--segment", feed.name).stdout
        report = json_lines(answer("segment", "--segment", feed.name, "--json").stdout)[0]
    finally:
        child.close()

    size = feed.host.paths.segment.stat()
    assert (report["segment_bytes"], report["memory_bytes"]) == (size.st_size, size.st_blocks * 512)
    assert (report["capacity"], report["active_symbols"], report["depth"]) == (64, 1, 16)
    assert report["layout_version"] == _core.LAYOUT_VERSION
    assert report["epoch"] == report["feeder_epoch"] == feed.host.epoch
    assert (report["feed_fault"], report["is_in_place"], report["api_mode"]) == (None, True, "mock")
    assert [(line["role"], line["state"], line["pid"], line["process"]) for line in report["processes"]] == [
        ("supervisor", "running", os.getpid(), "alive"),
        ("feeder", "running", os.getpid(), "alive"),
        ("flusher?[31m", "backing_off", os.getpid(), "alive"),
    ]
    assert "1 of 64 symbols (1.6%)" in page
    assert "limit 300 s" in page
    assert "\x1b" not in page


def test_an_age_that_never_began_is_null_and_never(segment_name: str) -> None:
    """No feeder yet: infinity is no JSON."""
    with SegmentHost.open(segment_name, limits=SegmentLimits(capacity=16, depth=16), api_mode="mock"):
        text = answer("segment", "--segment", segment_name, "--json").stdout
        page = answer("segment", "--segment", segment_name).stdout

    feeder = json.loads(text, parse_constant=pytest.fail)["processes"][1]
    assert (feeder["heartbeat_age_s"], feeder["process"]) == (None, "no process yet")
    assert "never, limit 2 s" in page


def test_a_feed_that_is_down_is_bad_news_where_asked(feed: Feed) -> None:
    """The alarm stands on the page in words, the exit code only with --strict."""
    assert answer("segment", "--segment", feed.name, "--strict").exit_code == 0
    feed.writer.set_line(state=RunState.FAILED)

    done = answer("segment", "--segment", feed.name, "--strict")

    assert done.exit_code == 1
    assert "The feeder says itself that it is not running." in done.stdout
    assert answer("segment", "--segment", feed.name).exit_code == 0


# ---- verdicts ----


def test_verdicts_are_counted_the_worst_first(feed: Feed) -> None:
    """By verdict, then by reason; with examples, and the number of those left out."""
    for number in range(7):
        feed.stream(f"LIVE{number}", "bid", 1.0)
    feed.stream("SLEEPS", "bid", 1.0, state=QuoteState.QUIET)
    feed.stream("OLD1", "bid", 1.0, state=QuoteState.STALE)
    feed.stream("OLD2", "bid", 1.0, state=QuoteState.STALE)
    feed.stream("DENIED", "bid", 1.0, state=QuoteState.NO_PERMISSION)
    feed.stream("EMPTY")

    report = json_lines(answer("verdicts", "--segment", feed.name, "--json", "--examples", "2").stdout)[0]
    page = answer("verdicts", "--segment", feed.name).stdout

    assert (report["symbols"], report["good"]) == (12, 8)
    assert [(group["verdict"], group["count"], group["is_good"]) for group in report["verdicts"]] == [
        ("missing", 1, False), ("stale", 3, False), ("quiet", 1, True), ("live", 7, True),
    ]  # fmt: skip
    assert [(group["reason"], group["count"], group["examples"]) for group in report["verdicts"][1]["reasons"]] == [
        ("marked_stale", 2, ["OLD1", "OLD2"]),
        ("no_permission", 1, ["DENIED"]),
    ]
    assert page.startswith("8 of 12 symbols good")
    assert "LIVE0, LIVE1, LIVE2, LIVE3 and 3 more" in page


@pytest.mark.parametrize(("states", "code"), [((), 1), (("live", "quiet"), 0), (("live", "closed"), 1)])
def test_strict_wants_every_symbol_good_and_at_least_one(feed: Feed, states: tuple[str, ...], code: int) -> None:
    """A segment without a symbol is no good news."""
    for state in states:
        feed.stream(state.upper(), "bid", 1.0, state=QuoteState(state))

    assert answer("verdicts", "--segment", feed.name, "--strict").exit_code == code
    assert answer("verdicts", "--segment", feed.name).exit_code == 0
