"""The planner under its supervisor: database, set, stream; and nothing that happens to it reaches the feeder."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.feeder_heartbeat import HeartbeatSampler
from tests.processes.child import stop_and_wait
from tests.supervisor_rig import SupervisorRig
from tests.test_planner_process import hold, make_theme
from tickring.config.structs import ContractConfig, DatabaseConfig
from tickring.db import Database, Project
from tickring.db.stream_runs import newest_runs
from tickring.feeder_status import read_feeder_status
from tickring.planner.contracts import pin_contract
from tickring.planner.snapshots import choose_snapshot, import_snapshot
from tickring.planner_status import read_planner_status
from tickring.positions import PositionsTable
from tickring.reader import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tickring.control.messages import SupervisorReport

pytest.importorskip("ibapi", reason="the feeder needs ibapi: pip install 'tickring[ib]'")
pytestmark = pytest.mark.slow

QUICK = {
    "refresh_interval_s": 0.2,
    "min_hold_s": 0.0,
    "unsubscribe_grace_s": 0.0,
    "heartbeat_period_s": 0.02,
    "refresh_timeout_s": 1.0,
    "read_positions": False,
}
PROGRAMS = "tests.processes.planning"
CALM_S = 1.0
"""No stamp of the feeder may be older on a machine that others use too; alone it is some tens of milliseconds."""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """The desk's database."""
    with Database.open(config_of(tmp_path)) as opened:
        yield opened


@pytest.fixture
def rig(segment_name: str, tmp_path: Path) -> Iterator[Callable[..., SupervisorRig]]:
    """Starts a supervisor with the real feeder on a simulated gateway, and a planner that asks the database."""

    def start(**changes: dict[str, Any]) -> SupervisorRig:
        sections: dict[str, Any] = {
            "is_embedded": True,
            "stream": {"symbols": ()},
            "database": {"url": config_of(tmp_path).url, "busy_timeout_s": 0.3},
            **changes,
        }
        sections["planner"] = {**QUICK, **changes.get("planner", {})}
        sections["supervisor"] = {"heartbeat_limit_s": 5.0, **changes.get("supervisor", {})}
        return rigs.enter_context(SupervisorRig(segment_name, tmp_path, **sections))

    with ExitStack() as rigs:
        yield start


def config_of(place: Path) -> DatabaseConfig:
    """Where the desk's database lies."""
    return DatabaseConfig(url=f"sqlite:///{place / 'desk.db'}", busy_timeout_s=20)


def planned(report: SupervisorReport) -> int:
    """How many symbols are wanted."""
    return 0 if report.run is None else report.run.symbols


def pid_of(running: SupervisorRig, name: str) -> int:
    """The present life's."""
    found = running.child(name).pid
    assert found is not None
    return found


def choose(database: Database, project_id: int, *symbols: str) -> None:
    """A day's decisions, which count from now on."""
    with database.writing() as session:
        project = session.get_one(Project, project_id)
        content = "\n".join(["symbol", *symbols]).encode()
        snapshot = import_snapshot(session, project, content, file_name="day.csv", name="Day")
        choose_snapshot(session, project, snapshot.id)


def close_the_market(database: Database, symbol: str) -> None:
    """IB says of this contract that it does not trade for a month."""
    days = [datetime.now(UTC) + timedelta(days=number) for number in range(-2, 30)]
    with database.writing() as session:
        row = pin_contract(session, symbol, ContractConfig())
        row.time_zone_id, row.resolved_at = "US/Eastern", datetime.now(UTC)
        row.liquid_hours = ";".join(f"{day:%Y%m%d}:CLOSED" for day in days)


def in_session(running: SupervisorRig) -> bool | None:
    """What the present feeder says of its markets."""
    status = read_feeder_status(running.segment)
    return status.in_session if status is not None and status.pid == running.child("feeder").pid else None


# ---- database, set, stream -------------------------------------------------------------------------------------------


