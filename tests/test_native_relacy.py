"""The publication protocol under every reordering that C11 allows, not only those of this machine's processor.

tests/native/relacy_*.hpp transcribe the core for the relacy race detector (Debian: relacy-dev). Every model must hold
as the core has it, and relacy must find a violation when it is broken in any of its named ways: a model in which a
missing fence goes unnoticed would prove nothing about the fence.
"""

from __future__ import annotations

import re

import pytest

from tests.native_build import CORE, PROGRAMS, compile_relacy, run, stress_seconds

pytestmark = pytest.mark.timeout(170)  # seconds alone, but they compile, and machines are busy

CLEAN, VIOLATION = 0, 3  # exit statuses of relacy_check
MODELS = ["hot", "lapped", "lives", "vouch", "wake", "wake two", "directory", "epoch", "version"]
# Searches that come to their end: every schedule, or every schedule with so many forced switches between threads. Both
# let every load return every value it may, one store back; the random search goes two stores back.
SEARCHES = [
    ("lapped", "full", 0),
    ("wake", "full", 0),
    ("hot", "bound", 3),
    ("lives", "bound", 1),
    ("vouch", "bound", 5),
    ("wake two", "bound", 4),
    ("directory", "bound", 2),
    ("epoch", "full", 0),
    ("version", "full", 0),
]
LONG_SEARCHES = [("hot", "bound", 4), ("wake two", "bound", 5), ("directory", "bound", 3)]
# SYNC points without a model, and what shows them instead.
UNMODELLED = {
    "READY": "the creator's side is Python",
}
SYNC_NAME = re.compile(r"SYNC ([A-Z]+(?:-[A-Z]+)*)")
ITERATIONS = 100_000
ITERATIONS_PER_S = 100_000  # about half of what the machine this was written on does


def breaks_of(factory: pytest.TempPathFactory, model: str) -> list[tuple[str, str]]:
    """Return (number, name) of every way in which this model can be broken."""
    listed = run(compile_relacy(factory, "relacy_check.cpp"), "list").stdout.splitlines()
    rows = [row.split("|") for row in listed]
    assert {row[0] for row in rows} == set(MODELS)
    return [(number, name) for owner, number, name in rows if owner == model and number != "0"]


def check_holds(factory: pytest.TempPathFactory, model: str, search: str, number: int, timeout_s: float = 150) -> None:
    """Search the model as the core has it; relacy prints the schedule that leads to a violation."""
    program = compile_relacy(factory, "relacy_check.cpp")
    done = run(program, model, "0", search, str(number), timeout_s=timeout_s)
    assert done.returncode == CLEAN, done.stdout[:20_000]


@pytest.mark.parametrize("model", MODELS)
def test_protocol_holds_in_random_schedules(tmp_path_factory: pytest.TempPathFactory, model: str) -> None:
    """No torn record, no lost wake-up, no other symbol's quote, no proof without its record."""
    check_holds(tmp_path_factory, model, "random", ITERATIONS)


@pytest.mark.parametrize(("model", "search", "number"), SEARCHES)
def test_protocol_holds_in_all_schedules(
    tmp_path_factory: pytest.TempPathFactory, model: str, search: str, number: int
) -> None:
    """The same, searched to the end within the bound."""
    check_holds(tmp_path_factory, model, search, number)


@pytest.mark.parametrize("model", MODELS)
def test_every_break_is_found(tmp_path_factory: pytest.TempPathFactory, model: str) -> None:
    """Without a fence, with a weaker order or with two stores exchanged the protocol fails, and relacy says so."""
    program = compile_relacy(tmp_path_factory, "relacy_check.cpp")
    breaks = breaks_of(tmp_path_factory, model)
    assert breaks
    for number, name in breaks:
        done = run(program, model, number, "random", str(ITERATIONS))
        assert done.returncode == VIOLATION, f"{name}: not found\n{done.stdout}"


def test_every_sync_point_has_a_model() -> None:
    """A pair of accesses that the core names is transcribed somewhere in the models, or said to be shown elsewhere."""
    core = {name for path in CORE.glob("*.[ch]") for name in SYNC_NAME.findall(path.read_text())}
    models = {name for path in PROGRAMS.glob("relacy_*") for name in SYNC_NAME.findall(path.read_text())}
    assert core - models == set(UNMODELLED)


@pytest.mark.stress
@pytest.mark.timeout(stress_seconds() * 2 + 300)
@pytest.mark.parametrize("model", MODELS)
def test_protocol_holds_in_random_schedules_for_long(tmp_path_factory: pytest.TempPathFactory, model: str) -> None:
    """As above, for minutes, shared among the models."""
    iterations = max(ITERATIONS, stress_seconds() * ITERATIONS_PER_S // len(MODELS))
    check_holds(tmp_path_factory, model, "random", iterations, timeout_s=stress_seconds() * 2 + 200)


@pytest.mark.stress
@pytest.mark.timeout(stress_seconds() * 2 + 300)
@pytest.mark.parametrize(("model", "search", "number"), LONG_SEARCHES)
def test_protocol_holds_in_more_schedules(
    tmp_path_factory: pytest.TempPathFactory, model: str, search: str, number: int
) -> None:
    """As above, with one more forced switch between threads."""
    check_holds(tmp_path_factory, model, search, number, timeout_s=stress_seconds() * 2 + 200)
