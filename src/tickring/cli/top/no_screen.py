"""`top` where there is no screen: one page, or one line per interval."""

import itertools
import sys
import time

from tickring.cli.numbers import age, rate
from tickring.cli.top.feed_look import FeedLook, FeedWatch
from tickring.cli.top.frame import plain_page
from tickring.cli.top.view import View
from tickring.reader import GOOD, Verdict

__all__ = ["print_page", "print_summaries"]

_PAGE_COLUMNS = 132


def print_page(watch: FeedWatch, view: View, interval_s: float) -> None:
    """Print all rows once; takes one interval, because a rate needs two looks."""
    watch.look(time.monotonic())
    time.sleep(interval_s)
    page = plain_page(watch.look(time.monotonic()), view, _PAGE_COLUMNS, wall_s=time.time())
    sys.stdout.write("\n".join(page) + "\n")
    sys.stdout.flush()


def print_summaries(watch: FeedWatch, interval_s: float, count: int) -> None:
    """Print a line every interval, `count` times or (0) until Ctrl-C."""
    watch.look(time.monotonic())
    try:
        for _ in range(count) if count else itertools.count():
            time.sleep(interval_s)
            sys.stdout.write(_summary(watch.look(time.monotonic())) + "\n")
            sys.stdout.flush()
    except KeyboardInterrupt:
        pass


def _summary(look: FeedLook) -> str:
    report = look.report
    feeder = report.processes[1]
    good = sum(look.counts[verdict] for verdict in GOOD)
    parts = [
        time.strftime("%Y-%m-%d %H:%M:%S"),
        f"{report.api_mode}",
        f"{good}/{len(look.quotes)} good",
        *(f"{look.counts[verdict]} {verdict}" for verdict in reversed(Verdict) if look.counts[verdict]),
        f"{rate(look.total_rate)} ticks/s",
        f"feeder {feeder.state} {report.connection}",
        f"heartbeat {age(feeder.heartbeat_age_s)}",
        f"epoch {report.epoch}",
    ]
    if report.feed_fault is not None:
        parts.append(f"FEED NOT GOOD: {report.feed_fault}")
    return " | ".join(parts)
