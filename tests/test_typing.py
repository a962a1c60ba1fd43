"""The types that users see: examples under two checkers, and the stub against the built module."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "tests" / "typing").glob("*.py"))

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a checker of this environment on the project."""
    return subprocess.run(
        [sys.executable, "-m", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, timeout=280, check=False
    )


def test_there_are_examples() -> None:
    """The examples are found; without any, the next tests would prove nothing."""
    assert len(EXAMPLES) >= 4
    assert sum(path.read_text().count("assert_type(") for path in EXAMPLES) > 80
    assert sum(path.read_text().count("# type: ignore[") for path in EXAMPLES) > 20


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_mypy_sees_the_types_that_are_meant(example: Path) -> None:
    """Strict mypy agrees with every expected type, and with every mistake marked as one."""
    pytest.importorskip("mypy")
    done = run("mypy", "--config-file", "pyproject.toml", example)
    assert done.returncode == 0, done.stdout + done.stderr


def test_pyright_sees_the_types_that_are_meant() -> None:
    """Pyright agrees; a second checker keeps the first one's quirks out of the stubs."""
    pytest.importorskip("pyright")
    done = run("pyright", "--pythonpath", sys.executable, "--outputjson", *EXAMPLES)
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] >= len(EXAMPLES)
    found = [
        f"{Path(row['file']).name}:{row['range']['start']['line'] + 1}: {row['message']}"
        for row in report["generalDiagnostics"]
    ]
    assert found == []


def test_the_stub_is_the_module() -> None:
    """Every name, argument and default of the native core stands in its stub, and nothing else does."""
    pytest.importorskip("mypy")
    done = run("mypy.stubtest", "--mypy-config-file", "pyproject.toml", "tickring._core")
    assert done.returncode == 0, done.stdout + done.stderr
