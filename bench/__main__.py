"""All questions, one after the other, and docs/benchmarks.md from their answers: what `make bench` runs.

Each question is a process of its own with its share of the time; one that fails is named and the others go on. The
page is made from one run only. `--from FILE` makes it again from a kept run.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bench._harness.results import Answer, Run
from bench._report.document import write_document
from bench._report.goals import goals_of
from bench._report.text import aligned

_ROOT = Path(__file__).parents[1]
_SHARES = {
    "read_one_quote": 0.19,
    "value_a_book": 0.10,
    "publish_a_tick": 0.07,
    "publish_to_visible": 0.12,
    "cost_of_growth": 0.12,
    "open_and_import": 0.07,
    "wire_to_reader": 0.23,
    "failover": 0.10,
    "waking": 0.03,
    "decode": 0.16,
    "feeder_load": 0.20,
    "api": 0.12,
}
_DEFAULT_S = 420.0  # of some twelve minutes; installing the peers, opening the stores and starting stacks take the rest


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="All benchmarks, and the page made from them.")
    parser.add_argument("--quick", action="store_true", help="tiny counts: does it run? The numbers mean nothing")
    parser.add_argument("--seconds", type=float, default=_DEFAULT_S, help="time for all (default: %(default)g)")
    parser.add_argument("--questions", nargs="+", choices=_SHARES, default=list(_SHARES), metavar="NAME")
    parser.add_argument("--contenders", nargs="+", default=[], metavar="NAME", help="only these")
    parser.add_argument("--docs", type=Path, default=_ROOT / "docs", help="where the page goes (default: docs)")
    parser.add_argument("--from", type=Path, dest="kept", metavar="FILE", help="make the page from a kept run")
    return parser


def _commit() -> str:
    try:
        command = ["git", "-C", str(_ROOT), "describe", "--always", "--dirty", "--abbrev=10"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _ask(question: str, options: argparse.Namespace, seconds: float, left_after_s: float) -> Answer | str:
    """Run one question; return its answer, or why there is none."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "answer.json")
        words = ["--json", str(file), "--seconds", f"{seconds:g}", "--left-after", f"{left_after_s:g}"]
        words += ["--quick"] if options.quick else []
        words += ["--contenders", *options.contenders] if options.contenders else []
        process = subprocess.Popen([sys.executable, "-m", f"bench.{question}", *words], cwd=_ROOT)
        try:
            code = process.wait(3 * seconds + 90)
        except subprocess.TimeoutExpired:
            code = -signal.SIGTERM
        finally:
            if process.poll() is None:
                process.terminate()  # it cleans up after itself
                process.wait(60)
        if code == 0:
            return msgspec.json.decode(file.read_bytes(), type=Answer)
        return "it took three times its time" if code == -signal.SIGTERM else f"it ended with {code}; see its output"


def _run(options: argparse.Namespace) -> Run:
    started = time.monotonic()
    whole = sum(_SHARES[question] for question in options.questions)
    seconds = {question: options.seconds * _SHARES[question] / whole for question in options.questions}
    left_after_s = sum(seconds.values())
    command = "make bench" if len(sys.argv) == 1 else "python -m bench " + " ".join(sys.argv[1:])
    run = Run(command, f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", _commit(), 0.0, [], {})
    for question in options.questions:
        left_after_s -= seconds[question]
        answer = _ask(question, options, seconds[question], max(0.0, left_after_s))
        if isinstance(answer, Answer):
            run.answers.append(answer)
        else:
            run.failed[question] = answer
            print(f"{question}: no answer: {answer}", file=sys.stderr)
    run.seconds = round(time.monotonic() - started, 1)
    return run


def main() -> int:
    """Return 0 if every question has an answer."""
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if options.kept:
        run = msgspec.json.decode(options.kept.read_bytes(), type=Run)
    else:
        try:
            run = _run(options)
        except KeyboardInterrupt:
            return 130
    if not run.answers:
        return 1
    write_document(run, options.docs)
    lines = [["goal", "measured", "", "and"], *([*goal] for goal in goals_of(run))]
    print(aligned([line[:3] for line in lines]))
    print(f"\n{options.docs / 'benchmarks.md'} and its pictures are of this run ({run.seconds:.0f} s)")
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