def test_from_the_database_to_the_stream(rig: Callable[..., SupervisorRig], database: Database) -> None:
    """The theme is streamed; a snapshot takes its place while it streams; what stays is not touched."""
    project_id = make_theme(database, "SPY QQQ")
    running = rig()
    with running.live_reader("SPY") as reader:
        running.wait_live(reader, "QQQ")
        feeder = pid_of(running, "feeder")
        generation, sequence = reader["QQQ"].generation, reader["QQQ"].sequence
        choose(database, project_id, "QQQ", "NVDA")
        running.wait_live(reader, "NVDA")
        running.wait(lambda: reader["SPY"].verdict is Verdict.MISSING, "SPY is let go")
        assert reader["QQQ"].generation == generation
        running.wait(lambda: reader["QQQ"].sequence > sequence, "QQQ goes on")
        assert pid_of(running, "feeder") == feeder
        assert running.log.count("run.planned added=1 ") == 1
        assert running.log.count("run.planned removed=1 ") == 1
        status = read_planner_status(running.segment)
        assert status is not None
        assert {row.symbol: row.origin for row in status.symbols} == {"NVDA": "snapshot", "QQQ": "snapshot"}
    report = running.wait_report(lambda one: one.stream.status == "connected", "it is connected")
    assert [child.name for child in report.children] == ["gateway", "flusher", "planner", "feeder"]
    assert running.end() == 0
    running.check_nothing_left()


def test_positions_are_streamed_and_told(rig: Callable[..., SupervisorRig], database: Database) -> None:
    """The account's positions stand beside the quotes under the streamed symbol, as long as the database vouches."""
    make_theme(database, "QQQ")
    hold(database, "SPY", -40)
    hold(database, "SHOP", 5, currency="CAD")
    hold(database, "TSLA", 5, account="DU1")
    running = rig()
    with running.live_reader("SPY") as reader:
        running.wait_live(reader, "QQQ")
        running.wait(lambda: len(PositionsTable.read(running.segment).positions) == 2, "both positions are told")
        rows = {row.symbol: row.quantity for row in PositionsTable.read(running.segment).positions}
        assert rows == {"SPY": -40.0, "SHOP (CAD)": 5.0}  # of the latter no quote can be mistaken for its price
        assert planned(running.report()) == 2
        version = PositionsTable.read(running.segment).version
        running.wait(lambda: PositionsTable.read(running.segment).version > version, "it is vouched for again")
        with running.client() as client:
            client.stop()
        version = PositionsTable.read(running.segment).version
        running.wait(lambda: PositionsTable.read(running.segment).age_s() > 1.0, "nobody vouches for it any more")
        assert PositionsTable.read(running.segment).version - version <= 1


def test_runs_are_recorded(rig: Callable[..., SupervisorRig], database: Database) -> None:
    """Who began it, what for, when, and how it ended; also the one that ends with the supervisor."""
    make_theme(database, "SPY")
    second = make_theme(database, "QQQ", name="Second")
    running = rig()
    with running.live_reader("SPY") as reader, running.client() as client:
        first = running.report().run
        assert first is not None
        client.stop(by="the test")
        running.wait(lambda: reader["SPY"].verdict is Verdict.FEED_DOWN, "the run has ended")
        run_id = client.start(project_id=second, by="test").run_id
        running.wait_live(reader, "QQQ")
        assert reader["SPY"].verdict is not Verdict.LIVE
    assert running.end() == 0
    with database.reading() as session:
        newest, before = newest_runs(session, 2)
        assert (before.run_id, before.started_by, before.ended_how) == (
            first.run_id,
            "start",
            "stop was asked for by the test",
        )
        assert (newest.run_id, newest.started_by, newest.project_id) == (run_id, "test", second)
        assert (newest.pid, newest.ended_how) == (running.process.pid, "the supervisor ends")
        assert newest.ended_at is not None
        assert newest.started_at < newest.ended_at


# ---- sessions --------------------------------------------------------------------------------------------------------


def test_the_feeder_knows_that_the_market_is_closed(rig: Callable[..., SupervisorRig], database: Database) -> None:
    """By the contract's own hours; one open market of many is enough; the next life of the feeder knows it too."""
    make_theme(database, "SPY")
    close_the_market(database, "SPY")
    running = rig(simulator={"always_open": False})
    running.wait_serving()
    running.wait(lambda: in_session(running) is False, "all markets are closed")
    report = running.wait_report(lambda one: one.stream.state.startswith("closed"), "the stream says so")
    assert report.stream.status == "connected"
    os.kill(pid_of(running, "feeder"), signal.SIGKILL)
    running.wait_report(lambda one: one.children[-1].restarts == 1, "another feeder")
    running.wait(lambda: in_session(running) is False, "the next one knows it")
    with database.writing() as session:
        pin_contract(session, "BTC", ContractConfig(sec_type="CRYPTO", exchange="PAXOS"))
    make_theme(database, "SPY BTC")
    running.wait(lambda: in_session(running) is True, "one market never closes")


