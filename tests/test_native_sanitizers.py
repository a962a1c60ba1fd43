"""Writer and readers at full speed, every reading checked, under gcc's sanitizers and over many deaths of the writer.

tests/native/ring_stress.c does the work. What it proves on this machine's memory model the relacy tests prove on a
weaker one; ThreadSanitizer adds that no shared word is accessed as plain memory. It runs without suppressions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.native_build import ADDRESS_SANITIZER, THREAD_SANITIZER, compile_c, run, stress_seconds

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(170)  # seconds alone, but they compile, and machines are busy

SOURCES = [
    "ring_stress.c",
    "stress_readers.c",
    "stress_writer.c",
    "stress_wake.c",
    "stress_shared.c",
    "numbered_quote.c",
    "anonymous_segment.c",
]
PLAIN = ["-O2"]
SANITIZERS = {"thread": THREAD_SANITIZER, "address": ADDRESS_SANITIZER}


def counts_of_a_clean_run(program: Path, form: str, amount: float, slack_s: float = 150) -> dict[str, int]:
    """Run one form to its end and return its counts; anything it or a sanitizer says against the core is a failure."""
    done = run(program, form, str(amount), timeout_s=amount + slack_s)
    assert done.returncode == 0, done.stdout
    assert "WARNING" not in done.stdout, done.stdout
    summary = done.stdout.splitlines()[-1]
    return {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", summary)}


def check_threads(factory: pytest.TempPathFactory, sanitizer: str, seconds: float) -> None:
    """One writer and seven readers; and enough must have happened for that to mean something."""
    counts = counts_of_a_clean_run(compile_c(factory, SOURCES, SANITIZERS[sanitizer]), "threads", seconds)
    for what in ("published", "reads", "trusted", "rebound", "reused", "waits", "seen", "missed"):
        assert counts[what] > 0, counts


def check_lives(factory: pytest.TempPathFactory, seconds: float) -> None:
    """Readers over many lives of the writer, each ended by SIGKILL."""
    counts = counts_of_a_clean_run(compile_c(factory, SOURCES, PLAIN), "lives", seconds)
    assert counts["lives"] > seconds, counts
    for what in ("published", "reads", "trusted", "rebound"):
        assert counts[what] > 0, counts


@pytest.mark.parametrize("sanitizer", SANITIZERS)
def test_hot_writer_and_readers(tmp_path_factory: pytest.TempPathFactory, sanitizer: str) -> None:
    """No torn record, no step back, never another symbol's quote; lapped followers count exactly; sanitizers silent."""
    check_threads(tmp_path_factory, sanitizer, seconds=2)


def test_writer_killed_again_and_again(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Readers notice nothing of a writer that is killed at random moments but the new epoch."""
    check_lives(tmp_path_factory, seconds=2)


@pytest.mark.parametrize("flags", [PLAIN, THREAD_SANITIZER], ids=["plain", "thread"])
def test_sleepers_are_woken(tmp_path_factory: pytest.TempPathFactory, flags: list[str]) -> None:
    """A sleeping reader is woken by the writer's commit rather than by the cap of its wait."""
    counts = counts_of_a_clean_run(compile_c(tmp_path_factory, SOURCES, flags), "wake", 300)
    assert counts["waits"] >= 300, counts


def test_a_torn_record_is_noticed(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The harness can fail: a writer that does not invalidate the record it overwrites is caught at it."""
    flags = [*PLAIN, "-DBROKEN_NO_INVALIDATE"]
    program = compile_c(tmp_path_factory, [*SOURCES, "broken_ring_writer.c"], flags, without="ring_writer.c")
    done = run(program, "threads", "30")  # ends with the first complaint
    assert done.returncode == 1, done.stdout
    assert "FAIL symbol" in done.stdout


def test_a_plain_store_is_noticed(tmp_path_factory: pytest.TempPathFactory) -> None:
    """ThreadSanitizer sees the shared mapping: a record word stored as plain memory is reported as a race."""
    flags = [*THREAD_SANITIZER, "-DBROKEN_PLAIN_WORDS"]
    program = compile_c(tmp_path_factory, [*SOURCES, "broken_ring_writer.c"], flags, without="ring_writer.c")
    done = run(program, "threads", "30")  # ends with the first report
    assert done.returncode != 0, done.stdout
    assert "data race" in done.stdout


@pytest.mark.stress
@pytest.mark.timeout(stress_seconds() + 200)
@pytest.mark.parametrize("sanitizer", SANITIZERS)
def test_hot_writer_and_readers_for_long(tmp_path_factory: pytest.TempPathFactory, sanitizer: str) -> None:
    """As above, for minutes."""
    check_threads(tmp_path_factory, sanitizer, stress_seconds())


@pytest.mark.stress
@pytest.mark.timeout(stress_seconds() + 200)
def test_writer_killed_again_and_again_for_long(tmp_path_factory: pytest.TempPathFactory) -> None:
    """As above, for minutes."""
    check_lives(tmp_path_factory, stress_seconds())
