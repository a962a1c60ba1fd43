"""Alerts under a real supervisor: from a fault to the HTTP request that tells of it, whatever dies on the way."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli_runs import answer
from tests.processes.child import kill_and_wait, stop_and_wait
from tests.supervisor_rig import SupervisorRig
from tests.telegram_server import CHAT, TOKEN, Order, TelegramServer
from tickring.alerter_status import AlerterStatus, AlertTestResult, read_alerter_status, write_alerter_status
from tickring.episodes import EpisodeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tickring.control.messages import EpisodeList

pytestmark = pytest.mark.slow

QUICK = {
    "poll_s": 0.05,
    "settle_s": 0.2,
    "flap_s": 1.0,
    "retry_first_s": 0.1,
    "retry_limit_s": 0.2,
    "supervisor_limit_s": 1.0,
    "supervisor_timeout_s": 0.5,
    "orphan_s": 3.0,
    "stop_timeout_s": 0.2,
}


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    """The other side."""
    with TelegramServer() as server:
        yield server


@pytest.fixture
def rig(segment_name: str, tmp_path: Path, telegram: TelegramServer) -> Iterator[Callable[..., SupervisorRig]]:
    """Starts a supervisor whose feeder's lives follow a plan, and which tells the server what goes wrong."""
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\n")
    with ExitStack() as rigs:

        def start(
            *plan: str, alerts: dict[str, Any] | None = None, is_embedded: bool = False, **changes: dict[str, Any]
        ) -> SupervisorRig:
            sections = {
                **QUICK,
                "telegram_chat_id": CHAT,
                "telegram_token_file": str(token),
                "telegram_url": telegram.url,
                **(alerts or {}),
            }
            running = SupervisorRig(
                segment_name,
                tmp_path,
                *plan,
                manner=None,
                is_embedded=is_embedded,
                programs=None,
                alerts=sections,
                **changes,
            )
            return rigs.enter_context(running)

        yield start


def episodes(running: SupervisorRig) -> EpisodeList:
    """Everything that is known."""
    with running.client() as client:
        return client.episodes()


def check_no_secret(running: SupervisorRig) -> None:
    """The token is in no log, status, state file or report."""
    status = read_alerter_status(running.segment)
    state = (running.state_dir / "alerts.json").read_text()
    assert TOKEN not in running.log
    assert TOKEN not in repr(status)
    assert TOKEN not in state
    assert TOKEN not in repr(running.report())


def test_a_killed_feeder_is_told_once_and_its_return_once(
    rig: Callable[..., SupervisorRig], telegram: TelegramServer
) -> None:
    """SIGKILL: one message opens, one closes, with cause, time, what heals it and where to read on."""
    running = rig("stream")
    with running.live_reader() as reader:
        running.wait_report(
            lambda report: report.alerter is not None and report.stream.status == "connected", "alerter"
        )
        kill_and_wait(reader.status().feeder_pid)
        opened = telegram.wait_text("WARNING: child_down (child feeder)")
        assert "SIGKILL" in opened.text
        assert "what ends it: the supervisor starts it again" in opened.text
        assert "docs/runbook.md#child_down" in opened.text
        assert opened.body["chat_id"] == CHAT
        closed = telegram.wait_text("OVER: child_down (child feeder)")
        assert "from 20" in closed.text
        running.wait_live(reader)
    assert sum("WARNING: child_down (child feeder)" in text for text in telegram.told()) == 1
    found = {(one.kind, one.scope): one for one in episodes(running).episodes}
    child = found[EpisodeKind.CHILD_DOWN, "child feeder"]
    assert not child.is_open
    assert child.duration_s > 0
    check_no_secret(running)
    assert running.end() == 0
    running.check_processes_gone()


def test_a_fault_of_the_gateway_reaches_the_telephone(
    rig: Callable[..., SupervisorRig], telegram: TelegramServer
) -> None:
    """The simulator goes silent and comes back: opened and closed over the real feeder."""
    pytest.importorskip("ibapi", reason="the feeder needs ibapi: pip install 'tickring[ib]'")
    running = rig(is_embedded=True, stream={"data_limit_s": 2.0}, supervisor={"heartbeat_limit_s": 5.0})
    running.wait_report(lambda report: report.stream.status == "connected", "it streams")
    running.wait_report(lambda report: report.alerter is not None, "the alerter has spoken")
    gateway = running.child("gateway").pid
    assert gateway is not None
    kill_and_wait(gateway)
    telegram.wait_text("degraded (stream)")
    telegram.wait_text("OVER: degraded (stream)")
    degraded = next(one for one in episodes(running).episodes if one.kind is EpisodeKind.DEGRADED)
    assert degraded.cause
    check_no_secret(running)


