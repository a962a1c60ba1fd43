"""The plan's own tests of a whole run in mock mode: start, disconnect, second start; and the sample of `tickring run`.

`test_ib_stream_symbols.py` has the one about the set.
"""

from __future__ import annotations

import json
import os
import signal
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli_runs import answer
from tests.json_files import check_against_schema
from tests.main_runs import MainRun
from tests.supervisor_rig import SupervisorRig
from tests.waiting import wait_until
from tickring.config.structs import DatabaseConfig
from tickring.control.messages import Refusal, Start
from tickring.db import Database
from tickring.db.stream_runs import newest_runs
from tickring.errors import JobLockBusy
from tickring.job_lock import acquire_stream_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytest.importorskip("ibapi", reason="the feeder needs ibapi: pip install 'tickring[ib]'")
pytestmark = pytest.mark.slow

SOON = {"fallback_after_s": 0.3, "fallback_period_s": 1.0, "snapshot_timeout_s": 1.0, "history_identical_s": 1.0}


@pytest.fixture
def rig(segment_name: str, tmp_path: Path) -> Iterator[Callable[..., SupervisorRig]]:
    """Starts a supervisor with the real feeder on its own simulator."""
    with ExitStack() as rigs:

        def start(**changes: dict[str, Any]) -> SupervisorRig:
            sections = {"supervisor": {"heartbeat_limit_s": 5.0}, **changes}
            return rigs.enter_context(SupervisorRig(segment_name, tmp_path, is_embedded=True, **sections))

        yield start


def quote_of(place: Path, symbol: str) -> dict[str, Any]:
    """What the symbol's file says; empty before there is one."""
    path = place / "data" / "stream" / f"{symbol}.json"
    return check_against_schema("quote", path) if path.exists() else {}


def status_of(place: Path) -> dict[str, Any]:
    """What `_status.json` says; empty before there is one."""
    path = place / "data" / "stream" / "_status.json"
    return check_against_schema("status", path) if path.exists() else {}


def test_mock_start_writes_the_quote_and_connects(rig: Callable[..., SupervisorRig]) -> None:
    """Mode mock: start, then `stream/SPY.json` from the stream, then the status `connected`."""
    running = rig()
    running.wait(lambda: quote_of(running.place, "SPY").get("bid") is not None, "SPY.json has a bid")
    running.wait(lambda: status_of(running.place).get("status") == "connected", "the status is connected")
    quote, status = quote_of(running.place, "SPY"), status_of(running.place)
    assert (quote["symbol"], quote["source"], quote["currency"]) == ("SPY", "ib_stream", "USD")
    assert status["subscribed_symbols"] == ["QQQ", "SPY"]
    assert running.end() == 0
    assert status_of(running.place)["status"] == "disconnected"


def test_disconnect_degrades_and_falls_back(rig: Callable[..., SupervisorRig]) -> None:
    """The gateway drops the connection and then streams nothing of SPY: `degraded`, and its file is of other means."""
    running = rig(feeder=SOON)
    running.wait(lambda: status_of(running.place).get("status") == "connected", "the status is connected")
    with running.client() as client:
        client.simulator("mute", symbol="SPY")
        client.simulator("refuse", seconds=1.0)
        client.simulator("fin")
    running.wait(lambda: status_of(running.place).get("status") == "degraded", "the status is degraded")
    fallbacks = {"ib_snapshot", "ib_history"}
    running.wait(lambda: quote_of(running.place, "SPY")["source"] in fallbacks, "SPY.json is of snapshot or history")
    running.wait(lambda: status_of(running.place)["status"] == "degraded", "so is the status")
    running.wait(lambda: quote_of(running.place, "QQQ")["source"] == "ib_stream", "QQQ streams again")
    with running.client() as client:
        client.simulator("unmute")
    running.wait(lambda: quote_of(running.place, "SPY")["source"] == "ib_stream", "SPY streams again")
    running.wait(lambda: status_of(running.place)["status"] == "connected", "the status is connected again")


def test_concurrent_start_is_rejected(rig: Callable[..., SupervisorRig], tmp_path: Path) -> None:
    """While a run is on a second start gets `ib_stream_lock_busy` with the holder, over the socket and by the lock."""
    running = rig()
    first = running.wait_report(lambda one: one.run is not None, "a run is on").run
    assert first is not None
    with running.client() as client:
        refused = client.ask(Start(by="second"))
    assert isinstance(refused, Refusal)
    assert refused.code == "ib_stream_lock_busy"
    assert refused.holder is not None
    assert (refused.holder.pid, refused.holder.run_id) == (running.process.pid, first.run_id)
    with pytest.raises(JobLockBusy, match=r"^ib_stream_lock_busy: "):
        acquire_stream_lock(tmp_path / "data")
    report = running.report()
    assert report.run is not None
    assert report.run.run_id == first.run_id


def test_the_sample_goes_from_its_database_to_the_stream(segment_name: str, tmp_path: Path) -> None:
    """`tickring run` alone: a database of its own, the sample's set live, symbols and positions each on one screen."""
    real = tmp_path / "real.db"
    environment = {"TICKRING_DATABASE_URL": f"sqlite:///{real}"}
    with MainRun(segment_name, tmp_path, env=environment) as run:
        for symbol in ("BRK B", "GLD"):  # a position, and one of the snapshot
            run.live_reader(symbol).close()

        def page(*command: str) -> str:
            return answer(*command, "--segment", segment_name, env={"COLUMNS": "120", "LINES": "40"}).output

        symbols = page("symbols")
        assert "project 1: 14 streamed of at most 100" in symbols
        assert "snapshot 1 'Sample decisions' of project 1 'Sample project': 13 symbols" in symbols
        assert len(symbols.splitlines()) < 30
        wait_until(
            lambda: "4 of 4 positions vouched" in page("positions", "--api-mode", "mock"),
            "all positions are valued",
            show=lambda: page("positions", "--api-mode", "mock"),
        )
        os.kill(run.pid_of("planner"), signal.SIGKILL)
        wait_until(lambda: run.lives_of("planner") == 2, "another planner")
        wait_until(lambda: json.loads(page("symbols", "--json"))["pid"] == run.pid_of("planner"), "it tells the set")
        wait_until(lambda: "14 streamed" in page("symbols"), "the same set")
        assert run.end()[0] == 0
        run.check_nothing_left()
    assert not real.exists()
    url = f"sqlite:///{tmp_path / 'data' / 'sample.db'}"
    with Database.open(DatabaseConfig(url=url)) as database, database.reading() as session:
        (recorded,) = newest_runs(session, 10)
        assert (recorded.pid, recorded.ended_how) == (run.process.pid, "the supervisor ends")
