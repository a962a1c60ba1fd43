"""How much a symbol matters, from the planner's set over the supervisor to the feeder's market data lines."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.planner_run import PlannerRun, planner_config
from tests.supervisor_rig import SupervisorRig
from tests.test_planner_process import hold, make_theme
from tests.waiting import wait_until
from tickring.config.structs import ContractConfig, DatabaseConfig
from tickring.control.messages import Reload
from tickring.db import Database
from tickring.feeder.command_pipe import CommandPipe
from tickring.feeder.commands import FeederCommand, SetPriorities, decode_command
from tickring.planner.set_keeper import SetKeeper
from tickring.planner.wanted import PRIORITIES, Origin, WantedSymbol
from tickring.supervisor.feeder_inbox import FeederInbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.feeds import Feed

THEME, POSITION = PRIORITIES[Origin.THEME], PRIORITIES[Origin.POSITION]


@given(
    wanted=st.lists(
        st.builds(WantedSymbol, st.text("ABC", min_size=1, max_size=3), st.sampled_from(Origin), st.integers(0, 5))
    ),
    later=st.lists(st.builds(WantedSymbol, st.text("ABC", min_size=1, max_size=3), st.sampled_from(Origin))),
)
def test_what_is_streamed_is_told_in_its_order(wanted: list[WantedSymbol], later: list[WantedSymbol]) -> None:
    """Everything that streams and nothing else, the most important first; what is wanted no longer matters least."""
    keeper = SetKeeper(max_symbols=10, min_hold_s=60.0, grace_s=60.0)
    keeper.want(wanted, 0.0)
    assert set(keeper.priorities()) == keeper.streamed
    keeper.want(later, 0.0)
    priorities = keeper.priorities()
    assert set(priorities) == keeper.streamed
    assert list(priorities.values()) == sorted(priorities.values())
    wished = {one.symbol for one in later}
    assert all(priorities[symbol] == PRIORITIES[Origin.EARLIER] for symbol in priorities if symbol not in wished)


def test_the_planner_tells_them_when_they_change(feed: Feed, database_config: DatabaseConfig) -> None:
    """A theme's symbol becomes a position: told anew, and again when somebody asks for everything."""
    with Database.open(database_config) as database:
        make_theme(database, "SPY QQQ")
        with PlannerRun(planner_config(feed.name, database_config)) as planner:
            planner.wait_streamed("QQQ", "SPY")
            wait_told(planner, [("QQQ", THEME), ("SPY", THEME)])
            hold(database, "SPY", 5)
            wait_told(planner, [("SPY", POSITION), ("QQQ", THEME)])
            planner.priorities = {}
            planner.send(Reload())
            wait_told(planner, [("SPY", POSITION), ("QQQ", THEME)])


def wait_told(planner: PlannerRun, expected: list[tuple[str, int]]) -> None:
    """The newest that was told, in its order."""

    def is_so() -> bool:
        planner.take()
        return list(planner.priorities.items()) == expected

    wait_until(is_so, f"{expected} is told", show=lambda: planner.priorities)


def test_they_reach_the_feeder_in_their_order() -> None:
    """Longer than the pipe, in pieces, between other commands."""
    inbox = FeederInbox()
    priorities = {f"SYMBOL{number * 7919 % 20_000}": number % 5 for number in range(20_000)}
    inbox.add({"SPY": ContractConfig()})
    inbox.set_priorities(priorities)
    inbox.remove(["SPY"])
    pipe = CommandPipe(inbox.reading)
    commands: list[FeederCommand] = []
    while len(commands) < 3:
        commands += [decode_command(data) for data in pipe.take()]
        inbox.flush()
    assert isinstance(commands[1], SetPriorities)
    assert list(commands[1].priorities.items()) == list(priorities.items())
    inbox.close()


@pytest.fixture
def rig(segment_name: str, tmp_path: Path) -> Iterator[Callable[..., SupervisorRig]]:
    """Starts a supervisor with feeder and planner on a simulated gateway."""
    pytest.importorskip("ibapi", reason="the feeder needs ibapi: pip install 'tickring[ib]'")

    def start(**changes: dict[str, Any]) -> SupervisorRig:
        sections: dict[str, Any] = {"is_embedded": True, "stream": {"symbols": ()}, **changes}
        return rigs.enter_context(SupervisorRig(segment_name, tmp_path, **sections))

    with ExitStack() as rigs:
        yield start


@pytest.mark.slow
def test_a_position_streams_where_lines_are_short(rig: Callable[..., SupervisorRig], tmp_path: Path) -> None:
    """Four lines, six symbols of a theme: a position that comes later streams, also after the feeder was killed."""
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    with Database.open(DatabaseConfig(url=url, busy_timeout_s=20)) as database:
        make_theme(database, "SPY QQQ IWM NVDA TSLA AMD")
        running = rig(
            database={"url": url, "busy_timeout_s": 0.3},
            planner={"refresh_interval_s": 0.2, "read_positions": False},
            supervisor={"heartbeat_limit_s": 5.0},
            feeder={"lines_max": 4, "rotation_dwell_s": 0.1, "rotation_period_s": 0.3},
        )
        with running.live_reader("AMD") as reader:
            running.wait_live(reader, "IWM")
            running.wait(lambda: reader["TSLA"].verdict == "fallback", "the last ones take turns")
            hold(database, "AAPL", 5)
            running.wait_live(reader, "AAPL")
            running.wait(lambda: reader["IWM"].verdict == "fallback", "the least has given way")
            feeder = running.child("feeder").pid
            assert feeder is not None
            os.kill(feeder, signal.SIGKILL)
            running.wait(lambda: running.child("feeder").pid not in {None, feeder}, "there is another feeder")
            running.wait_live(reader, "AAPL")
            running.wait_live(reader, "AMD")
            running.wait(lambda: reader["IWM"].verdict == "fallback", "the least has given way again")
