"""The state file: two clocks per stream, sums that survive restarts, an alert when a stream falls silent."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.processes.child import unshare_or_skip
from tickring.byte_lock import ByteLock
from tickring.config.structs import FilesConfig, StreamConfig
from tickring.errors import StateFileBusy
from tickring.state_manager import STATE_FILE, StateManager

if TYPE_CHECKING:
    from pathlib import Path

    from tests.processes.child import Processes

WITHOUT_ZONE = b'{"start_time": "2026-03-04T14:30:00", "last_heartbeat": "2026-03-04T14:30:00Z"}'
START = datetime(2026, 3, 4, 14, 30, tzinfo=UTC)


class Clock:
    """The wall clock of a test."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def step(self, seconds: float) -> None:
        """Move it."""
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    """Stands still until it is moved."""
    return Clock()


@pytest.fixture
def state(tmp_path: Path, clock: Clock) -> StateManager:
    """A state file with the default limit."""
    return StateManager(tmp_path / "state" / STATE_FILE, now=clock)


def entry_of(state: StateManager, stream_type: str = "ib_stream") -> dict[str, Any]:
    """What the file says of a stream."""
    return dict(json.loads(state.path.read_text())["streaming_heartbeats"][stream_type])


# ---- the plan's two --------------------------------------------------------------------------------------------------


def test_streaming_heartbeat_tracking(state: StateManager, clock: Clock) -> None:
    """Start, heartbeat, totals and symbols are kept, and the health follows from them."""
    state.record_streaming_heartbeat("ib_stream", ["SPY", "AAPL"], {"updates": 10, "errors": 1})
    clock.step(5)
    state.record_streaming_heartbeat("ib_stream", ["SPY", "AAPL", "QQQ"], {"updates": 25, "errors": 1})
    entry = entry_of(state)
    assert (entry["start_time"], entry["last_heartbeat"]) == ("2026-03-04T14:30:00Z", "2026-03-04T14:30:05Z")
    assert (entry["total_updates"], entry["total_errors"]) == (25, 1)
    assert entry["symbols"] == ["AAPL", "QQQ", "SPY"]
    clock.step(2)
    assert state.get_streaming_health("ib_stream") == {
        "status": "running",
        "lag_seconds": 2.0,
        "data_lag_seconds": 2.0,
        "uptime_seconds": 7.0,
        "total_updates": 25,
        "total_errors": 1,
        "symbols": ["AAPL", "QQQ", "SPY"],
    }


def test_streaming_alert_on_timeout(state: StateManager, clock: Clock) -> None:
    """Within the limit all is well; beyond it one critical alert says for how many seconds."""
    state.record_streaming_heartbeat("ib_stream", ["SPY"], {"updates": 1})
    clock.step(30)
    assert state.check_streaming_health() == {"streaming_healthy": True, "alerts": []}
    clock.step(15.2)
    checked = state.check_streaming_health()
    assert not checked["streaming_healthy"]
    (alert,) = checked["alerts"]
    assert (alert["severity"], alert["component"]) == ("critical", "streaming")
    assert re.search(r"ib_stream.*45\.2 s.*limit 30 s", alert["message"])
    assert alert["details"]["stream_type"] == "ib_stream"
    assert alert["details"]["lag_seconds"] == 45.2
    assert state.get_streaming_health("ib_stream")["status"] == "stale"
    state.record_streaming_heartbeat("ib_stream", ["SPY"], {"updates": 1})
    assert state.check_streaming_health()["streaming_healthy"]


# ---- health ----------------------------------------------------------------------------------------------------------


def test_a_stream_nobody_has_heard_of_is_no_error(state: StateManager) -> None:
    """`not_running`, also without a file, which asking does not make."""
    assert state.get_streaming_health("ib_stream") == {
        "status": "not_running",
        "lag_seconds": None,
        "data_lag_seconds": None,
        "uptime_seconds": None,
        "total_updates": 0,
        "total_errors": 0,
        "symbols": [],
    }
    assert state.check_streaming_health() == {"streaming_healthy": True, "alerts": []}
    assert not state.path.parent.exists()


