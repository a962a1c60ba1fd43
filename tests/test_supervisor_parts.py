"""The parts of the supervisor by themselves: when a child starts again, how it ends, what a reload changes."""

from __future__ import annotations

import itertools
import os
import select
import signal
import tempfile
import time
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.processes.child import stop_and_wait
from tests.waiting import wait_until
from tickring.config.structs import Config, ContractConfig, SupervisorConfig
from tickring.errors import ConfigError
from tickring.feeder import exits
from tickring.feeder.commands import AddSymbols, RemoveSymbols, decode_command
from tickring.process_identity import ProcessIdentity
from tickring.states import RunState
from tickring.supervisor.child_keeper import ChildKeeper
from tickring.supervisor.child_spec import ChildSpec, RestartKind
from tickring.supervisor.exit_words import EXIT_CONFIGURATION, EXIT_FENCED, EXIT_TRY_AGAIN, exit_words
from tickring.supervisor.feeder_inbox import FeederInbox, fits_into_a_message
from tickring.supervisor.live_config import LiveConfig
from tickring.supervisor.restart_backoff import RestartBackoff
from tickring.supervisor.restart_intensity import RestartIntensity
from tickring.supervisor.run_directory import RunDirectory
from tickring.supervisor.run_id import new_run_id
from tickring.supervisor.running_child import RunningChild, SpawnedChild

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

QUICK = SupervisorConfig(restart_first_s=0.02, restart_limit_s=0.05, grace_s=5.0, slow_retry_s=0.3)
HERE = "tests.processes.exiting"

# ---- how long to wait, and whether at all ----------------------------------------------------------------------------


@given(ends=st.integers(1, 40), first_s=st.floats(0.01, 10))
def test_the_first_wait_is_none_and_each_later_one_lies_under_a_limit_that_doubles(ends: int, first_s: float) -> None:
    """Full jitter: anything from nothing to the limit; forgotten, it begins again."""
    backoff = RestartBackoff(SupervisorConfig(restart_first_s=first_s, restart_limit_s=30.0))
    waits_s = [backoff.next_s() for _ in range(ends)]
    assert waits_s[0] == 0.0
    for number, wait_s in enumerate(waits_s[1:]):
        assert 0.0 <= wait_s <= min(first_s * 2.0**number, 30.0)
    backoff.forget()
    assert backoff.next_s() == 0.0


def test_waits_are_spread() -> None:
    """Children that died of one cause do not start in step."""
    backoffs = [RestartBackoff(SupervisorConfig(restart_first_s=10.0)) for _ in range(20)]
    for backoff in backoffs:
        backoff.next_s()
    assert len({round(backoff.next_s(), 3) for backoff in backoffs}) > 10


@given(gaps_s=st.lists(st.floats(0, 100), min_size=1, max_size=60), most=st.integers(0, 10))
def test_the_intensity_is_over_as_soon_as_too_many_ends_lie_in_the_period(gaps_s: list[float], most: int) -> None:
    """Counted anew by hand; what is over stays over until it is forgotten, and is said once."""
    settings = SupervisorConfig(restart_max=most, restart_period_s=60.0)
    intensity = RestartIntensity(settings)
    times_s = list(itertools.accumulate(gaps_s))
    said = [intensity.note_end(now_s) for now_s in times_s]
    over = [sum(now_s - other_s <= 60.0 for other_s in times_s[: n + 1]) > most for n, now_s in enumerate(times_s)]
    assert intensity.is_over == any(over)
    assert said == [is_over and not any(over[:n]) for n, is_over in enumerate(over)]
    intensity.forget()
    assert not intensity.is_over
    assert intensity.note_end(times_s[-1]) == (most == 0)


# ---- how it ended ----------------------------------------------------------------------------------------------------