def test_a_simulator_that_never_closes_is_in_session(rig: Callable[..., SupervisorRig], database: Database) -> None:
    """Whatever the hour, and whatever the contract's hours say."""
    make_theme(database, "SPY")
    close_the_market(database, "SPY")
    running = rig()
    running.live_reader().close()
    running.wait(lambda: in_session(running) is True, "it is open")


# ---- what happens to the planner or its database ---------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_lost_planner_disturbs_nobody(
    rig: Callable[..., SupervisorRig], database: Database, number: signal.Signals
) -> None:
    """Killed or hanging: the feeder's heartbeat and quotes go on, the set stays, the next planner takes it over."""
    make_theme(database, "SPY QQQ")
    running = rig(supervisor={"child_heartbeat_limit_s": 2.0})
    with running.live_reader() as reader:
        running.wait_live(reader, "QQQ")
        running.wait_report(lambda one: one.stream.state == "streaming", "everything streams")
        feeder, planner = pid_of(running, "feeder"), pid_of(running, "planner")
        generation = reader["SPY"].generation
        before = running.log.count("stream.changed")
        with HeartbeatSampler(running.segment, feeder) as heart:
            if number is signal.SIGSTOP:
                stop_and_wait(planner)
            else:
                os.kill(planner, number)
            sequence = reader["SPY"].sequence
            report = running.wait_report(lambda one: one.children[2].restarts == 1, "another planner is started")
            assert planned(report) == 2
            running.wait_report(lambda one: one.children[2].state == "running", "it runs")
            running.wait(lambda: reader["SPY"].sequence > sequence, "quotes go on")
            make_theme(database, "SPY QQQ NVDA")
            running.wait_live(reader, "NVDA")
        assert heart.worst_s < CALM_S
        assert heart.stamps > 0
        assert (pid_of(running, "feeder"), reader["SPY"].generation) == (feeder, generation)
        assert "run.planned removed" not in running.log
        changes = [line for line in running.log.splitlines() if "stream.changed" in line][before:]
        assert not [line for line in changes if "status=degraded" in line or "status=disconnected" in line]


def test_a_planner_that_is_down_is_told(rig: Callable[..., SupervisorRig], database: Database) -> None:
    """The stream stays connected; the child's state and a note say what is missing."""
    make_theme(database, "SPY")
    running = rig(supervisor={"restart_max": 0, "slow_retry_s": 300.0})
    running.live_reader().close()
    running.wait_report(lambda one: one.stream.state == "streaming", "it streams")
    os.kill(pid_of(running, "planner"), signal.SIGKILL)
    report = running.wait_report(lambda one: one.children[2].state == "backing_off", "it is down")
    assert (report.stream.status, report.stream.state) == ("connected", "streaming")
    assert any(note.startswith("planner does not run; the stream goes on as it is: killed") for note in report.notes)
    assert planned(report) == 1


@pytest.mark.parametrize("fault", ["locked", "deleted"])
def test_a_database_that_does_not_answer_changes_nothing(
    rig: Callable[..., SupervisorRig], database: Database, tmp_path: Path, fault: str
) -> None:
    """The last good set is streamed on; the page says since when and why; it heals by itself."""
    make_theme(database, "SPY QQQ")
    running = rig()
    with running.live_reader() as reader, ExitStack() as held:
        running.wait_live(reader, "QQQ")
        file = tmp_path / "desk.db"
        if fault == "locked":
            other = held.enter_context(closing(sqlite3.connect(file, isolation_level=None)))
            other.execute("PRAGMA locking_mode=EXCLUSIVE")
            other.execute("PRAGMA journal_mode=DELETE")
            other.execute("BEGIN EXCLUSIVE")
        else:
            database.close()
            for one in tmp_path.glob("desk.db*"):
                one.unlink()

        def has_fault() -> bool:
            status = read_planner_status(running.segment)
            return status is not None and all(origin.fault is not None for origin in status.origins)

        with HeartbeatSampler(running.segment, pid_of(running, "feeder")) as heart:
            running.wait(has_fault, "the page says it")
            sequence = reader["QQQ"].sequence
            running.wait(lambda: reader["QQQ"].sequence > sequence, "quotes go on")
        assert heart.worst_s < CALM_S
        report = running.wait_report(lambda one: one.stream.state == "streaming", "everything streams")
        assert (planned(report), report.stream.status) == (2, "connected")


