"""What the header page says: of the feed, its processes, its children, its counters."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING

import pytest

from tickring import _core
from tickring.child_line import ChildLine
from tickring.errors import LineBusy
from tickring.states import ApiMode, Connection, Field, QuoteState, RunState

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.feeds import Feed
    from tickring.reader import QuoteReader


def test_status_says_what_the_header_says(feed: Feed) -> None:
    """Limits, epochs, states, kinds of account and processes, in words and seconds."""
    feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    status = reader.status()
    assert status.path == reader.path == str(feed.host.paths.segment)
    assert status.segment_id == reader["SPY"].segment_id
    assert status.layout_version == _core.LAYOUT_VERSION
    assert status.segment_bytes == feed.host.paths.segment.stat().st_size
    assert (status.capacity, status.depth, status.active_symbols) == (64, 16, 1)
    assert (status.epoch, status.feeder_epoch) == (feed.host.epoch, feed.writer.epoch)
    assert (status.supervisor_state, status.feeder_state) == (RunState.RUNNING, RunState.RUNNING)
    assert status.connection is Connection.CONNECTED
    assert (status.api_mode, status.gateway_api_mode) == (ApiMode.MOCK, ApiMode.MOCK)
    assert status.is_superseded is False
    assert (status.supervisor_pid, status.feeder_pid) == (os.getpid(), os.getpid())
    assert (status.heartbeat_limit_s, status.vouch_limit_s) == (300.0, 300.0)
    assert 0 <= status.heartbeat_age_s < math.inf
    assert 0 <= status.supervisor_heartbeat_age_s < math.inf
    assert status.children == ()
    assert status.reader_stats == reader.stats == {"retries": 0, "contended": 0, "reattached": 0}
    assert [*status.counters] == [name for name, *_ in _core.COUNTERS]


@pytest.mark.parametrize("state", RunState)
def test_every_run_state_can_be_said(feed: Feed, state: RunState) -> None:
    """Supervisor and feeder say what they do in the same words."""
    reader = feed.open_reader()
    feed.host.set_state(state)
    feed.writer.set_line(state=state)
    assert (reader.status().supervisor_state, reader.status().feeder_state) == (state, state)


@pytest.mark.parametrize("connection", Connection)
def test_every_connection_can_be_said(feed: Feed, connection: Connection) -> None:
    """The feeder's connection is shown as it is said, and is nobody else's business."""
    reader = feed.open_reader()
    feed.writer.set_line(connection=connection)
    assert reader.status().connection is connection
    assert reader.status().feeder_state is RunState.RUNNING


def test_heartbeats_are_stamped_by_their_owners(feed: Feed) -> None:
    """Each heartbeat moves its own stamp and no other."""
    reader = feed.open_reader()

    def stamps() -> tuple[int, int]:
        header = reader.header()
        return header["supervisor"]["heartbeat_ns"], header["feeder"]["heartbeat_ns"]

    before = stamps()
    feed.writer.heartbeat()
    after_feeder = stamps()
    assert (after_feeder[0], after_feeder[1] > before[1]) == (before[0], True)
    feed.host.heartbeat()
    after_both = stamps()
    assert (after_both[0] > before[0], after_both[1]) == (True, after_feeder[1])


# ---- children --------------------------------------------------------------------------------------------------------


def test_children_say_who_they_are_and_what_they_do(feed: Feed) -> None:
    """Each child has a line with its name, state, pid and heartbeat; a line that was closed stays readable."""
    reader = feed.open_reader()
    names = {0: "flusher", 3: "planner", 15: "x" * 31}
    lines = {number: ChildLine.claim(feed.name, number, name) for number, name in names.items()}
    assert [(child.name, child.state, child.pid) for child in reader.status().children] == [
        (name, RunState.STARTING, os.getpid()) for name in names.values()
    ]
    lines[3].set_state("running")
    lines[15].set_state(RunState.FAILED)
    assert [child.state for child in reader.status().children] == [RunState.STARTING, RunState.RUNNING, RunState.FAILED]
    before = reader.header()["children"][1]["heartbeat_ns"]
    lines[3].heartbeat()
    assert reader.header()["children"][1]["heartbeat_ns"] > before
    assert all(0 <= child.heartbeat_age_s < math.inf for child in reader.status().children)
    for line in lines.values():
        line.close()
        line.close()
    assert [child.name for child in reader.status().children] == [*names.values()]
    with pytest.raises(ValueError, match="the line is closed"):
        lines[0].heartbeat()
    again = ChildLine.claim(feed.name, 0, "alerter")
    assert reader.status().children[0].name == "alerter"
    again.close()


def test_a_line_has_one_holder(feed: Feed) -> None:
    """A second child of the same number is refused while the first lives, and leaves its line alone."""
    first = ChildLine.claim(feed.name, 0, "flusher")
    with pytest.raises(LineBusy, match="line 0 belongs to another living child"):
        ChildLine.claim(feed.name, 0, "impostor")
    assert feed.open_reader().status().children[0].name == "flusher"
    first.close()
    ChildLine.claim(feed.name, 0, "successor").close()


@pytest.mark.parametrize(
    ("number", "name"),
    [(16, "x"), (-1, "x"), (-16, "x"), (2**32, "x"), (0, ""), (0, "x" * 32), (0, "ä" * 16), (0, "a\0b")],
)
def test_a_line_that_is_none_is_refused(feed: Feed, number: int, name: str) -> None:
    """Sixteen lines, names of 1 to 31 bytes; the refusal takes no line."""
    with pytest.raises(ValueError, match=r"child line|embedded null"):
        ChildLine.claim(feed.name, number, name)
    assert feed.open_reader().status().children == ()
    with pytest.raises(ValueError, match="'walking' is not a valid RunState"):
        ChildLine.claim(feed.name, 1, "x").set_state("walking")


# ---- counters --------------------------------------------------------------------------------------------------------


def test_counters_have_names_units_owners_and_words() -> None:
    """A tool can print every counter without knowing it; no two have the same name."""
    names = [name for name, *_ in _core.COUNTERS]
    assert len(names) == len(set(names))
    for name, unit, owner, text in _core.COUNTERS:
        assert name.isidentifier()
        assert name == name.lower()
        assert unit
        assert owner in {"feeder", "supervisor"}
        assert len(text) > 10


def moved(reader: QuoteReader, before: dict[str, int]) -> dict[str, int]:
    """By how much each counter has moved, where it has."""
    return {name: value - before[name] for name, value in reader.status().counters.items() if value != before[name]}


def test_each_counter_counts_what_its_text_says(feed: Feed) -> None:
    """One step at a time: exactly the counters that speak of it move, by one."""
    reader = feed.open_reader()
    writer = feed.writer
    slot = writer.add("QQQ")
    writer.tick(slot, 1, Field.BID, 10.0)
    writer.commit()
    steps: list[tuple[Callable[[], object], dict[str, int]]] = [
        (lambda: writer.add("SPY"), {"symbols_added": 1}),
        (lambda: writer.add("SPY"), {}),
        (lambda: writer.retire("SPY"), {"symbols_retired": 1}),
        (lambda: writer.retire("SPY"), {}),
        (lambda: writer.tick(slot, 2, Field.BID, 11.0, Field.ASK, 12.0), {"ticks_published": 1}),
        (lambda: writer.tick(slot, 3, Field.BID, 11.0), {"ticks_unchanged": 1}),
        (lambda: writer.set_state(slot, state=QuoteState.LIVE), {"states_published": 1}),
        (lambda: writer.set_state(slot, state=QuoteState.LIVE), {}),
        (lambda: writer.set_state(slot, state=QuoteState.QUIET, publish=False), {}),
        (lambda: writer.vouch(slot), {}),
        (writer.commit, {"batches": 1}),
        (writer.commit, {}),
        (lambda: writer.begin(slot, keep_last_known=True), {"subscriptions_begun": 1, "states_published": 1}),
        (lambda: writer.begin(slot), {"subscriptions_begun": 1}),
        (writer.commit, {"batches": 1}),
        (writer.heartbeat, {}),
        (lambda: feed.host.set_state(RunState.DEGRADED), {"state_changes": 1}),
        (lambda: feed.host.set_state(RunState.DEGRADED), {}),
        (feed.host.heartbeat, {}),
        (writer.close, {}),
        (feed.host.grant_epoch, {"epochs_granted": 1}),
    ]
    for number, (step, expected) in enumerate(steps):
        before = reader.status().counters
        step()
        assert moved(reader, before) == expected, f"step {number}"


def test_batches_are_commits_with_news(feed: Feed) -> None:
    """Many ticks and one commit are one batch, which wakes who sleeps; a commit without news is none."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    before, word = reader.status().counters, reader.wake_word()
    for number in range(100):
        feed.writer.tick(slot, 1, Field.BID, number + 11.0)
    assert reader.wake_word() == word
    feed.writer.commit()
    assert reader.wake_word() == word + 1
    feed.writer.commit()
    assert reader.wake_word() == word + 1
    assert moved(reader, before) == {"ticks_published": 100, "batches": 1}


