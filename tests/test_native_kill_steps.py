"""A writer killed between any two stores leaves nothing that a reader or the next writer stumbles over.

tests/native/kill_steps.c does the work: it performs every operation of the writer in a child that kills itself after
its n-th store, for every n, and checks what is left, the take-over and the life after it.
"""

from __future__ import annotations

import re

import pytest

from tests.native_build import ADDRESS_SANITIZER, compile_c, run, stress_seconds

pytestmark = pytest.mark.timeout(170)  # seconds alone, but they compile, and machines are busy

SOURCES = [
    "kill_steps.c",
    "kill_checks.c",
    "kill_operations.c",
    "scene.c",
    "numbered_quote.c",
    "anonymous_segment.c",
]
STEPS = ["-O0", "-DTICKRING_STEPS"]  # short runs: what counts is the time to compile
OPERATIONS = 17


def test_every_kill_point_leaves_a_readable_segment(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Readers see the old or the new state, the next writer finds nothing to repair and no old record is ever live."""
    done = run(compile_c(tmp_path_factory, SOURCES, STEPS))
    assert done.returncode == 0, done.stdout
    steps = [int(count) for count in re.findall(r"^.+ (\d+) steps$", done.stdout, re.MULTILINE)]
    assert len(steps) == OPERATIONS
    assert done.stdout.endswith(f"kill_steps: {sum(steps)} kills, 0 failures\n")


def test_every_kill_point_under_address_sanitizer(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Neither the checks nor the take-over read beyond the segment, use freed memory or do undefined arithmetic."""
    done = run(compile_c(tmp_path_factory, SOURCES, [*STEPS, *ADDRESS_SANITIZER]))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("broken", ["CURSOR_FIRST", "NO_INVALIDATE", "VOUCH_NOTHING"])
def test_a_broken_writer_is_noticed(tmp_path_factory: pytest.TempPathFactory, broken: str) -> None:
    """The harness can fail: it complains about a writer with its stores in the wrong order, or one missing."""
    sources = [*SOURCES, "broken_ring_writer.c"]
    done = run(compile_c(tmp_path_factory, sources, [*STEPS, f"-DBROKEN_{broken}"], without="ring_writer.c"))
    assert done.returncode == 1, done.stdout
    assert "FAIL " in done.stdout


@pytest.mark.stress
@pytest.mark.timeout(stress_seconds() + 300)
def test_the_next_writer_killed_too(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Two deaths in a row: the next writer dies at every step of its attach, after every kill of the first."""
    done = run(compile_c(tmp_path_factory, SOURCES, STEPS), "nested", timeout_s=stress_seconds() + 200)
    assert done.returncode == 0, done.stdout
