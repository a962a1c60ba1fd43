"""Contracts, positions and orders from a gateway's socket to the database, the set and the files; with commands."""

from __future__ import annotations

import json
import os
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli_runs import answer
from tests.supervisor_rig import SupervisorRig
from tests.test_planner_process import make_theme
from tests.test_supervisor_planner import PROGRAMS, QUICK, choose, config_of, pid_of, planned
from tests.twin_listings import TWINS
from tickring.config.structs import ContractConfig
from tickring.db import Contract, Database, Position, WorkingOrder
from tickring.db.event_log import newest_events
from tickring.errors import RequestRefused
from tickring.names import FEEDER_CONTRACTS_FILE, SegmentPaths
from tickring.planner.contracts import pin_contract
from tickring.planner_status import read_planner_status
from tickring.positions import PositionsTable
from tickring.reader import Verdict
from tickring.sample_book import SAMPLE_ACCOUNT, SAMPLE_HOLDINGS
from tickring.simulator.running import SimulatorProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typer.testing import Result

pytest.importorskip("ibapi", reason="the feeder needs ibapi: pip install 'tickring[ib]'")
pytestmark = pytest.mark.slow

READING = {"read_positions": True, "positions_period_s": 0.3, "contract_period_s": 0.05}
LISTING = """
[[listing]]
symbol = "KWEBX"
price = 30.0
con_id = {con_id}
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """The desk's database."""
    with Database.open(config_of(tmp_path)) as opened:
        yield opened


@pytest.fixture
def rig(segment_name: str, tmp_path: Path) -> Iterator[Callable[..., SupervisorRig]]:
    """Starts a supervisor with the real feeder and planner, on its own simulator unless told another gateway."""

    def start(**changes: Any) -> SupervisorRig:
        sections: dict[str, Any] = {
            "is_embedded": "gateway" not in changes,
            "stream": {"symbols": ()},
            "sessions": {"always_open": True},
            "database": {"url": config_of(tmp_path).url, "busy_timeout_s": 0.3},
            **changes,
        }
        sections["planner"] = {**QUICK, **READING, **changes.get("planner", {})}
        sections["supervisor"] = {"heartbeat_limit_s": 5.0, **changes.get("supervisor", {})}
        return rigs.enter_context(SupervisorRig(segment_name, tmp_path, **sections))

    with ExitStack() as rigs:
        yield start


def simulator(place: Path, con_id: int, port: int = 0) -> SimulatorProcess:
    """A gateway with two listings of one name, and one that has this number today."""
    file = place / f"listings-{con_id}.toml"
    file.write_text(LISTING.format(con_id=con_id) + TWINS)
    return SimulatorProcess.start(
        port=port, always_open=True, pace=0.1, sample_s=0.02, listings=str(file), accounts=("SIM7",), holdings=[]
    )


def resolve(running: SupervisorRig, place: Path, symbol: str, *more: str) -> Result:
    """`tickring contract resolve` of the desk."""
    url = f"database.url={config_of(place).url}"
    return answer("contract", "resolve", symbol, "--segment", running.segment, "--set", url, *more)


def con_ids(database: Database) -> dict[str, int | None]:
    """The contracts of the database of which hours are known, by symbol."""
    with database.reading() as session:
        rows = session.query(Contract).filter(Contract.resolved_at.is_not(None))
        return {row.symbol: row.con_id for row in rows}


def kept_number(running: SupervisorRig, symbol: str) -> int | None:
    """The number by which the feeder streams a symbol."""
    kept = json.loads((SegmentPaths.of(running.segment).directory / FEEDER_CONTRACTS_FILE).read_bytes())
    entry = kept["contracts"].get(symbol)
    return entry and int(entry["known"]["con_id"])


def events(database: Database, kind: str) -> list[str]:
    """Subjects of the log's entries of a kind."""
    with database.reading() as session:
        return [event.subject for event in newest_events(session, 200) if event.kind == kind]


def origins(running: SupervisorRig) -> dict[str, str]:
    """Why each symbol is streamed, of those that are."""
    status = read_planner_status(running.segment)
    return {row.symbol: row.origin for row in status.symbols if row.state == "streamed"} if status else {}


def told_positions(running: SupervisorRig) -> dict[str, float]:
    """The table beside the segment."""
    return {row.symbol: row.quantity for row in PositionsTable.read(running.segment).positions}


# ---- contracts -------------------------------------------------------------------------------------------------------


def test_what_is_streamed_gets_its_contract_and_hours(rig: Callable[..., SupervisorRig], database: Database) -> None:
    """By itself, spread out, and without touching a stream; killed planners and feeders change nothing of it."""
    make_theme(database, "QQQ NVDA")
    running = rig(planner={"read_positions": False})
    with running.live_reader("QQQ") as reader:
        running.wait_live(reader, "NVDA")
        generation, feeder = reader["QQQ"].generation, pid_of(running, "feeder")
        running.wait(lambda: set(con_ids(database)) == {"QQQ", "NVDA"}, "both are resolved")
        with database.reading() as session:
            row = session.get_one(Contract, "NVDA")
            assert (row.told_by, row.is_pinned, row.currency) == ("simulator", False, "USD")
            assert row.min_tick is not None
            assert row.liquid_hours
        os.kill(pid_of(running, "planner"), signal.SIGKILL)
        running.wait_report(lambda one: one.children[2].restarts == 1, "another planner")
        make_theme(database, "QQQ NVDA AMD")
        running.wait_live(reader, "AMD")
        running.wait(lambda: "AMD" in con_ids(database), "that one too")
        assert (reader["QQQ"].generation, pid_of(running, "feeder")) == (generation, feeder)
        assert "run.planned removed" not in running.log


