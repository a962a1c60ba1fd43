"""`make run`'s program, and the README's code against it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.waiting import wait_until
from tickring.errors import SegmentNotFound
from tickring.names import SegmentPaths
from tickring.process_identity import ProcessIdentity
from tickring.reader import QuoteReader, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent


@pytest.fixture
def sample(segment_name: str) -> Iterator[subprocess.Popen[str]]:
    """A running sample of ten symbols under the test's own name."""
    command = [sys.executable, "-P", "-m", "tickring.supervisor.sample_run", "--name", segment_name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def open_when_live(name: str) -> QuoteReader:
    """Return a reader once SPY is live."""
    reader = QuoteReader.open(name, api_mode="mock", wait_s=20)
    wait_until(lambda: reader["SPY"].verdict is Verdict.LIVE, "SPY live", show=lambda: reader["SPY"])
    return reader


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_sample_run_ends_and_leaves_nothing(
    sample: subprocess.Popen[str], segment_name: str, number: signal.Signals
) -> None:
    """Quotes move; Ctrl-C or SIGTERM ends both processes with code 0, removes the segment, and nothing reads live."""
    with open_when_live(segment_name) as reader:
        before = reader["SPY"].sequence
        wait_until(lambda: reader["SPY"].sequence > before, "SPY moves")
        writer = ProcessIdentity.of(reader.status().feeder_pid)
        assert writer is not None
        sample.send_signal(number)
        _, errors = sample.communicate(timeout=20)
        assert (sample.returncode, errors) == (0, "")
        assert not writer.exists()
        assert reader["SPY"].verdict is Verdict.FEED_DOWN
    assert not SegmentPaths.of(segment_name).directory.exists()
    with pytest.raises(SegmentNotFound):
        QuoteReader.open(segment_name)


def test_sample_writer_dies_with_its_parent(sample: subprocess.Popen[str], segment_name: str) -> None:
    """SIGKILL of the owner ends the writer too, and quotes stop reading live."""
    with open_when_live(segment_name) as reader:
        writer = ProcessIdentity.of(reader.status().feeder_pid)
        assert writer is not None
        sample.kill()
        sample.wait()
        wait_until(lambda: not writer.exists(), "the writer is gone")
        wait_until(lambda: reader["SPY"].verdict is Verdict.FEED_DOWN, "feed_down", show=lambda: reader["SPY"])


def test_sample_run_says_when_its_writer_died(sample: subprocess.Popen[str], segment_name: str) -> None:
    """A writer that is killed ends the program with code 1 and a word about it."""
    with open_when_live(segment_name) as reader:
        writer = ProcessIdentity.of(reader.status().feeder_pid)
        assert writer is not None
        assert writer.kill_and_wait(10.0)
    _, errors = sample.communicate(timeout=20)
    assert sample.returncode == 1
    assert "exit code -9" in errors


def test_second_sample_run_is_refused(sample: subprocess.Popen[str], segment_name: str) -> None:
    """A directory has one owner; the second start names it and exits 2, the first goes on."""
    with open_when_live(segment_name) as reader:
        command = [sys.executable, "-P", "-m", "tickring.supervisor.sample_run", "--name", segment_name]
        second = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
        assert second.returncode == 2
        assert f"pid {sample.pid}" in second.stderr
        assert reader["SPY"].verdict is Verdict.LIVE


def test_readme_code_prints_a_quote_with_its_verdict(sample: subprocess.Popen[str], segment_name: str) -> None:
    """The README's five lines, as they stand there, print a live quote."""
    assert sample.poll() is None
    open_when_live(segment_name).close()
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    code = next(block for block in blocks if "QuoteReader.open" in block)
    result = subprocess.run(
        [sys.executable, "-P", "-c", code.replace('"sample"', repr(segment_name))],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert result.returncode == 0, result.stderr
    assert re.fullmatch(r"SPY live \d+\.\d+ \d+\.\d+ \d+\.\d{3} s\n", result.stdout)
