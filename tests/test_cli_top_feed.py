"""`tickring top` through the troubles of a feed: the feeder dies, the segment is replaced, removed, unreadable."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.cli_runs import Following, answer
from tests.cli_screen import CliScreen
from tests.feeds import Feed
from tests.processes.checkable import symbol_of
from tickring import _core
from tickring.cli.reasons import REASONS
from tickring.feed_fault import feed_fault
from tickring.process_identity import ProcessIdentity
from tickring.process_life import process_life
from tickring.reader import Reason, Verdict
from tickring.states import ApiMode, Connection, RunState
from tickring.supervisor import SegmentHost, SegmentLimits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.processes.child import Child, Processes

SYMBOLS = [symbol_of(number) for number in range(5)]


@pytest.fixture
def host(segment_name: str) -> Iterator[SegmentHost]:
    """A supervisor in this process, with a short limit."""
    limits = SegmentLimits(capacity=16, depth=16, heartbeat_limit_s=1.0, vouch_limit_s=300.0)
    with SegmentHost.open(segment_name, limits=limits, api_mode=ApiMode.MOCK) as running:
        running.set_state(RunState.RUNNING)
        yield running


def start_feeder(processes: Processes, host: SegmentHost, name: str) -> Child:
    """A feeder process with five live symbols whose heart beats by itself."""
    feeder = processes.start("writer")
    feeder.ask("attach", name=name, epoch=host.grant_epoch())
    feeder.ask("stream", numbers=list(range(5)))
    for number in range(5):
        feeder.ask("tick", number=number)
        feeder.ask("vouch", number=number)
    feeder.ask("beat")
    return feeder


def test_a_feeder_that_dies_turns_every_verdict_and_a_new_one_turns_them_back(
    host: SegmentHost, processes: Processes, segment_name: str
) -> None:
    """SIGKILL: red within the heartbeat limit, with the reason in words; green again without a restart of top."""
    feeder = start_feeder(processes, host, segment_name)
    with CliScreen("top", "--segment", segment_name, "--interval", "0.1", columns=160) as screen:
        screen.wait_for("5 of 5 good")
        assert f"pid {feeder.pid} alive" in screen.rows[1]

        feeder.kill()
        screen.wait_for("0 of 5 good")
        screen.wait_for(f"pid {feeder.pid} gone")
        assert [words[-2:] for words in screen.table] == [["feed_down", "heartbeat"]] * 5
        assert screen.colour_at("feed_down")[1] == "red"
        assert screen.rows[4].startswith(f" {REASONS[Reason.HEARTBEAT].why}")
        assert screen.colour_at(REASONS[Reason.HEARTBEAT].why)[1] == "red"

        successor = start_feeder(processes, host, segment_name)
        screen.wait_for("5 of 5 good")
        assert f"pid {successor.pid} alive" in screen.rows[1]
        assert f"epoch {host.epoch}" in screen.rows[1]
        assert screen.rows[4] == ""


def test_a_feeder_that_stands_still_is_told_from_a_dead_one(
    host: SegmentHost, processes: Processes, segment_name: str
) -> None:
    """SIGSTOP: the process is there, and top says that it is stopped."""
    feeder = start_feeder(processes, host, segment_name)
    with CliScreen("top", "--segment", segment_name, "--interval", "0.1") as screen:
        screen.wait_for("5 of 5 good")
        feeder.stop()
        screen.wait_for(f"pid {feeder.pid} stopped")
        screen.wait_for("0 of 5 good")
        feeder.resume()
        screen.wait_for("5 of 5 good")


def test_a_segment_that_is_removed_and_made_again_is_followed(segment_name: str) -> None:
    """The service is stopped for good, then started anew: top stays open through both."""
    first = Feed.start(segment_name)
    first.stream("OLD", "bid", 1.0)
    with CliScreen("top", "--segment", segment_name, "--interval", "0.1") as screen:
        screen.wait(lambda shown: shown.symbols == ["OLD"], "the first segment")
        first.writer.close()
        first.host.close(remove=True)
        screen.wait_for(REASONS[Reason.SUPERSEDED].why)
        assert screen.table[0][-2:] == ["feed_down", "superseded"]

        with Feed.start(segment_name, capacity=32) as second:
            second.stream("NEW", "bid", 1.0)
            screen.wait(lambda shown: shown.symbols == ["NEW"] and "1 of 1 good" in shown.rows[3], "the second segment")
            screen.press("q")
            assert screen.end() == 0


def test_a_segment_removed_by_hand_under_a_living_feed_is_said_to_be(feed: Feed) -> None:
    """The quotes are still good for those who have it mapped; nobody else can open it any more."""
    feed.stream("SPY", "bid", 1.0)
    with CliScreen("top", "--segment", feed.name, "--interval", "0.1") as screen:
        screen.wait_for("1 of 1 good")
        feed.host.paths.segment.unlink()
        screen.wait_for("Nothing stands at this path any more")
        assert "1 of 1 good" in screen.rows[3]


def test_a_successor_that_cannot_be_read_is_named(feed: Feed) -> None:
    """After an upgrade the feeder's release may have a layout that this one does not know."""
    feed.stream("SPY", "bid", 1.0)
    with CliScreen("top", "--segment", feed.name, "--interval", "0.1") as screen:
        screen.wait_for("1 of 1 good")
        header = bytearray(feed.host.paths.segment.read_bytes())
        header[8:12] = (_core.LAYOUT_VERSION + 1).to_bytes(4, "little")
        feed.writer.close()
        feed.host.paths.segment.unlink()
        feed.host.paths.segment.write_bytes(header)
        feed.host._line.supersede()
        screen.wait_for("cannot be read: ")
        assert f"layout version {_core.LAYOUT_VERSION + 1}" in screen.rows[4]


