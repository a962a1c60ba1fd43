"""The planner as a process: what the pipe says, what the header and the status say, whatever happens to a database."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.planner_run import PlannerRun, planner_config
from tests.waiting import wait_until
from tickring.config import ContractConfig, DatabaseConfig
from tickring.control.messages import Reload, Start, Stop, Subscribe, Unsubscribe
from tickring.db import Database, Position, Project
from tickring.db.event_log import newest_events
from tickring.planner.contracts import pin_contract
from tickring.planner.projects import add_project, set_theme
from tickring.reader import QuoteReader

if TYPE_CHECKING:
    from tests.feeds import Feed
    from tests.postgres_cluster import PostgresCluster


def make_theme(database: Database, symbols: str, *, name: str = "Desk") -> int:
    """A project of this name with this theme, made or changed."""
    with database.writing() as session:
        found = session.query(Project).filter_by(name=name).one_or_none() or add_project(session, name)
        set_theme(session, found, symbols.split())
        return found.id


def hold(database: Database, symbol: str, quantity: int, *, account: str = "SIM1", **values: object) -> None:
    """A position as last seen."""
    with database.writing() as session:
        row = Position(account=account, position_key=symbol, symbol=symbol, quantity=Decimal(quantity), **values)
        row.multiplier, row.seen_at = Decimal(1), datetime.now(UTC)
        session.merge(row)


def test_the_theme_is_streamed_and_followed(feed: Feed, database_config: DatabaseConfig) -> None:
    """From the database to the pipe; what stays is not named again; the header shows that the planner lives."""
    with Database.open(database_config) as database:
        make_theme(database, "SPY QQQ")
        with PlannerRun(planner_config(feed.name, database_config)) as planner:
            planner.wait_streamed("QQQ", "SPY")
            make_theme(database, "QQQ NVDA")
            planner.wait_streamed("NVDA", "QQQ")
            assert planner.messages == [
                Subscribe(symbols={"QQQ": ContractConfig(), "SPY": ContractConfig()}),
                Unsubscribe(symbols=("SPY",)),
                Subscribe(symbols={"NVDA": ContractConfig()}),
            ]
            with QuoteReader.open(feed.name, api_mode="mock") as reader:
                (line,) = reader.status().children
            assert (line.name, line.pid) == ("planner", planner.process.pid)
            status = planner.wait_fault(0, None)
            assert {(row.symbol, row.origin, row.state) for row in status.symbols} == {
                ("NVDA", "theme", "streamed"),
                ("QQQ", "theme", "streamed"),
            }
            assert "theme of project 1 'Desk': 2 symbols" in str(status.origins[0].answer)
            assert planner.stop() == 0
        with database.reading() as session:
            kinds = [entry.kind for entry in newest_events(session, 100)]
        assert kinds.count("set.changed") >= 1


def test_positions_are_streamed_above_the_limit_and_truncation_is_told(
    segment_name: str, feed: Feed, database_config: DatabaseConfig
) -> None:
    """Money that is at stake is watched first; those of another kind of account do not count."""
    with Database.open(database_config) as database:
        make_theme(database, "AAA BBB CCC")
        hold(database, "ZZZ", -5)
        hold(database, "YYY", 5)
        hold(database, "FLAT", 0)
        hold(database, "PAPER", 5, account="DU1")
        hold(database, "SHOP", 5, currency="CAD")
        with PlannerRun(planner_config(segment_name, database_config, max_symbols=2)) as planner:
            planner.wait_streamed("YYY", "ZZZ")
            status = planner.wait_fault(1, None)
            states = {row.symbol: (row.origin, row.state) for row in status.symbols}
            assert states == {
                "YYY": ("position", "streamed"),
                "ZZZ": ("position", "streamed"),
                "AAA": ("theme", "truncated"),
                "BBB": ("theme", "truncated"),
                "CCC": ("theme", "truncated"),
            }
            assert "is in CAD, but SHOP is in USD here" in status.unnamed["position SHOP (CAD)"]
    del feed


def test_a_pin_changes_one_symbol_and_touches_no_other(feed: Feed, database_config: DatabaseConfig) -> None:
    """Without a restart: that one is subscribed anew with its contract."""
    with Database.open(database_config) as database:
        make_theme(database, "KWEB SPY")
        with PlannerRun(planner_config(feed.name, database_config)) as planner:
            planner.wait_streamed("KWEB", "SPY")
            pinned = ContractConfig(con_id=139_673_266, primary_exchange="ARCA")
            with database.writing() as session:
                pin_contract(session, "kweb", pinned)

            def is_pinned() -> bool:
                planner.take()
                return planner.streamed.get("KWEB") == pinned

            wait_until(is_pinned, "KWEB has its contract")
            assert planner.messages[1:] == [Unsubscribe(symbols=("KWEB",)), Subscribe(symbols={"KWEB": pinned})]
            wait_until(lambda: planner.status().symbols[0].con_id == 139_673_266, "the status has the contract")


@pytest.mark.slow
def test_a_run_brings_its_own_parameters(feed: Feed, database_config: DatabaseConfig) -> None:
    """Start, Stop, Reload and Subscribe over the pipe."""
    with Database.open(database_config) as database:
        make_theme(database, "SPY QQQ")
        second = make_theme(database, "KO XOM", name="Second")
        with PlannerRun(planner_config(feed.name, database_config)) as planner:
            planner.wait_streamed("QQQ", "SPY")
            planner.streamed.clear()
            planner.send(Start(project_id=second, max_symbols=1))
            planner.wait_streamed("KO")
            wait_until(lambda: planner.status().project_id == second, "the status names the project")
            planner.streamed.clear()
            planner.send(Start(symbols=("f", "GM")))
            planner.wait_streamed("F", "GM")
            planner.streamed.clear()
            planner.send(Reload())
            planner.wait_streamed("F", "GM")
            planner.send(Subscribe(symbols={"OLD": ContractConfig()}))
            wait_until(lambda: any(m == Unsubscribe(symbols=("OLD",)) for m in taken(planner)), "OLD is let go")
            planner.send(Stop())
            wait_until(lambda: planner.status().symbols == (), "nothing is wanted")
            planner.pipe.send_bytes(b"garbage")
            planner.send(Start())
            wait_until(lambda: len(planner.status().symbols) == 2, "it goes on after garbage")


def taken(planner: PlannerRun) -> list[Subscribe | Unsubscribe]:
    """Every message so far; OLD was streamed before."""
    planner.streamed["OLD"] = ContractConfig()
    planner.take()
    return planner.messages


def test_without_an_answer_nothing_that_was_streamed_before_is_let_go(feed: Feed, tmp_path: Path) -> None:
    """A planner that starts while its database is away keeps what its forerunner had subscribed."""
    config = DatabaseConfig(url=f"sqlite:///{tmp_path / 'tickring.db'}", busy_timeout_s=0.1)
    (tmp_path / "tickring.db").mkdir()
    with PlannerRun(planner_config(feed.name, config)) as planner:
        planner.send(Subscribe(symbols={"SPY": ContractConfig(), "QQQ": ContractConfig()}))
        planner.streamed = {"SPY": ContractConfig(), "QQQ": ContractConfig()}
        planner.wait_fault(0, "cannot be made or written")
        wait_until(lambda: len(planner.status().symbols) == 2, "both are kept", show=planner.status)
        (tmp_path / "tickring.db").rmdir()
        with Database.open(config) as database:
            make_theme(database, "SPY KO")
        planner.wait_streamed("KO", "SPY")


def test_a_locked_database_keeps_the_last_good_set(feed: Feed, tmp_path: Path) -> None:
    """The set stays, the fault is told with its beginning, and the log is written when the lock is gone."""
    path = tmp_path / "tickring.db"
    config = DatabaseConfig(url=f"sqlite:///{path}", busy_timeout_s=0.1)
    with Database.open(config) as database:
        make_theme(database, "SPY QQQ")
    # Without WAL a lock keeps readers out too: the worst that SQLite can do.
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
    with PlannerRun(planner_config(feed.name, config)) as planner:
        planner.wait_streamed("QQQ", "SPY")
        with closing(sqlite3.connect(path, isolation_level=None, timeout=20)) as other:
            other.execute("PRAGMA locking_mode = EXCLUSIVE")
            other.execute("BEGIN EXCLUSIVE")
            status = planner.wait_fault(0, "database is locked")
            assert status.origins[0].failing_since is not None
            assert status.origins[0].answer is not None
            planner.take()
            assert set(planner.streamed) == {"QQQ", "SPY"}
            other.execute("ROLLBACK")
        planner.wait_fault(0, None)
        planner.wait_fault(1, None)
        with Database.open(config) as database:
            make_theme(database, "KO")
            planner.wait_streamed("KO")

            def kinds() -> set[str]:
                with database.reading() as session:
                    return {entry.kind for entry in newest_events(session, 100)}

            wait_until(lambda: {"origin.failed", "origin.healed", "set.changed"} <= kinds(), "all is in the log")


def test_a_database_that_vanishes_keeps_the_last_good_set(feed: Feed, tmp_path: Path) -> None:
    """And it is not made anew, empty; when it comes back the set follows it again."""
    path = tmp_path / "tickring.db"
    config = DatabaseConfig(url=f"sqlite:///{path}", busy_timeout_s=1)
    with Database.open(config) as database:
        make_theme(database, "SPY QQQ")
    with PlannerRun(planner_config(feed.name, config)) as planner:
        planner.wait_streamed("QQQ", "SPY")
        shutil.move(path, tmp_path / "away.db")
        planner.wait_fault(0, "unable to open database file")
        assert not path.exists()
        planner.take()
        assert set(planner.streamed) == {"QQQ", "SPY"}
        shutil.move(tmp_path / "away.db", path)
        planner.wait_fault(0, None)
        with Database.open(config) as database:
            make_theme(database, "SPY")
        planner.wait_streamed("SPY")


@pytest.mark.slow
def test_a_postgresql_that_dies_and_hangs_keeps_the_last_good_set(feed: Feed, own_postgres: PostgresCluster) -> None:
    """Killed: a fault within a refresh. Stopped: the planner says that it is slow, and its heartbeat goes on."""
    config = DatabaseConfig(url=own_postgres.new_database(), connect_timeout_s=2)
    with Database.open(config) as database:
        make_theme(database, "SPY QQQ")
    with PlannerRun(planner_config(feed.name, config)) as planner:
        planner.wait_streamed("QQQ", "SPY")
        own_postgres.end(signal.SIGQUIT)
        planner.wait_fault(0, "does not answer")
        own_postgres.start()
        planner.wait_fault(0, None)

        stopped = own_postgres.stop_all()
        try:
            wait_until(lambda: planner.status().slow_s is not None, "it is told as slow", show=planner.status)
            with QuoteReader.open(feed.name, api_mode="mock") as reader:
                (line,) = reader.status().children
            assert line.heartbeat_age_s < 10
            assert line.state == "degraded"
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)
        wait_until(lambda: planner.status().slow_s is None, "it is quick again", show=planner.status)
        planner.take()
        assert set(planner.streamed) == {"QQQ", "SPY"}
        assert not [message for message in planner.messages if isinstance(message, Unsubscribe)]


@pytest.mark.slow
def test_five_thousand_symbols_reach_the_pipe(feed: Feed, sqlite_config: DatabaseConfig) -> None:
    """In messages that a feeder takes one by one; a pipe that is not read meanwhile stops no heartbeat."""
    symbols = [f"S{number:05d}" for number in range(5000)]
    with Database.open(sqlite_config) as database:
        make_theme(database, " ".join(symbols))
    with PlannerRun(planner_config(feed.name, sqlite_config, max_symbols=5000)) as planner:
        wait_until(lambda: read_symbols(planner) == 5000, "the status has them all", timeout_s=40)
        planner.wait_streamed(*symbols)
        assert max(len(message.symbols) for message in planner.messages) <= 500


def read_symbols(planner: PlannerRun) -> int:
    """How many the status names; 0 before there is one."""
    try:
        return len(planner.status().symbols)
    except AssertionError:
        return 0


def test_it_ends_when_the_other_end_of_its_pipe_is_gone(feed: Feed, sqlite_config: DatabaseConfig) -> None:
    """A planner that nobody hears is of no use."""
    with PlannerRun(planner_config(feed.name, sqlite_config, symbols=("SPY",))) as planner:
        planner.wait_streamed("SPY")
        planner.pipe.close()
        planner.process.join(30)
        assert planner.process.exitcode == 0


def test_a_planner_that_is_killed_leaves_its_line_to_the_next(feed: Feed, sqlite_config: DatabaseConfig) -> None:
    """SIGKILL needs no clean-up by anybody."""
    config = planner_config(feed.name, sqlite_config, symbols=("SPY",))
    with PlannerRun(config) as planner:
        planner.wait_streamed("SPY")
        planner.signal(signal.SIGKILL)
        planner.process.join(20)
    with PlannerRun(config) as planner:
        planner.wait_streamed("SPY")
        with QuoteReader.open(feed.name, api_mode="mock") as reader:
            wait_until(lambda: reader.status().children[0].pid == planner.process.pid, "the line is its own")