def test_exits_are_told_in_words() -> None:
    """Signals by name, codes by what they mean here; the codes are the feeder's own."""
    assert (EXIT_TRY_AGAIN, EXIT_FENCED, EXIT_CONFIGURATION) == (
        exits.TRY_AGAIN,
        exits.FENCED,
        exits.BAD_CONFIGURATION,
    )
    assert "out of memory?" in exit_words(-signal.SIGKILL)
    assert "out of memory?" not in exit_words(-signal.SIGKILL, "it was silent for 2.1 s")
    assert "silent for 2.1 s" in exit_words(-signal.SIGKILL, "it was silent for 2.1 s")
    assert "SIGSEGV" in exit_words(-signal.SIGSEGV)
    assert "nobody asked it to" in exit_words(exits.STOPPED)
    assert "configuration is wrong" in exit_words(exits.BAD_CONFIGURATION)
    assert "another start may cure" in exit_words(exits.TRY_AGAIN)
    assert "exit code 5" in exit_words(5)
    assert "signal 63" in exit_words(-63)
    assert len({exit_words(code) for code in range(-64, 80)}) == 64 + 80


# ---- a keeper with real children -------------------------------------------------------------------------------------


@pytest.fixture
def keep(tmp_path: Path) -> Iterator[Callable[..., ChildKeeper]]:
    """Makes keepers of children whose lives follow a word; whatever runs at the end is killed."""
    keepers: list[ChildKeeper] = []

    def make(lives: str, settings: SupervisorConfig = QUICK, **more: object) -> ChildKeeper:
        def launch() -> RunningChild:
            return SpawnedChild("exiting", f"{HERE}:sleep_or_refuse", str(tmp_path / "lives"), lives)

        spec = ChildSpec("exiting", launch, RestartKind.PERMANENT)._replace(**more)  # type: ignore[arg-type]
        keepers.append(ChildKeeper(spec, settings))
        return keepers[-1]

    yield make
    for keeper in keepers:
        keeper.ask_to_stop(time.monotonic())
        keeper.kill(time.monotonic())
        turn_until(keeper, lambda keeper=keeper: keeper.is_gone)  # type: ignore[misc]


def turn_until(keeper: ChildKeeper, holds: Callable[[], object]) -> None:
    """Turn the keeper's loop until something holds."""

    def turn() -> object:
        now_s = time.monotonic()
        keeper.notice(now_s, None)
        keeper.act(now_s)
        return holds()

    wait_until(turn, "the keeper is there", show=lambda: (keeper.state, keeper.last_exit))


def test_a_child_that_ends_is_started_again_until_it_says_that_it_is_wrong(
    keep: Callable[..., ChildKeeper], tmp_path: Path
) -> None:
    """Exit codes 75 and 0 lead to another life, 78 does not; a restart by hand does."""
    keeper = keep("70r")
    keeper.start()
    turn_until(keeper, lambda: keeper.state is RunState.FAILED)
    assert (tmp_path / "lives").read_text() == "xxx"
    assert (keeper.restarts, keeper.is_refused, keeper.sentinels) == (2, True, [])
    keeper.restart(time.monotonic())
    turn_until(keeper, lambda: keeper.restarts == 3 and keeper.state is RunState.FAILED)


def test_ends_beyond_the_intensity_are_followed_by_slow_starts_and_a_good_run_is_forgiving(
    keep: Callable[..., ChildKeeper],
) -> None:
    """Three ends of two: said in a note, then `slow_retry_s`; the note goes with a run that carried data."""
    settings = msgspec.structs.replace(QUICK, restart_max=2, good_run_s=0.2)
    data: list[bool] = []
    keeper = keep("777s", settings, carries_data=lambda _pid: bool(data))
    keeper.start()
    turn_until(keeper, lambda: keeper.notes)
    assert "more than 2 times within 60 s" in keeper.notes[0]
    assert keeper.starts_in_s is not None
    assert keeper.starts_in_s > 0.2
    turn_until(keeper, lambda: keeper.state is RunState.RUNNING)
    began_s = time.monotonic()
    turn_until(keeper, lambda: time.monotonic() - began_s > 0.5)
    assert keeper.notes, "it has run long enough, but brought nothing"
    data.append(True)
    turn_until(keeper, lambda: not keeper.notes)


