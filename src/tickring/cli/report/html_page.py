"""The report as one HTML file that needs nothing else."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from tickring.cli.report.durations import in_words
from tickring.cli.report.plots import bars, timeline

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tickring.cli.report.figures import Fault, Report

__all__ = ["html_page"]

_STYLE = (
    ":root{color-scheme:light dark}body{font:15px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .75rem .25rem 0;"
    "border-bottom:1px solid #8884;vertical-align:top}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}"
    ".big{font-size:1.6rem;margin-right:2rem}.dim{opacity:.7}"
)


def html_page(report: Report) -> str:
    """Return the page's text."""
    share = "no run was on" if report.connected_share is None else f"{report.connected_share:.2%} connected"
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><title>tickring report</title>",
        f"<style>{_STYLE}</style><h1>tickring</h1>",
        f"<p class=dim>{report.since:%Y-%m-%d %H:%M} to {report.until:%Y-%m-%d %H:%M %Z}</p>",
        f"<p><span class=big>{share}</span><span class=big>{len(report.faults)} faults</span></p>",
        f"<p>A run was on for {in_words(report.on_s)}.</p>",
        f"<p>Degraded {in_words(report.degraded_s)}, disconnected {in_words(report.disconnected_s)}.</p>",
    ]
    if report.faults:
        kinds = (
            (one.kind, one.count, one.open, in_words(one.total_s), in_words(one.longest_s)) for one in report.kinds
        )
        slowest = (
            (one.kind, one.scope, f"{one.opened_at:%d %b %H:%M:%S}", _took(one), one.cause) for one in report.slowest
        )
        parts += [
            "<h2>When</h2>",
            timeline(report),
            "<h2>What</h2>",
            _table(("kind", "faults", "open", "together", "longest"), kinds, numbers=frozenset({1, 2, 3, 4})),
            "<h2>What took longest to heal</h2>",
            _table(("kind", "whom", "from", "took", "cause"), slowest, numbers=frozenset({3})),
        ]
    if report.symbols:
        parts += ["<h2>Symbols without their own stream</h2>", bars(report.symbols, "Seconds by symbol")]
    if report.runs:
        runs = (
            (one.run_id, _minute(one.started_at), _minute(one.ended_at), one.by, one.how or "") for one in report.runs
        )
        parts += ["<h2>Runs</h2>", _table(("run", "from", "to", "by", "how it ended"), runs)]
    return "\n".join(parts) + "\n"


def _minute(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%d %b %H:%M}"


def _took(fault: Fault) -> str:
    return "" if fault.closed_at is None else in_words((fault.closed_at - fault.opened_at).total_seconds())


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]], *, numbers: frozenset[int] = frozenset()) -> str:
    def row(cells: Iterable[object], tag: str) -> str:
        return "".join(
            f"<{tag}{' class=n' if number in numbers else ''}>{escape(str(cell))}</{tag}>"
            for number, cell in enumerate(cells)
        )

    body = "".join(f"<tr>{row(cells, 'td')}</tr>" for cells in rows)
    return f"<table><tr>{row(head, 'th')}</tr>{body}</table>"
