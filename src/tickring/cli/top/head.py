"""The lines above the table: which segment, whose prices, are its processes well, how many quotes are good."""

import time

from tickring.cli.numbers import age, rate
from tickring.cli.palette import CONNECTION_STYLES, MODE_STYLES, RUN_STATE_STYLES, VERDICT_STYLES
from tickring.cli.reasons import REASONS
from tickring.cli.segment_report import ProcessLine, SegmentReport
from tickring.cli.top.feed_look import FeedLook
from tickring.cli.top.spans import Line, Span, aligned, fit, width_of
from tickring.reader import GOOD, Reason, Verdict

__all__ = ["head_lines"]

_ALARM = "bold white on red"
_ALARMING = (Verdict.STALE, Verdict.FEED_DOWN, Verdict.MISSING, Verdict.CONTENDED)
_WIDE = 100  # from here on the lines stand in columns


def head_lines(look: FeedLook, width: int, *, wall_s: float) -> list[Line]:
    """Return the head; the last line is an alarm, or empty."""
    report = look.report
    supervisor, feeder, *children = report.processes
    lines = [
        _feeder(report, feeder),
        _process("supervisor", supervisor, [(" " * 33, "")]),
        *(_process(child.role, child, [(" " * 33, "")]) for child in children[:4]),
        _symbols(look),
    ]
    if width < _WIDE:
        lines = [_close_up(line) for line in lines]
    return [_identity(report, width, wall_s), *(fit(line, width) for line in lines), _alarm(report, width)]


def _close_up(spans: list[Span]) -> list[Span]:
    """The same without the columns: every word one space from the next."""
    return [(f"{text.strip()} ", style) for text, style in spans if text.strip()]


def _identity(report: SegmentReport, width: int, wall_s: float) -> Line:
    spans: list[Span] = [(f" {report.api_mode} ", MODE_STYLES[report.api_mode])]
    if report.gateway_api_mode is not report.api_mode:
        spans += [(" gateway: ", "red"), (f" {report.gateway_api_mode} ", MODE_STYLES[report.gateway_api_mode])]
    clock = time.strftime("%H:%M:%S", time.localtime(wall_s))
    path = f" {report.path.removesuffix('/segment')}"
    room = width - sum(width_of(text) for text, _ in spans) - len(clock) - 1
    spans += [(aligned(path, max(0, room)), "bold"), (f" {clock}", "dim")]
    return fit(spans, width)


def _feeder(report: SegmentReport, feeder: ProcessLine) -> list[Span]:
    epoch = f"epoch {report.epoch}"
    if report.epoch != report.feeder_epoch:
        epoch += f", serves {report.feeder_epoch}"
    between: list[Span] = [
        (aligned(report.connection, 13), CONNECTION_STYLES[report.connection]),
        (aligned(epoch, 20), "" if report.epoch == report.feeder_epoch else "bold red"),
    ]
    return _process("feeder", feeder, between)


def _process(label: str, line: ProcessLine, between: list[Span]) -> list[Span]:
    limit = "" if line.heartbeat_limit_s is None else f" of {line.heartbeat_limit_s:g}s"
    return [
        (aligned(label, 12), "dim"),
        (aligned(line.state, 12), RUN_STATE_STYLES[line.state]),
        *between,
        ("heartbeat ", "dim"),
        (aligned(age(line.heartbeat_age_s), 6, right=True), "bold red" if line.is_late else ""),
        (aligned(limit, 9), "dim"),
        ("pid ", "dim"),
        (f"{line.pid} " if line.pid > 0 else "- ", ""),
        (line.process, "dim" if line.process == "alive" else "bold red"),
    ]


def _symbols(look: FeedLook) -> list[Span]:
    good, total = sum(look.counts[verdict] for verdict in GOOD), len(look.quotes)
    style = "bold green" if good == total else "bold red" if any(look.counts[word] for word in _ALARMING) else "yellow"
    spans = [
        (aligned("symbols", 12), "dim"),
        (f"{good:,}", style),
        (f" of {total:,} good  ", ""),
        (aligned(f"{rate(look.total_rate)} ticks/s", 16), ""),
    ]
    for verdict in reversed(Verdict):
        if look.counts[verdict]:
            spans += [(f"{look.counts[verdict]:,} {verdict}", VERDICT_STYLES[verdict]), ("  ", "")]
    return spans


def _alarm(report: SegmentReport, width: int) -> Line:
    text = ""
    if report.successor_fault is not None:
        text = f"The next segment cannot be read: it {report.successor_fault}"
    elif report.feed_fault is not None:
        words = REASONS[Reason(report.feed_fault)]
        text = f"{words.why} {words.do}"
    elif not report.is_in_place:
        text = "Nothing stands at this path any more: removed under its readers."
    return fit([(aligned(f" {text}", width), _ALARM)], width) if text else ()
