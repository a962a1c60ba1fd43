"""`tickring logs`: what of a log somebody wants to see, from files that grow and from a journal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli_runs import answer, environment
from tests.waiting import wait_until
from tickring.cli.log_lines import parse_line
from tickring.gateway_codes import GATEWAY_CODES

if TYPE_CHECKING:
    from pathlib import Path

JSON_LINE = (
    '{"at":"2026-03-04T05:06:09.000001Z","level":"error","process":"supervisor","pid":7,"event":"child.exited",'
    '"child":"feeder","exit_code":-9,"text":"child.exited child=feeder exit_code=-9"}'
)
LINES = (
    "2026-03-04 05:06:07,080 feeder INFO session.ready client_id=47 symbols=3",
    "2026-03-04 05:06:08,080 feeder WARNING gateway.error code=1100 symbol=None text='Connectivity lost'",
    "2026-03-04 05:06:08,081 feeder WARNING gateway.error code=354 symbol='SPY' text='not subscribed'",
    JSON_LINE,
    "2026-03-04 05:06:10,080 planner ERROR planner.look_failed",
    "Traceback (most recent call last):",
    "ValueError: no",
    "2026-03-04 05:06:11,080 feeder DEBUG feeder.start part=connected at_ns=5",
    "2026-03-04 05:06:12,080 feeder INFO planner.contracts_changed symbols=QQQ,SPY",
    "2026-03-04 05:06:13,080 supervisor WARNING episode.opened id=x-1 kind=symbol_silent scope='symbol SPY'",
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of text and JSON lines."""
    path = tmp_path / "run.log"
    path.write_text("\n".join(LINES) + "\n")
    return path


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ((), (0, 1, 2, 3, 4, 5, 6, 8, 9)),
        (("--level", "debug"), tuple(range(10))),
        (("--level", "error"), (3, 4, 5, 6)),
        (("--symbol", "SPY"), (2, 8, 9)),
        (("--symbol", "QQQ", "--symbol", "IWM"), (8,)),
        (("--code", "1100"), (1,)),
        (("--code", "1100", "--code", "354"), (1, 2)),
        (("--event", "child.*"), (3,)),
        (("--event", "planner.*", "--level", "warning"), (4, 5, 6)),
        (("--process", "supervisor"), (3, 9)),
        (("--lines", "2"), (8, 9)),
        (("--symbol", "nobody"), ()),
    ],
)
def test_filters(log: Path, options: tuple[str, ...], numbers: tuple[int, ...]) -> None:
    """Each filter leaves what it names, a traceback stays with its line, and --raw changes no byte."""
    shown = answer("logs", str(log), "--raw", *options)
    assert shown.exit_code == 0
    assert shown.stdout.splitlines() == [LINES[number] for number in numbers]


def test_for_people(log: Path) -> None:
    """Time of day, process, event; a code with its meaning."""
    shown = answer("logs", str(log), "--code", "1100").stdout
    assert shown.startswith("05:06:08.080 feeder     gateway.error code=1100")
    assert shown.endswith(f"({GATEWAY_CODES[1100].meaning})\n")
    (line,) = answer("logs", str(log), "--process", "supervisor", "--level", "error").stdout.splitlines()
    assert line.split() == ["05:06:09.000", "supervisor", "child.exited", "child=feeder", "exit_code=-9"]


def test_standard_input(log: Path) -> None:
    """A pipe is as good as a file."""
    command = [sys.executable, "-P", "-m", "tickring.cli", "logs", "-", "--symbol", "SPY", "--raw"]
    done = subprocess.run(
        command, input=log.read_text(), capture_output=True, text=True, check=True, env=environment(), timeout=60
    )
    assert done.stdout.splitlines() == [LINES[2], LINES[8], LINES[9]]


def test_follow_through_a_new_file(log: Path, tmp_path: Path) -> None:
    """What is added shows, half lines when they are whole, and a replaced file is followed."""
    out = tmp_path / "out"
    command = [sys.executable, "-P", "-m", "tickring.cli", "logs", str(log), "-f", "--raw", "--symbol", "NEW"]
    with out.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, env=environment(PYTHONUNBUFFERED="1"))
    try:
        line = "2026-03-04 05:07:00,000 feeder INFO symbol.streams symbol=NEW"
        with log.open("a") as growing:
            growing.write(line[:30])
            growing.flush()
            growing.write(line[30:] + "\n")
        wait_until(lambda: out.read_text().splitlines() == [line], "it shows", show=out.read_text)
        other = log.with_name("other")
        other.write_text(line.replace("05:07", "05:08") + "\n")
        other.replace(log)
        wait_until(lambda: len(out.read_text().splitlines()) == 2, "the new file shows", show=out.read_text)
    finally:
        process.kill()
        process.wait(20)


def test_there_is_no_such_log(tmp_path: Path) -> None:
    """Exit code 2, with what to do; a level that is none is an argument that is wrong."""
    missing = answer("logs", str(tmp_path / "none"))
    assert (missing.exit_code, "tickring run --log" in missing.stderr) == (2, True)
    assert answer("logs", "--level", "loud").exit_code == 2


def test_the_journal_of_a_unit(tmp_path: Path) -> None:
    """It is asked for the unit's own lines; what journalctl says when it cannot is told."""
    place = tmp_path / "bin"
    place.mkdir()
    program = place / "journalctl"
    program.write_text(f"#!/bin/sh\necho \"$@\" > '{tmp_path}/asked'\ncat '{tmp_path}/lines'\n")
    program.chmod(0o755)
    (tmp_path / "lines").write_text(LINES[3] + "\n")
    path = f"{place}:{os.environ['PATH']}"
    shown = answer("logs", "--since", "22:00", "-n", "5", "--raw", env={"PATH": path})
    assert json.loads(shown.stdout)["child"] == "feeder"
    asked = (tmp_path / "asked").read_text().split()
    assert asked == ["--unit", "tickring.service", "--output", "cat", "--no-pager", "--lines", "5", "--since", "22:00"]
    program.write_text("#!/bin/sh\necho 'No journal files were found.' >&2\nexit 1\n")
    refused = answer("logs", env={"PATH": path})
    assert (refused.exit_code, "No journal files were found" in refused.stderr) == (2, True)


@pytest.mark.parametrize("text", ["", "{", '{"a": ', "{}", "feeder", "x" * 100_000, "\x00\x1b[2J"])
def test_whatever_a_line_is(text: str) -> None:
    """Nothing of it is lost, nothing raises."""
    assert parse_line(text).raw == text