def test_durations_are_counted_in_powers_of_two(feed: Feed) -> None:
    """Each lands in the one bucket that it fits; sums and counts go on over the lives of the writer."""
    reader = feed.open_reader()
    bounds = _core.HISTOGRAM_BOUNDS_NS
    assert bounds == tuple(256 << n for n in range(30))
    durations = [-1, 0, 255, 256, 511, 512, bounds[-1] - 1, bounds[-1], 2**63 - 1]
    for duration_ns in durations:
        feed.writer.measured(duration_ns, 0, 1000)
    histograms = reader.status().histograms
    assert [*histograms] == [name for name, _ in _core.HISTOGRAMS] == ["decode", "wake", "wire_to_visible"]
    sum_ns, buckets = histograms["decode"]
    assert sum_ns == sum(max(0, one) for one in durations) % 2**64
    assert {n: count for n, count in enumerate(buckets) if count} == {0: 3, 1: 2, 2: 1, 29: 1, 30: 2}
    assert histograms["wake"] == (0, (9, *[0] * 30))
    assert histograms["wire_to_visible"] == (9_000, (0, 0, 9, *[0] * 28))


def test_only_durations_are_counted(feed: Feed) -> None:
    """Three whole numbers, or nothing is counted."""
    with pytest.raises(TypeError, match="3 durations"):
        feed.writer.measured(1, 2)  # type: ignore[call-arg]
    with pytest.raises(OverflowError):
        feed.writer.measured(1, 2, 2**64)
    assert feed.open_reader().status().histograms["decode"] == (0, (0,) * 31)
