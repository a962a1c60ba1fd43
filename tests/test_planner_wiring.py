"""The parts between planner and feeder: the pipe's end, the inbox, market hours, the record of runs."""

from __future__ import annotations

import os
import select
import sqlite3
import tracemalloc
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.config import Config
from tickring.config.structs import ContractConfig, DatabaseConfig, SessionsConfig
from tickring.control.messages import Reload, Start, Unsubscribe
from tickring.control.planner_messages import RunBegun, RunEnded
from tickring.db import Database
from tickring.db.stream_runs import newest_runs
from tickring.errors import DatabaseError
from tickring.feeder.command_pipe import CommandPipe
from tickring.feeder.commands import FeederCommand, SetSessions, decode_command
from tickring.feeder.market_hours import MarketHours
from tickring.planner.run_book import RunBook
from tickring.planner.session_desk import plan_sessions
from tickring.planner.stored_hours import StoredHours
from tickring.session_table import OpenSpan, SessionTable, SessionTables
from tickring.supervisor.feeder_inbox import FeederInbox
from tickring.supervisor.planner_link import LinkUnreadable, PlannerLink

if TYPE_CHECKING:
    from pathlib import Path

OPEN = SessionTable(calendar="A", from_ns=0, until_ns=100, spans=(OpenSpan(10, 20, "1970-01-01"),))
SHUT = SessionTable(calendar="B", from_ns=0, until_ns=100)
UNKNOWN = SessionTable(calendar="", from_ns=0, until_ns=0, unknown="no calendar")
TABLES = SessionTables(tables=(OPEN, SHUT, UNKNOWN), of_symbol={"O": 0, "P": 0, "S": 1, "U": 2})


@pytest.mark.parametrize(
    ("symbols", "at_ns", "expected"),
    [
        ("", 15, None),
        ("O", 15, True),
        ("O", 20, False),
        ("S U O", 15, True),
        ("S O P", 30, False),
        ("S U", 15, None),
        ("S X", 15, None),
        ("O S", 100, None),
    ],
)
def test_in_session_if_any_market_is_open(symbols: str, at_ns: int, expected: bool | None) -> None:
    """One that is open decides; closed only if all are known to be; a symbol without a table is not known."""
    hours = MarketHours()
    assert hours.in_session(symbols.split(), at_ns) is None
    hours.set(TABLES)
    assert hours.in_session(symbols.split(), at_ns) is expected


def test_tables_longer_than_the_pipe_arrive_whole() -> None:
    """In pieces, between other commands, though nobody reads at first."""
    inbox = FeederInbox()
    symbols = {f"SYMBOL{number}": 0 for number in range(20_000)}
    inbox.add({"SPY": ContractConfig()})
    inbox.set_sessions(SessionTables(tables=(OPEN,), of_symbol=symbols))
    inbox.remove(["SPY"])
    assert [events for _, events in inbox.fds] == [select.POLLIN | select.POLLOUT]
    pipe = CommandPipe(inbox.reading)
    commands: list[FeederCommand] = []
    while len(commands) < 3:
        commands += [decode_command(data) for data in pipe.take()]
        inbox.flush()
    assert isinstance(commands[1], SetSessions)
    assert commands[1].tables.of_symbol == symbols
    assert [events for _, events in inbox.fds] == [select.POLLIN]
    inbox.close()


@given(cuts=st.lists(st.integers(1, 40), max_size=30))
def test_messages_come_out_whole_however_they_are_cut(cuts: list[int]) -> None:
    """Never waiting for the rest of one."""
    link = PlannerLink()
    try:
        payloads = [msgspec.json.encode(Unsubscribe(("SPY", str(number)))) for number in range(3)]
        stream = b"".join(len(payload).to_bytes(4, "big") + payload for payload in payloads)
        got = link.take()
        for cut in (*cuts, len(stream)):
            if stream:
                os.write(link.theirs.fileno(), stream[:cut])
            stream = stream[cut:]
            got += link.take()
        assert got == [Unsubscribe(("SPY", str(number))) for number in range(3)]
    finally:
        link.close()


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1", b"\0\0\0\2{}", b"\0\0\0\3\xff\xfe\xfd", b"\0\0\0\1["])
def test_nonsense_is_named(data: bytes) -> None:
    """A length beyond the limit, or a frame that is no message."""
    link = PlannerLink()
    os.write(link.theirs.fileno(), data)
    with pytest.raises(LinkUnreadable, match="the set stays as it is"):
        link.take()
    link.close()


def test_a_pipe_that_nobody_reads_holds_nobody_up() -> None:
    """Messages wait; when the other end is read all of them come, and when it is gone the link is closed."""
    link = PlannerLink()
    for _ in range(50_000):
        link.send(Reload())
    assert len(link.fds) == 1
    received = 0
    while received < 50_000:
        assert link.theirs.poll(10)
        link.theirs.recv_bytes()
        received += 1
        link.flush()
    link.started()
    assert link.take() == []
    assert link.fds == []
    link.send(Reload())
    link.close()


def test_nothing_is_kept_for_a_planner_that_is_gone() -> None:
    """It may be down for days, with positions told every half minute."""
    link = PlannerLink()
    link.started()
    assert link.take() == []
    tracemalloc.start()
    for _ in range(1000):
        link.send(RunEnded(run_id="x" * 10_000, how="it ended"))
    kept_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept_bytes < 1_000_000


def test_an_exchange_without_a_calendar_hides_no_other() -> None:
    """Its table says why; the others have theirs; a market that is told to be open always is."""
    contracts = {"SPY": ContractConfig(), "ODD": ContractConfig(exchange="NOWHERE")}
    friday_ns = 1_795_190_400 * 10**9
    tables = plan_sessions(contracts, {"SPY": StoredHours()}, SessionsConfig(), friday_ns)
    odd, spy = tables.of("ODD"), tables.of("SPY")
    assert odd is not None
    assert spy is not None
    assert "'NOWHERE' has no calendar" in odd.unknown
    assert len(spy.spans) == 4  # Friday to Thursday: a weekend, and Thanksgiving
    always = plan_sessions(contracts, {}, SessionsConfig(always_open=True), friday_ns).of("ODD")
    assert always is not None
    assert always.is_open(friday_ns) is True


def test_runs_wait_for_their_database(tmp_path: Path) -> None:
    """Nothing is lost while it does not answer; a run that is told again stays one; the times are its own."""
    book = RunBook()
    begun = RunBegun(run_id="run-1", request=Start(by="test"), pid=7, started_at="2026-03-04T05:06:07.000000Z")
    book.begin(begun, Config())
    file = tmp_path / "desk.db"
    with Database.open(DatabaseConfig(url=f"sqlite:///{file}", busy_timeout_s=0.1)) as database:
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(DatabaseError):
                book.flush(database)
        assert len(book) == 1
        book.begin(begun, Config())
        book.end("run-1", "enough")
        book.end("run-1", "too late")
        book.flush(database)
        assert len(book) == 0
        with database.reading() as session:
            (run,) = newest_runs(session, 10)
            assert (run.run_id, run.pid, run.started_by, run.ended_how) == ("run-1", 7, "test", "enough")
            assert run.started_at.isoformat() == "2026-03-04T05:06:07+00:00"
