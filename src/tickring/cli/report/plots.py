"""The report's plots as SVG: faults over time, and seconds by symbol. Plain shapes; nothing is fetched."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from tickring.cli.report.durations import in_words

if TYPE_CHECKING:
    from datetime import datetime

    from tickring.cli.report.figures import Fault, Report

__all__ = ["bars", "timeline"]

_WIDTH = 900
_LEFT = 190
_ROW = 22
_ROWS_MAX = 40
_COLOURS = {"critical": "#c62828", "warning": "#e08600", "info": "#607d8b"}


def timeline(report: Report) -> str:
    """Return a row for each kind and scope of fault, over the report's time."""
    rows: dict[tuple[str, str], list[Fault]] = {}
    for fault in report.faults:
        rows.setdefault((fault.kind, fault.scope), []).append(fault)
    shown = list(rows.items())[:_ROWS_MAX]
    height = (len(shown) + 1) * _ROW + 8
    whole_s = (report.until - report.since).total_seconds()

    def x(moment: datetime) -> float:
        share = (moment - report.since).total_seconds() / whole_s
        return _LEFT + max(0.0, min(1.0, share)) * (_WIDTH - _LEFT - 10)

    parts = [_open(height, "Faults over time")]
    for number in range(5):
        moment = report.since + (report.until - report.since) * number / 4
        parts.append(
            f'<line x1="{x(moment):.1f}" x2="{x(moment):.1f}" y1="0" y2="{height - _ROW}" class="grid"/>'
            f'<text x="{min(x(moment), _WIDTH - 70):.1f}" y="{height - 6}">{moment:%d %b %H:%M}</text>'
        )
    for number, ((kind, scope), faults) in enumerate(shown):
        y = number * _ROW + 4
        parts.append(f'<text x="0" y="{y + 12}">{escape(_short(kind, scope))}</text>')
        for fault in faults:
            begin = x(fault.opened_at)
            width = max(2.0, x(fault.closed_at or report.until) - begin)
            colour = _COLOURS.get(fault.severity, _COLOURS["info"])
            parts.append(
                f'<rect x="{begin:.1f}" y="{y}" width="{width:.1f}" height="{_ROW - 8}" fill="{colour}">'
                f"<title>{escape(fault.cause)}</title></rect>"
            )
    return "".join([*parts, "</svg>"])


def _short(kind: str, scope: str) -> str:
    text = kind if scope in {"stream", "gateway"} else f"{kind} {scope}"
    return text if len(text) <= 30 else text[:29] + "\N{HORIZONTAL ELLIPSIS}"


def bars(seconds: dict[str, float], title: str) -> str:
    """Return a bar for each name, the first 40."""
    shown = list(seconds.items())[:_ROWS_MAX]
    longest_s = max((value for _, value in shown), default=0.0) or 1.0
    parts = [_open(len(shown) * _ROW + 4, title)]
    for number, (name, value) in enumerate(shown):
        y = number * _ROW + 4
        width = value / longest_s * (_WIDTH - _LEFT - 120)
        parts.append(
            f'<text x="0" y="{y + 12}">{escape(name)}</text>'
            f'<rect x="{_LEFT}" y="{y}" width="{max(1.0, width):.1f}" height="{_ROW - 8}" fill="#e08600"/>'
            f'<text x="{_LEFT + width + 6:.1f}" y="{y + 12}">{in_words(value)}</text>'
        )
    return "".join([*parts, "</svg>"])


def _open(height: int, title: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="{escape(title)}" font-family="sans-serif" font-size="12">'
        "<style>.grid{stroke:#8884}text{fill:currentColor}</style>"
    )