def test_a_child_that_is_asked_to_end_is_not_started_again(keep: Callable[..., ChildKeeper]) -> None:
    """SIGTERM, and it is gone; asked twice is asked once. One that stands still gets SIGKILL after the grace."""
    keeper = keep("s")
    keeper.start()
    turn_until(keeper, lambda: keeper.state is RunState.RUNNING)
    keeper.ask_to_stop(time.monotonic())
    keeper.ask_to_stop(time.monotonic())
    turn_until(keeper, lambda: keeper.is_gone)
    assert keeper.state is RunState.STOPPED

    keeper.set_settings(msgspec.structs.replace(QUICK, grace_s=0.1))
    keeper.start()
    turn_until(keeper, lambda: keeper.state is RunState.RUNNING)
    assert keeper.pid is not None
    stop_and_wait(keeper.pid)
    keeper.ask_to_stop(time.monotonic())
    turn_until(keeper, lambda: keeper.is_gone)
    assert keeper.last_exit is not None
    assert "SIGKILL" in keeper.last_exit


def test_a_start_that_fails_is_tried_again_but_the_first_one_may_be_told() -> None:
    """`start_now` raises for whoever starts the service; `start` retries, as every later life does."""
    tries: list[float] = []

    def launch() -> RunningChild:
        tries.append(time.monotonic())
        if len(tries) < 4:
            raise OSError("no more processes")
        return SpawnedChild("sleeping", f"{HERE}:end_or_sleep", False)

    keeper = ChildKeeper(ChildSpec("sleeping", launch, RestartKind.PERMANENT), QUICK)
    with pytest.raises(OSError, match="no more processes"):
        keeper.start_now()
    assert keeper.state is RunState.STOPPED
    keeper.start()
    turn_until(keeper, lambda: keeper.state is RunState.BACKING_OFF)
    assert keeper.last_exit == "could not be started: no more processes"
    turn_until(keeper, lambda: len(tries) == 4)
    keeper.ask_to_stop(time.monotonic())
    turn_until(keeper, lambda: keeper.is_gone)


def test_nothing_starts_before_the_life_before_is_proven_over(keep: Callable[..., ChildKeeper]) -> None:
    """The proof is asked for after each end, turn by turn, also while the next start waits."""
    answers = iter([True, False, False, True])
    keeper = keep("0s", clear=lambda: next(answers))
    keeper.start()
    turn_until(keeper, lambda: keeper.restarts == 1)
    assert next(answers, None) is None


# ---- the feeder's inbox ----------------------------------------------------------------------------------------------


def received(reading: Connection) -> tuple[set[str], set[str]]:
    """Everything that was added and removed."""
    added: set[str] = set()
    removed: set[str] = set()
    while reading.poll():
        match decode_command(reading.recv_bytes()):
            case AddSymbols(symbols):
                added |= set(symbols)
            case RemoveSymbols(names):
                removed |= set(names)
    return added, removed


def has_more(inbox: FeederInbox) -> bool:
    """Whether it waits for the pipe to take more."""
    return any(events & select.POLLOUT for _, events in inbox.fds)


def test_an_inbox_that_nobody_reads_never_blocks_and_loses_nothing() -> None:
    """More than a pipe holds: it waits here and goes on when there is room, in messages written as a whole."""
    inbox = FeederInbox()
    symbols = {f"SYMBOL{number}": ContractConfig() for number in range(5000)}
    inbox.add(symbols)
    inbox.remove(["SYMBOL1", "SYMBOL2"])
    assert inbox.fds
    added: set[str] = set()
    removed: set[str] = set()
    while has_more(inbox) or inbox.reading.poll():
        more, fewer = received(inbox.reading)
        added, removed = added | more, removed | fewer
        inbox.flush()
    assert added == set(symbols)
    assert removed == {"SYMBOL1", "SYMBOL2"}
    inbox.started()
    inbox.add({"SPY": ContractConfig()})  # nobody has the other end any more
    assert not has_more(inbox)
    assert inbox.take() == []
    assert inbox.fds == []
    inbox.close()
    inbox.close()