def test_a_contract_with_another_number_is_used_without_a_restart(
    rig: Callable[..., SupervisorRig], database: Database, tmp_path: Path
) -> None:
    """The gateway refuses the old number (200): resolved anew, written down, told in the log; the feeder lives on."""
    make_theme(database, "KWEBX SPY")
    with simulator(tmp_path, 21) as before:
        port = before.port
        running = rig(gateway={"port": port, "backoff_first_s": 0.1, "backoff_limit_s": 0.3},
                      planner={"contract_retry_s": 0.5})  # fmt: skip
        with running.live_reader("KWEBX") as reader:
            running.wait(lambda: con_ids(database).get("KWEBX") == 21, "the first number")
            feeder = pid_of(running, "feeder")
            before.close()
            running.wait(lambda: reader["KWEBX"].verdict is not Verdict.LIVE, "the gateway is gone")
            with simulator(tmp_path, 22, port):
                running.wait_live(reader, "KWEBX")
                running.wait_live(reader, "SPY")
                running.wait(lambda: con_ids(database).get("KWEBX") == 22, "the second number")
                assert events(database, "contract.renumbered") == ["KWEBX"]
                running.wait(lambda: kept_number(running, "KWEBX") == 22, "the feeder keeps that one")
                assert pid_of(running, "feeder") == feeder


def test_a_command_asks_through_the_feeder(
    rig: Callable[..., SupervisorRig], database: Database, tmp_path: Path
) -> None:
    """One is kept and shown; several, none, no run: one line that says what helps, and an exit code."""
    make_theme(database, "SPY")
    with simulator(tmp_path, 21) as gateway:
        running = rig(gateway={"port": gateway.port}, planner={"read_positions": False})
        running.live_reader().close()
        done = resolve(running, tmp_path, "kwebx")
        assert done.exit_code == 0, done.stderr
        assert "21" in done.stdout
        assert "0.01" in done.stdout
        row = json.loads(resolve(running, tmp_path, "KWEBX", "--json").stdout)
        assert (row["outcome"], row["contract"]["con_id"], row["contract"]["min_tick"]) == ("resolved", 21, "0.01")
        assert con_ids(database)["KWEBX"] == 21

        several = resolve(running, tmp_path, "TWIN")
        assert several.exit_code == 1
        assert "TWIN is ambiguous: 2 contracts fit" in several.stderr
        assert "tickring contract pin 'TWIN' --con-id N" in several.stdout
        with database.writing() as session:
            pin_contract(session, "TWIN", ContractConfig(con_id=12))
        assert json.loads(resolve(running, tmp_path, "TWIN", "--json").stdout)["contract"]["con_id"] == 12

        unknown = resolve(running, tmp_path, "NOSUCH")
        assert (unknown.exit_code, unknown.stdout) == (1, "")
        assert "NOSUCH is unknown: 200: No security definition" in unknown.stderr
        assert resolve(running, tmp_path, "../x").exit_code == 2

        gateway.do("slow", seconds=60)
        silent = resolve(running, tmp_path, "QQQ", "--set", "stream.project_id=1")
        assert silent.exit_code == 1
        assert "has not answered" in silent.stderr
        gateway.do("slow", seconds=0)

        with running.client() as client:
            client.stop()
            with pytest.raises(RequestRefused, match="no run is on"):
                client.resolve_contract("SPY", ContractConfig())
        refused = resolve(running, tmp_path, "SPY")
        assert refused.exit_code == 1
        assert "tickring: no_run: " in refused.stderr
        assert json.loads(resolve(running, tmp_path, "SPY", "--json").stdout)["code"] == "no_run"
        running.end()
        assert resolve(running, tmp_path, "SPY").exit_code == 2


# ---- positions and orders --------------------------------------------------------------------------------------------


def test_the_sample_account_is_read_from_the_gateway(rig: Callable[..., SupervisorRig], database: Database) -> None:
    """What the simulated gateway holds stands in the database and beside the segment, and is streamed."""
    make_theme(database, "QQQ")
    running = rig()
    whole = {symbol: float(quantity) for symbol, quantity, _ in SAMPLE_HOLDINGS}
    with running.live_reader("QQQ") as reader:
        running.wait(lambda: told_positions(running) == whole, "the positions are told")
        for symbol in whole:
            running.wait_live(reader, symbol)
        assert origins(running) == {**dict.fromkeys(whole, "position"), "QQQ": "theme"}
        rows = PositionsTable.read(running.segment).positions
        assert {(row.account, row.currency) for row in rows} == {(SAMPLE_ACCOUNT, "USD")}
        assert {row.symbol: str(row.average_cost) for row in rows}["SPY"] == "512.3"
        assert all(row.con_id > 0 for row in rows)