def test_nothing_is_lost_when_the_alerter_is_killed_with_messages_waiting(
    rig: Callable[..., SupervisorRig], telegram: TelegramServer
) -> None:
    """The network is away, the alerter is killed twice: each fault is told with its original time, none missing."""
    running = rig("stream")
    with running.live_reader() as reader:
        running.wait_report(
            lambda report: report.alerter is not None and report.stream.status == "connected", "alerter"
        )
        telegram.stop()
        kill_and_wait(reader.status().feeder_pid)
        running.wait(lambda: waiting(running) >= 3, "messages wait")
        first = running.child("alerter").pid
        assert first is not None
        kill_and_wait(first)
        running.wait(lambda: running.child("alerter").pid not in {None, first}, "another alerter")
        second = running.child("alerter").pid
        assert second is not None
        running.wait(lambda: waiting(running) >= 3, "they wait again")
        kill_and_wait(second)
        telegram.start()
        telegram.wait_text("WARNING: child_down (child feeder)")
        telegram.wait_text("OVER: child_down (child feeder)")
        telegram.wait_text("WARNING: child_down (child alerter)")
    marks = [text.rpartition("[")[2] for text in telegram.told()]
    assert max(marks.count(mark) for mark in marks) <= 3  # once, and once more for each life that was killed
    assert "error=" in running.log
    check_no_secret(running)


def waiting(running: SupervisorRig) -> int:
    """How many messages the present alerter has on its way."""
    status = read_alerter_status(running.segment)
    is_present = status is not None and status.pid == running.child("alerter").pid
    return sum(sink.waiting for sink in status.sinks) if status is not None and is_present else 0


def test_a_supervisor_that_stands_still_is_told_by_the_alerter(
    rig: Callable[..., SupervisorRig], telegram: TelegramServer
) -> None:
    """SIGSTOP: the alerter speaks for itself, and again when it answers; the dead-man's switch pauses meanwhile."""
    running = rig("stream", alerts={"ping_url": f"{telegram.url}/ping/5f0c-secret-9d1e", "ping_period_s": 0.1})

    def pings() -> int:
        return sum(one.path == "/ping/5f0c-secret-9d1e" for one in telegram.received)

    running.wait(lambda: pings() > 2, "it is well")
    stop_and_wait(running.process.pid)
    try:
        told = telegram.wait_text("CRITICAL: disconnected (supervisor)")
        status = read_alerter_status(running.segment)
        assert status is not None
        assert status.ping_withheld
        assert "has not answered for 1 s" in told.text
    finally:
        running.process.send_signal(signal.SIGCONT)
    telegram.wait_text("OVER: disconnected (supervisor)")
    before = pings()
    running.wait(lambda: pings() > before, "it is well again")
    assert "5f0c-secret-9d1e" not in running.log
    assert "5f0c-secret-9d1e" not in repr(read_alerter_status(running.segment))


def test_a_test_message_goes_all_the_way(rig: Callable[..., SupervisorRig], telegram: TelegramServer) -> None:
    """`tickring alert test` tells whether it arrived, and why not; `alert list` and `status` show how things are."""
    running = rig("stream")
    running.wait_report(lambda report: report.alerter is not None and report.stream.status == "connected", "alerter")
    done = answer("alert", "test", "--segment", running.segment)
    assert (done.exit_code, done.stdout) == (0, "telegram: delivered\n")
    assert "This is a test" in telegram.wait_text("TEST").text

    telegram.orders = [Order(status=403)]
    refused = answer("alert", "test", "--segment", running.segment, "--sink", "telegram")
    assert refused.exit_code == 1
    assert "answers 403: Forbidden: bot was kicked" in refused.stdout
    nobody = answer("alert", "test", "--segment", running.segment, "--sink", "pigeon")
    assert nobody.exit_code == 1
    assert nobody.stdout == "pigeon: there is no such address\n"

    page = answer("alert", "list", "--segment", running.segment)
    assert page.exit_code == 0
    assert "nothing is wrong" in page.stdout
    status = answer("status", "--segment", running.segment)
    assert "alerts" in status.stdout
    assert "telegram" in status.stdout
    assert TOKEN not in status.stdout


