"""The frame of every question: arguments, session, noise, printing, JSON."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from bench._contenders.registry import CONTENDERS
from bench._harness.machine import describe_machine
from bench._harness.noise import NoiseWatch
from bench._harness.progress import Progress
from bench._harness.results import Answer, Table
from bench._harness.session import Session
from bench._report.text import as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench._contenders.contract import Contender

__all__ = ["ask"]

_QUICK_S = 1.0


def _parser(title: str, seconds: float) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--quick", action="store_true", help="tiny counts: does it run? The numbers mean nothing")
    parser.add_argument("--seconds", type=float, default=seconds, help="time for all of it (default: %(default)g)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the answer")
    parser.add_argument("--contenders", nargs="+", default=[], metavar="NAME", help="only these")
    parser.add_argument("--left-after", type=float, default=0.0, help=argparse.SUPPRESS)
    return parser


def _exit_on_sigterm(signum: int, _frame: object) -> None:
    raise SystemExit(128 + signum)  # so that the session cleans up


def ask(
    name: str,
    title: str,
    seconds: float,
    measure: Callable[[Session], tuple[list[Table], list[str]]],
    among: Sequence[Contender] = CONTENDERS,
) -> int:
    """Run one question from the command line; return its exit code. `among`: the contenders it is about."""
    options = _parser(title, seconds).parse_args()
    signal.signal(signal.SIGTERM, _exit_on_sigterm)
    progress = Progress(name, _QUICK_S if options.quick else options.seconds, options.left_after)
    machine = describe_machine()
    noise = NoiseWatch(0.1 if options.quick else 1.0)
    try:
        with Session(progress, is_quick=options.quick, only=options.contenders, among=among) as session:
            tables, notes = measure(session)
            answer = Answer(
                question=name,
                title=title,
                is_quick=options.quick,
                seconds=round(progress.elapsed_s, 1),
                machine=machine,
                noise=noise.end(),
                peers=session.peers(),
                tables=tables,
                failures=session.failures,
                notes=notes,
            )
    except KeyboardInterrupt:
        print("\ninterrupted; everything is cleaned up", file=sys.stderr)
        return 130
    print(as_text(answer))
    if options.json:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(answer), indent=1) + b"\n")
    return 0