def test_what_money_hangs_on_is_streamed_above_the_limit(rig: Callable[..., SupervisorRig], database: Database) -> None:
    """A position and an order that come while it streams; one that is closed goes; the least important make way."""
    project_id = make_theme(database, "QQQ NVDA")
    choose(database, project_id, "QQQ", "NVDA")
    with SimulatorProcess.start(always_open=True, pace=0.1, sample_s=0.02, accounts=("SIM7",), holdings=[]) as gateway:
        running = rig(gateway={"port": gateway.port}, planner={"max_symbols": 1})
        with running.live_reader("QQQ") as reader:
            gateway.do("hold", symbol="IWM", quantity=-7, average_cost=200.5)
            gateway.do("hold", symbol="GLD", quantity=3, average_cost=180.0)
            gateway.do("order", symbol="AMD", side="BUY", quantity=10)
            for symbol in ("IWM", "GLD", "AMD"):
                running.wait_live(reader, symbol)
            running.wait(lambda: told_positions(running) == {"IWM": -7.0, "GLD": 3.0}, "both positions are told")
            running.wait(
                lambda: origins(running) == {"IWM": "position", "GLD": "position", "AMD": "working_order"},
                "only what is held",
            )
            gateway.do("hold", symbol="GLD", quantity=0)
            gateway.do("order", symbol="AMD", quantity=0)
            running.wait(lambda: reader["AMD"].verdict is Verdict.MISSING, "the order is gone")
            running.wait(lambda: reader["GLD"].verdict is Verdict.MISSING, "the position is closed")
            assert reader["IWM"].verdict is Verdict.LIVE
            assert planned(running.report()) == 1


def test_a_silent_gateway_leaves_the_last_known_with_their_age(
    rig: Callable[..., SupervisorRig], database: Database
) -> None:
    """Neither closed nor renewed; the next life of the planner and of the feeder find them, too."""
    make_theme(database, "QQQ")
    with SimulatorProcess.start(always_open=True, pace=0.1, sample_s=0.02, accounts=("SIM7",)) as gateway:
        running = rig(gateway={"port": gateway.port, "backoff_first_s": 0.1, "backoff_limit_s": 0.3})
        with running.live_reader("QQQ") as reader:
            running.wait(lambda: len(told_positions(running)) == 3, "the positions")

            def seen() -> set[str]:
                return {row.seen_at for row in PositionsTable.read(running.segment).positions}

            first = seen()
            running.wait(lambda: seen() != first, "they are renewed")
            gateway.do("slow", seconds=300)
            gateway.do("refuse", seconds=3)
            gateway.do("rst")
            running.wait(lambda: reader["QQQ"].verdict is not Verdict.LIVE, "the gateway is gone")
            for child in ("planner", "feeder"):
                os.kill(pid_of(running, child), signal.SIGKILL)
            running.wait_report(lambda one: all(c.restarts == 1 for c in one.children[-2:]), "other children")

            def wait_written() -> None:
                version = PositionsTable.read(running.segment).version
                running.wait(lambda: PositionsTable.read(running.segment).version > version + 2, "it is written again")

            wait_written()
            last = seen()
            wait_written()
            assert (len(told_positions(running)), seen()) == (3, last)
            running.wait(lambda: {"SPY", "AAPL", "TSLA"} <= set(origins(running)), "they are streamed")
            gateway.do("slow", seconds=0)
            running.wait(lambda: seen() != last and len(told_positions(running)) == 3, "it is told again")
            with database.reading() as session:
                assert session.query(Position).count() == 3
                assert session.query(WorkingOrder).count() == 0


def test_it_can_be_switched_off(rig: Callable[..., SupervisorRig], database: Database) -> None:
    """Then the account is not asked at all, and the database has what others write."""
    make_theme(database, "QQQ")
    with SimulatorProcess.start(always_open=True, pace=0.1, sample_s=0.02, accounts=("SIM7",)) as gateway:
        running = rig(gateway={"port": gateway.port}, planner={"read_positions": False})
        running.live_reader("QQQ").close()
        running.wait(lambda: "QQQ" in con_ids(database), "other questions are asked")
        assert not [line for line in gateway.sent() if line.kind in {"Position", "PositionEnd", "OpenOrderEnd"}]
        assert told_positions(running) == {}


def test_a_planner_that_is_deaf_costs_the_feeder_nothing(rig: Callable[..., SupervisorRig], database: Database) -> None:
    """What the gateway says waits in bounds or is dropped; quotes go on."""
    make_theme(database, "QQQ")
    running = rig(programs={"planner": f"{PROGRAMS}:stay_silent"}, planner={"positions_period_s": 0.05})
    running.wait_serving()
    with running.client() as client:
        client.subscribe({"QQQ": ContractConfig()})
    with running.live_reader("QQQ") as reader:
        sequence = reader["QQQ"].sequence
        running.wait(lambda: reader["QQQ"].sequence > sequence, "quotes go on")
        assert running.report().stream.state
