"""`make run` until the gateway simulator is there: sample quotes written by one process, read and printed by another.

Three parts as in the real service: this process owns the segment, a spawned process writes it, and the printing half
only reads, as any risk engine would. Ctrl-C or SIGTERM ends all of it and removes the segment.
"""

import argparse
import os
import signal
import sys
import threading
import time
from pathlib import Path

from tickring.errors import TickringError
from tickring.feeder.sample_writer import write_samples
from tickring.reader import Quote, QuoteReader
from tickring.states import ApiMode, RunState
from tickring.supervisor.segment_host import SegmentHost, SegmentLimits
from tickring.supervisor.spawning import spawn

__all__ = ["main"]

_SYMBOLS = ["AAPL", "AMZN", "BRK B", "EUR.USD", "GOOG", "MSFT", "NVDA", "QQQ", "SPY", "TSLA"]
_LIMITS = SegmentLimits(capacity=1_000)
_GRACE_S = 3.0


def main(arguments: list[str] | None = None) -> int:
    """Run until Ctrl-C, SIGTERM or `--seconds`; return the exit code (0 fine, 1 the writer died, 2 cannot start)."""
    options = _parser().parse_args(arguments)
    stopping = threading.Event()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _signum, _frame: stopping.set())
    try:
        host = SegmentHost.open(options.name, limits=_LIMITS, api_mode=ApiMode.MOCK)
    except TickringError as error:
        print(f"tickring: {error}", file=sys.stderr)
        return 2
    try:
        return _run(host, options, stopping)
    finally:
        host.close(remove=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make run", description="Moving sample quotes in shared memory, in mock mode."
    )
    parser.add_argument("--name", default="sample", help="segment name (default: %(default)s)")
    parser.add_argument("--symbols", nargs="+", default=_SYMBOLS, metavar="SYMBOL")
    parser.add_argument("--rate", type=int, default=500, metavar="N", help="ticks per second (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed walks the same way (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=None, help="stop by itself after this time")
    return parser


def _run(host: SegmentHost, options: argparse.Namespace, stopping: threading.Event) -> int:
    child = spawn(
        write_samples,
        "tickring-sample-writer",
        options.name,
        host.grant_epoch(),
        options.symbols,
        options.rate,
        options.seed,
        os.getpid(),
    )
    try:
        host.set_state(RunState.RUNNING)
        while not host.wait_for_feeder(timeout_s=0.1):
            if not child.is_alive() or stopping.is_set():
                return _report_end(child.exitcode, stopping)
        deadline = None if options.seconds is None else time.monotonic() + options.seconds
        with QuoteReader.open(options.name, api_mode=ApiMode.MOCK) as reader:
            while not stopping.is_set() and child.is_alive() and (deadline is None or time.monotonic() < deadline):
                host.heartbeat()
                _show(reader, host.paths.directory)
                stopping.wait(0.5 if sys.stdout.isatty() else 1.0)
        if not child.is_alive():
            return _report_end(child.exitcode, stopping)
        return 0
    finally:
        child.terminate()
        child.join(_GRACE_S)
        if child.is_alive():
            child.kill()
            child.join()


def _report_end(exit_code: int | None, stopping: threading.Event) -> int:
    if stopping.is_set():
        return 0
    print(f"tickring: the sample writer ended by itself (exit code {exit_code}); see above", file=sys.stderr)
    return 1


# ---- the printing half ----


def _show(reader: QuoteReader, directory: Path) -> None:
    quotes = [reader[symbol] for symbol in reader.symbols()]
    status = reader.status()
    head = (
        f"tickring sample | {directory} | epoch {status.epoch} | heartbeat {status.heartbeat_age_s * 1e3:.0f} ms | "
        f"{status.counters['ticks_published']:,} ticks"
    )
    if not sys.stdout.isatty():
        live = sum(quote.is_good for quote in quotes)
        first = next((_line(quote) for quote in quotes if quote.symbol == "SPY"), _line(quotes[0]) if quotes else "")
        print(f"{head} | {live}/{len(quotes)} good | {first}", flush=True)
        return
    title = (
        f"{'symbol':<10}{'verdict':<10}{'bid':>10}{'ask':>10}{'last':>10}{'volume':>10}{'age ms':>9}{'sequence':>10}"
    )
    body = "\n".join(_row(quote) for quote in quotes)
    print(f"\x1b[H\x1b[2J{head}\n\n{title}\n{body}\n\nCtrl-C ends it.", flush=True)


def _line(quote: Quote) -> str:
    return f"{quote.symbol} {quote.verdict} {_number(quote.bid, 2)}/{_number(quote.ask, 2)}"


def _row(quote: Quote) -> str:
    prices = "".join(f"{_number(price, 2):>10}" for price in (quote.bid, quote.ask, quote.last))
    age_ms = f"{quote.age_s * 1e3:.0f}"
    return f"{quote.symbol:<10}{quote.verdict:<10}{prices}{_number(quote.volume, 0):>10}{age_ms:>9}{quote.sequence:>10}"


def _number(value: float | None, decimals: int) -> str:
    return "-" if value is None else f"{value:,.{decimals}f}"


if __name__ == "__main__":
    sys.exit(main())