def test_what_an_earlier_alerter_has_left_is_no_answer(rig: Callable[..., SupervisorRig]) -> None:
    """The words of another life, with a test of the same number in them, tell nothing of this one."""
    running = rig("stream")
    running.wait_report(lambda report: report.alerter is not None, "alerter")
    alerter = running.child("alerter").pid
    assert alerter is not None
    stop_and_wait(alerter)
    try:
        left = AlerterStatus(pid=1, written_at="", tests=(AlertTestResult(number=1, results={"telegram": ""}),))
        write_alerter_status(running.segment, left)
        done = answer("alert", "test", "--segment", running.segment, "--timeout", "1")
        assert running.report().alerter is None
    finally:
        os.kill(alerter, signal.SIGCONT)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "the alerter has not taken the test up" in done.stderr


def test_episodes_are_in_the_event_log(rig: Callable[..., SupervisorRig], tmp_path: Path) -> None:
    """Begin and end of each, with their own times, where a planner runs."""
    file = tmp_path / "desk.db"
    quick = {"origin": "static", "refresh_interval_s": 0.1, "heartbeat_period_s": 0.02}
    running = rig("stream", planner=quick, database={"url": f"sqlite:///{file}"})
    with running.live_reader() as reader:
        running.wait(lambda: running.child("planner").heartbeat_age_s is not None, "a planner")
        kill_and_wait(reader.status().feeder_pid)
        running.wait(lambda: not [one for one in episodes(running).episodes if one.is_open], "it is over")

    def kinds() -> list[tuple[str, str]]:
        with closing(sqlite3.connect(file)) as database:
            if not list(database.execute("SELECT 1 FROM sqlite_master WHERE name = 'event_log'")):
                return []  # the planner has only just begun
            rows = database.execute("SELECT kind, subject FROM event_log WHERE kind LIKE 'episode.%' ORDER BY id")
            return [(str(kind), str(subject)) for kind, subject in rows]

    running.wait(lambda: ("episode.closed", "child feeder") in kinds(), "it is written")
    assert kinds().index(("episode.opened", "child feeder")) < kinds().index(("episode.closed", "child feeder"))


def test_a_service_without_an_address_has_no_alerter(segment_name: str, tmp_path: Path) -> None:
    """Nothing runs that nobody needs, and a test says what is missing."""
    with SupervisorRig(segment_name, tmp_path, "stream") as running:
        report = running.wait_report(lambda report: report.stream.status == "connected", "it streams")
        assert "alerter" not in [child.name for child in report.children]
        refused = answer("alert", "test", "--segment", running.segment)
        assert refused.exit_code == 1
        assert "no_alerter" in refused.stderr


def test_files_that_are_not_written_are_told_as_a_full_disk(
    rig: Callable[..., SupervisorRig], telegram: TelegramServer
) -> None:
    """A flusher that runs and cannot write is seen by what it should have written."""
    running = rig("stream", supervisor={"disk_stuck_s": 1.0, "child_heartbeat_limit_s": 20.0})
    status = running.place / "data" / "stream" / "_status.json"
    running.wait(status.exists, "files")
    flusher = running.child("flusher").pid
    assert flusher is not None
    os.kill(flusher, signal.SIGSTOP)
    try:
        told = telegram.wait_text("CRITICAL: disk_full (files)")
        assert "_status.json has not been written for" in told.text
    finally:
        os.kill(flusher, signal.SIGCONT)
    telegram.wait_text("OVER: disk_full (files)")


def test_too_little_room_is_told(rig: Callable[..., SupervisorRig], telegram: TelegramServer) -> None:
    """Less than `supervisor.disk_free_min_bytes`."""
    rig("stream", supervisor={"disk_free_min_bytes": 1 << 60})
    told = telegram.wait_text("CRITICAL: disk_full")
    assert "bytes are free where" in told.text
    assert "supervisor.disk_free_min_bytes is" in told.text