def test_no_lag_at_all_is_healthy(state: StateManager) -> None:
    """0.0 seconds is the best there is, not an unknown."""
    state.record_streaming_heartbeat("ib_stream", [], {})
    health = state.get_streaming_health("ib_stream")
    assert (health["status"], health["lag_seconds"]) == ("running", 0.0)


@pytest.mark.parametrize("timeout_s", [5.0, 30.0, 300.0])
def test_the_limit_is_the_configured_one(tmp_path: Path, clock: Clock, timeout_s: float) -> None:
    """Exactly at it a stream still runs."""
    state = StateManager(tmp_path / STATE_FILE, timeout_s=timeout_s, now=clock)
    state.record_streaming_heartbeat("ib_stream", [], {})
    clock.step(timeout_s)
    assert state.get_streaming_health("ib_stream")["status"] == "running"
    clock.step(0.001)
    assert state.get_streaming_health("ib_stream")["status"] == "stale"


def test_the_defaults_are_those_of_the_plan(tmp_path: Path) -> None:
    """30 seconds, in data/state."""
    assert StateManager(tmp_path).timeout_s == StreamConfig().heartbeat_timeout_s == 30.0
    assert FilesConfig().state_dir == "data/state"
    assert STATE_FILE == "streaming.json"
    with pytest.raises(ValueError, match="timeout_s is 0"):
        StateManager(tmp_path, timeout_s=0)


def test_a_loop_that_turns_over_a_mute_stream_does_not_look_fed(state: StateManager, clock: Clock) -> None:
    """The heartbeat moves, the data's clock only with updates."""
    state.record_streaming_heartbeat("ib_stream", [], {"updates": 0})
    assert state.get_streaming_health("ib_stream")["data_lag_seconds"] is None
    state.record_streaming_heartbeat("ib_stream", [], {"updates": 7})
    for _ in range(4):
        clock.step(20)
        state.record_streaming_heartbeat("ib_stream", [], {"updates": 7})
    health = state.get_streaming_health("ib_stream")
    assert (health["status"], health["lag_seconds"], health["data_lag_seconds"]) == ("running", 0.0, 80.0)


def test_a_stream_that_was_stopped_is_no_alert(state: StateManager, clock: Clock) -> None:
    """However long ago; its totals stay, and it may begin again."""
    state.record_streaming_stop("never heard of")
    state.record_streaming_heartbeat("ib_stream", ["SPY"], {"updates": 5})
    state.record_streaming_stop("ib_stream")
    clock.step(10_000)
    health = state.get_streaming_health("ib_stream")
    assert (health["status"], health["total_updates"], health["lag_seconds"]) == ("not_running", 5, None)
    assert state.check_streaming_health()["streaming_healthy"]
    state.record_streaming_heartbeat("ib_stream", ["SPY"], {"updates": 6})
    health = state.get_streaming_health("ib_stream")
    assert (health["status"], health["total_updates"], health["uptime_seconds"]) == ("running", 6, 0.0)


def test_streams_of_several_types_do_not_touch_each_other(state: StateManager, clock: Clock) -> None:
    """One falls silent, the other goes on."""
    state.record_streaming_heartbeat("ib_stream", ["SPY"], {"updates": 1})
    state.record_streaming_heartbeat("ig_stream", ["EUR.USD"], {"updates": 2})
    clock.step(40)
    state.record_streaming_heartbeat("ig_stream", ["EUR.USD"], {"updates": 3})
    assert state.get_streaming_health("ib_stream")["status"] == "stale"
    assert state.get_streaming_health("ig_stream")["status"] == "running"
    assert [alert["details"]["stream_type"] for alert in state.check_streaming_health()["alerts"]] == ["ib_stream"]


def test_a_clock_that_was_set_back_makes_no_negative_ages(state: StateManager, clock: Clock) -> None:
    """They are 0 until it has caught up; set forward, the next heartbeat puts it right."""
    state.record_streaming_heartbeat("ib_stream", [], {"updates": 1})
    clock.step(-3600)
    health = state.get_streaming_health("ib_stream")
    assert health["status"] == "running"
    assert (health["lag_seconds"], health["data_lag_seconds"], health["uptime_seconds"]) == (0.0, 0.0, 0.0)
    clock.step(7200)
    assert state.get_streaming_health("ib_stream")["status"] == "stale"
    state.record_streaming_heartbeat("ib_stream", [], {"updates": 1})
    assert state.get_streaming_health("ib_stream")["status"] == "running"