@pytest.mark.parametrize("what", ["talk_nonsense", "flood", "stay_silent"])
def test_a_planner_that_misbehaves_harms_neither_supervisor_nor_feeder(
    segment_name: str, tmp_path: Path, what: str
) -> None:
    """Garbage, a flood, or a pipe that nobody reads: orders are answered and quotes go on."""
    with SupervisorRig(
        segment_name,
        tmp_path,
        is_embedded=True,
        programs={"planner": f"{PROGRAMS}:{what}"},
        stream={"symbols": ()},
        supervisor={"heartbeat_limit_s": 5.0},
    ) as running:
        running.wait_serving()
        with running.client() as client:
            client.subscribe({"SPY": ContractConfig()})
            with running.live_reader() as reader:
                feeder = pid_of(running, "feeder")
                with HeartbeatSampler(running.segment, feeder) as heart:
                    if what == "talk_nonsense":
                        running.wait_report(lambda one: one.children[2].restarts >= 2, "it is started again and again")
                        assert "planner.unreadable" in running.log
                    for _ in range(300 if what == "stay_silent" else 20):
                        client.reload()
                    sequence = reader["SPY"].sequence
                    running.wait(lambda: reader["SPY"].sequence > sequence, "quotes go on")
                assert heart.worst_s < CALM_S
                report = running.wait_report(lambda one: one.stream.status == "connected", "it is connected")
                assert (planned(report), pid_of(running, "feeder")) == (1, feeder)
        assert running.end() == 0
        running.check_nothing_left()


# ---- orders beside it ------------------------------------------------------------------------------------------------


def test_what_was_asked_for_by_hand_stays(rig: Callable[..., SupervisorRig], database: Database) -> None:
    """The planner lets go only what it has named itself, also after its restart; an order against it counts at once."""
    make_theme(database, "SPY QQQ")
    running = rig()
    with running.live_reader() as reader, running.client() as client:
        running.wait_live(reader, "QQQ")
        client.subscribe({"NVDA": ContractConfig()})
        running.wait_live(reader, "NVDA")
        client.restart("planner")
        running.wait_report(lambda one: one.children[2].restarts == 1, "another planner")
        make_theme(database, "QQQ MSFT NVDA")
        running.wait_live(reader, "MSFT")
        make_theme(database, "QQQ MSFT")
        running.wait(lambda: reader["SPY"].verdict is Verdict.MISSING, "SPY is let go")
        make_theme(database, "QQQ MSFT KO")
        running.wait_live(reader, "KO")
        assert reader["NVDA"].verdict is not Verdict.MISSING
        client.unsubscribe(["QQQ"])
        running.wait(lambda: reader["QQQ"].verdict is Verdict.MISSING, "QQQ goes at once")
        client.reload()
        running.wait_live(reader, "QQQ")


def test_symbols_of_a_start_do_not_wait(rig: Callable[..., SupervisorRig], tmp_path: Path) -> None:
    """They are streamed at once, though no database answers."""
    (tmp_path / "desk.db").mkdir()
    running = rig(manner={"begins_run": False})
    running.wait_serving()
    with running.client() as client:
        client.start(symbols=("SPY",), by="test")
    running.live_reader("SPY").close()
    assert planned(running.report()) == 1


# ---- without it ------------------------------------------------------------------------------------------------------


def test_with_symbols_of_ones_own_there_is_neither_planner_nor_database(
    rig: Callable[..., SupervisorRig], tmp_path: Path
) -> None:
    """`stream.symbols` says it all."""
    running = rig(stream={"symbols": ("SPY",)})
    running.live_reader().close()
    assert [child.name for child in running.report().children] == ["gateway", "flusher", "feeder"]
    assert not (tmp_path / "desk.db").exists()
    assert running.end() == 0


def test_the_supervisor_knows_no_database() -> None:
    """Neither it nor the feeder imports one, nor calendars."""
    check = (
        "import sys, tickring.supervisor.service, tickring.supervisor.supervisor, tickring.feeder.process; "
        "sys.exit(sum(name in sys.modules for name in ('sqlalchemy', 'alembic', 'pandas', 'tickring.db')))"
    )
    assert subprocess.run([sys.executable, "-P", "-c", check], check=False, timeout=60).returncode == 0
