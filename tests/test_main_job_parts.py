"""The parts of the main job by themselves: how long a child waits, what a keeper does, whose files are removed."""

from __future__ import annotations

import itertools
import os
import tempfile
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.waiting import wait_until
from tickring.config.structs import SupervisorConfig
from tickring.process_identity import ProcessIdentity
from tickring.states import RunState
from tickring.supervisor.child_keeper import ChildKeeper
from tickring.supervisor.restart_backoff import RestartBackoff
from tickring.supervisor.run_directory import RunDirectory
from tickring.supervisor.running_child import SpawnedChild

if TYPE_CHECKING:
    from pathlib import Path

QUICK = SupervisorConfig(restart_first_s=0.02, restart_limit_s=0.05)
HERE = "tests.processes.exiting"

# ---- how long to wait ------------------------------------------------------------------------------------------------


@given(runs_s=st.lists(st.floats(0, 1000), min_size=1, max_size=40), first_s=st.floats(0.01, 10))
def test_waits_double_up_to_the_limit_and_are_forgotten_after_a_good_run(runs_s: list[float], first_s: float) -> None:
    """Each wait lies between its step and a tenth more, and never above the limit."""
    settings = SupervisorConfig(restart_first_s=first_s, restart_limit_s=30.0, good_run_s=60.0)
    backoff = RestartBackoff(settings)
    ends = 0
    for ran_s in runs_s:
        ends = 0 if ran_s >= 60.0 else ends
        step_s = first_s * 2.0**ends
        assert min(step_s, 30.0) <= backoff.wait_s(ran_s) <= min(step_s * 1.1, 30.0)
        ends += 1


# ---- a keeper with real children -------------------------------------------------------------------------------------


def tend_until(keeper: ChildKeeper, state: RunState) -> None:
    """Turn the keeper's loop until it says so."""

    def is_there() -> bool:
        keeper.tend()
        return keeper.state is state

    wait_until(is_there, f"{keeper.name} is {state}", show=lambda: keeper.state)


def test_a_child_that_ends_is_started_again_until_it_says_that_it_is_wrong(tmp_path: Path) -> None:
    """Exit codes 75 and 0 and a signal lead to another life, 78 does not."""
    counter = tmp_path / "lives"
    keeper = ChildKeeper(
        "exiting",
        lambda: SpawnedChild("exiting", f"{HERE}:end_differently", str(counter)),
        QUICK,
        stop_within_s=1.0,
    )
    keeper.start()
    tend_until(keeper, RunState.FAILED)

    assert counter.read_text() == "xxxx"
    assert keeper.restarts == 3
    assert keeper.is_refused
    assert keeper.sentinels == []
    keeper.stop()


def test_a_start_that_fails_is_tried_again() -> None:
    """Only the first start raises; later ones are a life of no length."""
    tries: list[float] = []

    def launch() -> SpawnedChild:
        tries.append(time.monotonic())
        if len(tries) in {2, 3}:
            raise OSError("no more processes")
        return SpawnedChild("sleeping", f"{HERE}:end_or_sleep", len(tries) == 1)

    keeper = ChildKeeper("sleeping", launch, QUICK, stop_within_s=5.0)
    keeper.start()
    tend_until(keeper, RunState.BACKING_OFF)
    tend_until(keeper, RunState.RUNNING)
    assert len(tries) == 4
    assert all(after - before >= 0.02 for before, after in itertools.pairwise(tries))
    (sentinel,) = keeper.sentinels
    assert sentinel > 0
    keeper.stop()
    keeper.stop()
    assert keeper.state is RunState.STOPPED


def test_the_first_start_tells_what_went_wrong() -> None:
    """Whoever starts the run is told; nothing is retried behind their back."""

    def launch() -> SpawnedChild:
        raise OSError("no more processes")

    keeper = ChildKeeper("never", launch, QUICK, stop_within_s=1.0)
    with pytest.raises(OSError, match="no more processes"):
        keeper.start()


# ---- files of a run --------------------------------------------------------------------------------------------------


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