# ---- sums ------------------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(
    lives=st.lists(
        st.tuples(st.booleans(), st.lists(st.tuples(st.integers(0, 50), st.integers(0, 3)), min_size=1, max_size=6)),
        min_size=1,
        max_size=5,
    )
)
def test_totals_are_the_sum_of_what_all_lives_have_counted(
    tmp_path_factory: pytest.TempPathFactory, lives: list[tuple[bool, list[tuple[int, int]]]]
) -> None:
    """Neither lost nor doubled, with the same object or a new one for each record, whatever a life begins with."""
    path = tmp_path_factory.mktemp("state") / STATE_FILE
    state = StateManager(path)
    sums = [0, 0]
    for number, (is_new_object, steps) in enumerate(lives):
        counted = [0, 0]
        for updates, errors in steps:
            counted[0] += updates
            counted[1] += errors
            if is_new_object:
                state = StateManager(path)
            stats: dict[str, int | str] = {"updates": counted[0], "errors": counted[1], "life": f"life {number}"}
            state.record_streaming_heartbeat("ib_stream", [], stats)
        sums[0] += counted[0]
        sums[1] += counted[1]
        health = state.get_streaming_health("ib_stream")
        assert [health["total_updates"], health["total_errors"]] == sums


def test_a_caller_that_begins_again_at_0_adds_to_the_total(state: StateManager, clock: Clock) -> None:
    """Also within one process and without a name for its life."""
    for updates in (10, 30, 4, 9):
        state.record_streaming_heartbeat("ib_stream", [], {"total_updates": updates, "total_errors": 0})
        clock.step(1)
    assert state.get_streaming_health("ib_stream")["total_updates"] == 39


def test_another_process_begins_at_0(tmp_path: Path, processes: Processes) -> None:
    """Even where it has counted further than the one before it at its first record."""
    path = tmp_path / STATE_FILE
    for count in (3, 5):
        child = processes.start("locking")
        child.ask("record", path=str(path), stream_type="ib_stream", count=count)
        child.kill()
    StateManager(path).record_streaming_heartbeat("ib_stream", [], {"updates": 100})
    assert StateManager(path).get_streaming_health("ib_stream")["total_updates"] == 108


def test_a_life_that_outlasts_its_teller_is_not_counted_twice(state: StateManager, clock: Clock) -> None:
    """Who hands on another's counters names that life; the uptime goes on with it."""
    state.record_streaming_heartbeat("ib_stream", [], {"updates": 100, "life": "segment 7"})
    clock.step(10)
    following = StateManager(state.path, now=clock)
    following.record_streaming_heartbeat("ib_stream", [], {"updates": 120, "life": "segment 7"})
    health = following.get_streaming_health("ib_stream")
    assert (health["total_updates"], health["uptime_seconds"]) == (120, 10.0)
    following.record_streaming_heartbeat("ib_stream", [], {"updates": 5, "life": "segment 8"})
    health = following.get_streaming_health("ib_stream")
    assert (health["total_updates"], health["uptime_seconds"]) == (125, 0.0)


@pytest.mark.parametrize("stats", [{"update": 1}, {"updates": -1}, {"errors": "3"}])
def test_counts_that_mean_nothing_are_refused(state: StateManager, stats: dict[str, int | str]) -> None:
    """By name, before anything is written."""
    with pytest.raises(ValueError, match=next(iter(stats))):
        state.record_streaming_heartbeat("ib_stream", [], stats)
    assert not state.path.exists()


# ---- the file --------------------------------------------------------------------------------------------------------