def test_a_contract_that_fits_into_no_message_is_found() -> None:
    """IB's words are short; one of thousands of characters is not sent."""
    assert fits_into_a_message("SPY", ContractConfig(trading_class="X" * 1000))
    assert not fits_into_a_message("SPY", ContractConfig(trading_class="X" * 4000))


# ---- a reload --------------------------------------------------------------------------------------------------------


def config_of(**sections: object) -> Config:
    """A configuration with these settings."""
    return msgspec.convert(sections, Config)


def test_a_reload_puts_in_force_what_can_be_and_names_the_rest() -> None:
    """At once, from a child's next life, or from the service's next start; put back, nothing waits."""
    first = config_of(stream={"symbols": ["SPY", "QQQ"]})
    second = config_of(
        stream={"symbols": ["SPY", "TLT"]},
        log={"level": "debug"},
        supervisor={"grace_s": 9.0},
        gateway={"port": 4001},
        segment={"depth": 128},
        contracts={"TLT": {"currency": "EUR"}},
    )
    configs = iter([second, first])
    live = LiveConfig(first, lambda: next(configs))
    change = live.reload()
    assert set(change.applied) == {"stream.symbols", "log.level", "supervisor.grace_s"}
    assert set(change.needs_restart) == {"gateway.port", "segment.depth", "contracts.TLT"}
    assert (change.added, change.removed) == (("TLT",), ("QQQ",))
    assert (live.config.gateway.port, live.config.segment.depth) == (4001, 64)
    assert len(live.notes) == 3
    live.started("feeder")
    assert live.notes == ["segment.depth was changed and counts after a restart of the service"]
    live.reload()
    assert [note for note in live.notes if "segment" in note] == []
    assert live.config.segment == first.segment


def test_a_wrong_configuration_changes_nothing() -> None:
    """What was in force stays."""

    def reread() -> Config:
        raise ConfigError(("segment.depth is 100",))

    live = LiveConfig(config_of(), reread)
    with pytest.raises(ConfigError):
        live.reload()
    assert live.config == config_of()


# ---- names and files of a run ----------------------------------------------------------------------------------------


def test_run_ids_are_unique_and_sorted_by_time() -> None:
    """UUIDs of version 7."""
    ids = []
    for _ in range(20):
        ids.append(new_run_id())
        time.sleep(0.002)
    assert ids == sorted(ids)
    assert len({new_run_id() for _ in range(1000)}) == 1000
    assert all(one[14] == "7" and one[19] in "89ab" for one in ids)


@pytest.fixture
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory for temporary files of the test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_directories_of_dead_runs_are_removed_and_no_others(parent: Path) -> None:
    """Dead is: no process of that pid and start time. Links, other names and living runs are left alone."""
    own = ProcessIdentity.own()
    dead = parent / f"tickring-run-{own.pid}-{own.start_ticks - 1}"
    (dead / "inner").mkdir(parents=True)
    (dead / "inner" / "file").write_text("x")
    parent_identity = ProcessIdentity.of(os.getppid())
    assert parent_identity is not None
    living = parent / f"tickring-run-{parent_identity.pid}-{parent_identity.start_ticks}"
    living.mkdir()
    other = parent / "tickring-run-mine"
    other.mkdir()
    target = parent / "target"
    target.mkdir()
    link = parent / f"tickring-run-1-{2**40}"
    link.symlink_to(target)

    with RunDirectory() as made:
        assert made.path.stat().st_mode & 0o777 == 0o700
        (made.path / "file").write_text("x")
        assert {path.name for path in parent.iterdir()} == {
            *(living.name, other.name, link.name, target.name, made.path.name)
        }
    assert not made.path.exists()
    made.close()
