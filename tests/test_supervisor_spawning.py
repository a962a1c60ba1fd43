"""What a child of the supervisor begins with: its own program and nothing of its parent's."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.processes.child import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import os
import sys
from pathlib import Path

with Path(sys.argv[1]).open("a") as file:
    print(os.getpid(), file=file)

if __name__ == "__main__":
    from tickring.supervisor.spawning import spawn

    child = spawn(sys.exit, "child", 7)
    child.join()
    assert sys.modules["__main__"].PROGRAM_IS_MINE
    sys.exit(child.exitcode)
"""


@pytest.mark.parametrize("is_module", [False, True])
def test_a_child_runs_its_target_and_not_the_parents_program(tmp_path: Path, is_module: bool) -> None:
    """Whether that was started as a file or by -m: it is run once, by the parent, and is there afterwards as before."""
    (tmp_path / "program.py").write_text("PROGRAM_IS_MINE = True\n" + PROGRAM)
    started = ["-m", "program"] if is_module else [str(tmp_path / "program.py")]
    runs = tmp_path / "runs"
    done = subprocess.run(
        [sys.executable, "-W", "error", *started, str(runs)],
        cwd=tmp_path if is_module else ROOT,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert (done.returncode, done.stderr) == (7, "")
    assert len(runs.read_text().splitlines()) == 1