def test_a_page_and_summary_lines_where_there_is_no_screen(feed: Feed) -> None:
    """In a pipe: one page; with --summary a line per interval until Ctrl-C."""
    for number in range(50):
        feed.stream(f"S{number:02}", "bid", 100.0)

    page = answer("top", "--segment", feed.name, "--interval", "0.05").stdout
    few = answer("top", "--segment", feed.name, "--interval", "0.05", "--filter", "s1", "--sort", "symbol", "-r").stdout

    assert [line.split()[0] for line in page.splitlines()[5:]] == [f"S{number:02}" for number in range(50)]
    assert [line.split()[0] for line in few.splitlines()[5:]] == [f"S{number}" for number in range(19, 9, -1)]
    with Following("top", "--summary", "--interval", "0.05", "--segment", feed.name) as running:
        assert "| mock | 50/50 good | 50 live |" in running.line()
        feed.writer.set_line(connection=Connection.DISCONNECTED)
        while "50 stale" not in (line := running.line()):
            pass
        assert line.endswith("FEED NOT GOOD: connection")
        assert running.interrupt() == (0, "")


def test_summaries_end_after_so_many(feed: Feed) -> None:
    """For a script that wants three."""
    assert answer("top", "--summary", "-i", "0.05", "--frames", "3", "-s", feed.name).stdout.count("\n") == 3


# ---- what stands behind it ----


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        (lambda _feed: None, None),
        (lambda feed: feed.writer.set_line(state=RunState.STOPPED), (Verdict.FEED_DOWN, Reason.FEEDER_STATE)),
        (lambda feed: feed.host.set_state(RunState.FAILED), (Verdict.FEED_DOWN, Reason.SUPERVISOR_STATE)),
        (lambda feed: feed.writer.set_line(connection=Connection.SUSPECT), (Verdict.STALE, Reason.CONNECTION)),
        (lambda feed: feed.writer.set_line(api_mode=ApiMode.PAPER), None),
    ],
)
def test_the_fault_of_a_feed_is_the_core_s_own_judgement(
    feed: Feed, change: Callable[[Feed], object], answer: tuple[Verdict, Reason] | None
) -> None:
    """Whatever the header says, the alarm agrees with the verdicts below it; the kind of account is no fault."""
    change(feed)

    assert feed_fault(feed.open_reader().header()) == answer


def test_a_process_is_judged_by_pid_and_start_time() -> None:
    """A pid that is used again is another process; one that cannot be seen here may live elsewhere."""
    own = ProcessIdentity.own()

    assert process_life(own.pid, own.start_ticks, 0.0, limit_s=1.0) == "alive"
    assert process_life(own.pid, own.start_ticks + 1, 5.0, limit_s=1.0) == "gone"
    assert process_life(own.pid, own.start_ticks + 1, 0.5, limit_s=1.0) == "not visible here"
    assert process_life(0, 0, float("inf"), limit_s=1.0) == "no process yet"
    with subprocess.Popen(["true"]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        identity = ProcessIdentity.of(child.pid)
        assert identity is not None
        assert process_life(*identity, 0.0, limit_s=1.0) == "dead, not reaped"
    assert process_life(*identity, 9.0, limit_s=1.0) == "gone"