def test_two_processes_write_one_file_and_lose_nothing(tmp_path: Path, processes: Processes) -> None:
    """Each its own stream, both at the same time."""
    path = tmp_path / STATE_FILE
    children = {name: processes.start("locking") for name in ("ib_stream", "ig_stream")}
    for child in children.values():
        child.ask("ready")
    for name, child in children.items():
        child.tell("record", path=str(path), stream_type=name, count=300)
    for child in children.values():
        child.answer(50)
    state = StateManager(path)
    assert [state.get_streaming_health(name)["total_updates"] for name in children] == [300, 300]
    assert sorted(file.name for file in tmp_path.iterdir()) == [".streaming.json.lock", "streaming.json"]


def test_a_file_that_stays_locked_is_an_error_in_time(state: StateManager) -> None:
    """It names the file; the next record makes up for it."""
    state.record_streaming_heartbeat("ib_stream", [], {"updates": 1})
    impatient = StateManager(state.path, lock_timeout_s=0.05)
    holder = ByteLock(state.path.with_name(".streaming.json.lock"), 0)
    try:
        assert holder.try_acquire()
        with pytest.raises(StateFileBusy, match="locked by another process"):
            impatient.record_streaming_heartbeat("ib_stream", [], {"updates": 2})
        assert impatient.get_streaming_health("ib_stream")["total_updates"] == 1
    finally:
        holder.close()
    impatient.record_streaming_heartbeat("ib_stream", [], {"updates": 3})
    assert impatient.get_streaming_health("ib_stream")["total_updates"] == 3


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"[]", b"\xff", b'{"streaming_heartbeats": {"ib_stream": {"start_time": "soon"}}}'),
        b'{"streaming_heartbeats": {"x": %s}}' % WITHOUT_ZONE,
        b'{"streaming_heartbeats": {"\xff": {}}}',
        b'{"later": ' + b"[" * 100_000,
    ],
)
def test_a_file_that_is_not_ours_is_put_aside(
    state: StateManager, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    """Whole, under a name that the log tells; asking leaves it where it is."""
    state.path.parent.mkdir()
    state.path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert state.get_streaming_health("ib_stream")["status"] == "not_running"
        assert state.path.read_bytes() == content
        state.record_streaming_heartbeat("ib_stream", ["SPY"], {"updates": 1})
    (aside,) = state.path.parent.glob("streaming.json.broken-*")
    assert aside.read_bytes() == content
    assert str(aside) in caplog.text
    assert state.get_streaming_health("ib_stream")["total_updates"] == 1


def test_the_file_is_replaced_as_a_whole(state: StateManager) -> None:
    """Who has the old one open keeps it; everybody may read; times are in UTC."""
    state.record_streaming_heartbeat("ib_stream", [], {"updates": 1})
    with state.path.open() as old:
        state.record_streaming_heartbeat("ib_stream", [], {"updates": 2})
        assert json.load(old)["streaming_heartbeats"]["ib_stream"]["total_updates"] == 1
    assert state.path.stat().st_mode & 0o777 == 0o644
    for key in ("start_time", "last_heartbeat", "last_data_time"):
        assert datetime.fromisoformat(entry_of(state)[key]).utcoffset() == timedelta(0)


def test_a_full_disk_leaves_the_old_state(tmp_path: Path, processes: Processes) -> None:
    """The error is the system's own; with room again the count is right."""
    root = tmp_path / "data"
    root.mkdir()
    mount = 'mount -t tmpfs -o size=64k tickring-test "$0" && exec "$@"'
    child = processes.start("locking", under=unshare_or_skip("--mount", "sh", "-c", mount, str(root)))
    path = str(root / STATE_FILE)
    child.ask("record", path=path, stream_type="ib_stream", count=2)
    child.ask("fill", root=str(root))
    with pytest.raises(AssertionError, match="No space left"):
        child.ask("record", path=path, stream_type="ib_stream", count=3)
    assert child.ask("health", path=path, stream_type="ib_stream")["total_updates"] == 2
    child.ask("empty", root=str(root))
    child.ask("record", path=path, stream_type="ib_stream", count=4)
    assert child.ask("health", path=path, stream_type="ib_stream")["total_updates"] == 2 + 4
    assert list(root.iterdir()) == []  # the mount is the child's alone
