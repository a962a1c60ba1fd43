"""Every question of bench/ runs with tiny counts, answers in JSON and leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from bench._harness.results import Answer
from tests.waiting import wait_until

ROOT = Path(__file__).parents[1]
QUESTIONS = sorted(path.stem for path in (ROOT / "bench").glob("[a-z]*.py"))
# Those that need nothing installed; the peers' adapters run in `make bench`.
STORES = ["tickring", "struct", "json"]
CONTENDERS = [*STORES, "ibapi-9.81.1"]
"""Each question takes those it is about."""
LONG = {"api", "decode", "failover", "feeder_load", "wire_to_reader"}
"""Many processes, or feeders with thousands of symbols: half a minute and more each, so `make stress` runs them."""

OF_NOBODY = {"waking"}
"""What every contender pays alike."""


def _command(question: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", f"bench.{question}", "--contenders", *CONTENDERS, *arguments]


def _left_in_shm(pid: int) -> list[str]:
    return [path.name for path in Path("/dev/shm").glob(f"*bench*{pid}*")]


def test_questions_are_found() -> None:
    """The list of questions that the tests below go through is not empty."""
    assert "read_one_quote" in QUESTIONS


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "question", [pytest.param(one, marks=pytest.mark.stress) if one in LONG else one for one in QUESTIONS]
)
def test_question_answers(question: str, tmp_path: Path) -> None:
    """A quick run ends with 0, every contender has a number in some table, and /dev/shm is as before."""
    file = tmp_path / "answer.json"
    with subprocess.Popen(
        _command(question, "--quick", "--json", str(file)), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        output, _ = process.communicate()
    assert process.returncode == 0, output.decode()
    answer = msgspec.json.decode(file.read_bytes(), type=Answer)
    assert answer.failures == {}
    assert answer.is_quick
    asked = {peer.name for peer in answer.peers}
    assert asked >= {"tickring"} or question in OF_NOBODY
    assert {row.contender for table in answer.tables for row in table.rows} >= asked
    assert [row for table in answer.tables for row in table.rows if min(row.values.values()) <= 0] == []
    assert _left_in_shm(process.pid) == []


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_question_cleans_up(number: signal.Signals) -> None:
    """Ctrl-C or SIGTERM in the middle of a question leaves no segment and no file."""
    with subprocess.Popen(
        _command("read_one_quote", "--seconds", "100"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        # A runner in the background has SIGINT ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    ) as process:
        wait_until(lambda: len(_stores(process.pid)) == len(STORES), "every store is made", timeout_s=60.0)
        process.send_signal(number)
        output, _ = process.communicate()
    assert process.returncode in {130, 128 + number}, output.decode()
    assert _left_in_shm(process.pid) == []


def _stores(pid: int) -> list[Path]:
    return list(Path("/dev/shm", f"tickring-bench-{pid}").glob("*"))
