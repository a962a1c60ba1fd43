"""What clients of the WebSocket are told when the processes behind it die: a real supervisor and a real service."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.processes.child import stop_and_wait
from tests.supervisor_rig import SupervisorRig
from tests.websocket_rig import ApiService, Listener
from tickring.reader import QuoteReader

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def test_a_dead_feed_is_told_though_no_tick_comes(segment_name: str, tmp_path: Path) -> None:
    """Feeder killed, feeder and supervisor stopped: the verdict comes by itself, soon after a reader here sees it."""
    with (
        SupervisorRig(segment_name, tmp_path, "stream") as rig,
        ApiService(segment_name, tmp_path / "api") as service,
        rig.live_reader() as reader,
    ):
        service.wait_ready()
        with Listener(service) as listener:
            listener.say("subscribe", symbols=["SPY"])
            listener.update("SPY", verdict="live")
            feeder = rig.child("feeder").pid
            assert feeder is not None
            rig.remember()

            os.kill(feeder, signal.SIGKILL)
            lost = listener.until("quote_update", lambda one: one["verdict"] not in {"live", "quiet"})
            assert lost["verdict"] in {"feed_down", "stale"}
            assert lost["bid"] is not None
            assert listener.update("SPY", verdict="live")["bid"] is not None
            steps = [listener.event("STREAM_TRANSITION")["event"]]
            assert {"name", "at", "sequence", "state", "status", "cause", "code"} == set(steps[0])
            opened = listener.event("EPISODE_OPENED")["event"]["episode"]
            closed = listener.until("event", lambda one: is_end_of(one["event"], opened))["event"]["episode"]
            assert closed["closed_at"] >= opened["opened_at"]

            feeder = rig.child("feeder").pid
            assert feeder is not None
            rig.remember()
            stop_and_wait(rig.process.pid)
            stop_and_wait(feeder)
            seen_s = when_down(reader)
            heard = listener.update("SPY", verdict="feed_down")
            assert heard["reason"] == "heartbeat"
            assert time.monotonic() - seen_s < 5.0  # promised within a second; this machine may be busy
            listener.until("status_update", lambda one: one["feed_alive"] is False)
            os.kill(feeder, signal.SIGCONT)
            rig.process.send_signal(signal.SIGCONT)
            listener.update("SPY", verdict="live")
            listener.until("status_update", lambda one: one["feed_alive"] is True)
        assert service.end() == 0


def is_end_of(event: dict[str, Any], episode: dict[str, Any]) -> bool:
    """Whether the event says that this episode is over."""
    return bool(event["name"] == "EPISODE_CLOSED" and event["episode"]["episode_id"] == episode["episode_id"])


def when_down(reader: QuoteReader) -> float:
    """Return when a reader in this process sees that the feed is down."""
    ends_s = time.monotonic() + 20
    while reader["SPY"].verdict != "feed_down":
        assert time.monotonic() < ends_s
        time.sleep(0.002)
    return time.monotonic()
