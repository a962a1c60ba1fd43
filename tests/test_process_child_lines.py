"""Children say who they are in lines of the header: one process a line, for as long as it lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.processes.child import kill_and_wait, stop_and_wait
from tests.waiting import wait_until
from tickring.child_line import ChildLine
from tickring.errors import LineBusy

if TYPE_CHECKING:
    from tests.feeds import Feed
    from tests.processes.child import Child, Processes
    from tickring.reader import QuoteReader

LINES = 16


@pytest.fixture
def nursery(processes: Processes) -> Child:
    """Where the children come from."""
    return processes.start("nursery")


def _start_child(processes: Processes, nursery: Child, feed: Feed, number: int, title: str) -> int:
    return processes.fork(nursery, "line", name=feed.name, number=number, title=title)


def _lines(reader: QuoteReader) -> dict[int, dict[str, Any]]:
    return {line["number"]: line for line in reader.header()["children"]}


def _wait_for_beats(reader: QuoteReader, numbers: list[int]) -> None:
    before = _lines(reader)
    wait_until(
        lambda: all(_lines(reader)[number]["heartbeat_ns"] > before[number]["heartbeat_ns"] for number in numbers),
        f"all of lines {numbers} beat",
        show=lambda: _lines(reader),
    )


def test_children_are_visible_to_every_reader(feed: Feed, processes: Processes, nursery: Child) -> None:
    """Name, pid and state of each child, and a heartbeat that moves, stand in `status()`."""
    reader = feed.open_reader()
    assert reader.status().children == ()
    pids = {
        title: _start_child(processes, nursery, feed, number, title)
        for number, title in ((0, "flusher"), (7, "planner"), (15, "a-name-of-31-bytes-in-all-here-"))
    }
    children = reader.status().children
    assert {child.name: child.pid for child in children} == pids
    assert {child.state for child in children} == {"running"}
    assert all(child.heartbeat_age_s < 60 for child in children)
    _wait_for_beats(reader, [0, 7, 15])


def test_sixteen_children_at_once(feed: Feed, processes: Processes, nursery: Child) -> None:
    """All lines can be in use; each is written by its own child, and nothing else of the segment changes."""
    segment = feed.host.paths.segment
    before = segment.read_bytes()
    pids = [_start_child(processes, nursery, feed, number, f"child-{number}") for number in range(LINES)]
    reader = feed.open_reader()
    _wait_for_beats(reader, list(range(LINES)))
    assert {number: (line["name"], line["pid"]) for number, line in _lines(reader).items()} == {
        number: (f"child-{number}", pids[number]) for number in range(LINES)
    }
    after = segment.read_bytes()
    assert after[:0x800] == before[:0x800]
    assert after[0x1000:] == before[0x1000:]


def test_a_busy_line_is_refused_and_free_when_its_child_is_killed(
    feed: Feed, processes: Processes, nursery: Child
) -> None:
    """LineBusy while the child lives, even stopped; after SIGKILL the next has the line at once, under its own name."""
    pid = _start_child(processes, nursery, feed, 3, "flusher")
    with pytest.raises(LineBusy):
        ChildLine.claim(feed.name, 3, "impostor")
    stop_and_wait(pid)
    with pytest.raises(LineBusy):
        ChildLine.claim(feed.name, 3, "impostor")
    reader = feed.open_reader()
    assert (_lines(reader)[3]["name"], _lines(reader)[3]["pid"]) == ("flusher", pid)

    kill_and_wait(pid)
    assert (_lines(reader)[3]["name"], _lines(reader)[3]["pid"]) == ("flusher", pid), "the dead one's last word is gone"
    second = _start_child(processes, nursery, feed, 3, "two")
    assert (_lines(reader)[3]["name"], _lines(reader)[3]["pid"]) == ("two", second)
    assert _lines(reader)[3]["start_ticks"] > 0
    _wait_for_beats(reader, [3])


def test_a_stopped_child_is_told_by_its_heartbeat(feed: Feed, processes: Processes, nursery: Child) -> None:
    """A child that stands still keeps its line and its state; only the age of its heartbeat grows."""
    pid = _start_child(processes, nursery, feed, 5, "planner")
    stop_and_wait(pid)
    reader = feed.open_reader()
    (at_first,) = reader.status().children
    wait_until(lambda: reader.status().children[0].heartbeat_age_s > at_first.heartbeat_age_s + 0.1, "it ages")
    assert reader.status().children[0].state == "running"


def test_of_twenty_claims_of_one_line_one_holds(feed: Feed, processes: Processes, nursery: Child) -> None:
    """Twenty children that want one line at one moment: one gets it, the others LineBusy."""
    arguments = {"name": feed.name, "number": 4, "title": "flusher"}
    outcomes = nursery.ask("race", contest="claim", runners=20, arguments=arguments)
    winners = [processes.adopt(outcome["own_pid"]) for outcome in outcomes if outcome["error"] is None]
    assert len(winners) == 1
    assert {outcome["error"] for outcome in outcomes} == {None, "LineBusy"}
    assert [child.pid for child in feed.open_reader().status().children] == winners
