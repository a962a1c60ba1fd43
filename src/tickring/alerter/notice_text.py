"""A message in words, for people with a telephone: what, whom, since when, what ends it, where to read on."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from tickring.alerter.notice import NoticeEvent
from tickring.episodes import Severity

if TYPE_CHECKING:
    from tickring.alerter.notice import Notice

__all__ = ["notice_text", "notice_title"]

_LATE_S = 60.0
"""What is delivered later than this says so."""
_TEXT_MAX = 3500
"""Telegram takes 4096 characters; this leaves room for what is long in UTF-16."""
_SIGNS = {
    Severity.INFO: "\N{INFORMATION SOURCE}",
    Severity.WARNING: "\N{WARNING SIGN}",
    Severity.CRITICAL: "\N{POLICE CARS REVOLVING LIGHT}",
}


def notice_title(notice: Notice) -> str:
    """Return one line: how severe, what, whom."""
    if notice.event is NoticeEvent.TEST:
        return f"TEST {notice.service}"
    word = {NoticeEvent.CLOSE: "OVER", NoticeEvent.REMINDER: f"STILL {notice.severity.upper()}"}.get(
        notice.event, notice.severity.upper()
    )
    who = notice.scope if notice.scopes_total < 2 else f"{notice.scopes_total} {notice.scope}"
    return f"{word}: {notice.kind} ({who}) at {notice.service}"


def notice_text(notice: Notice, *, now_ns: int) -> str:
    """Return the whole message as plain text; `now_ns`: when it is delivered."""
    sign = "\N{WHITE HEAVY CHECK MARK}" if notice.event is NoticeEvent.CLOSE else _SIGNS[notice.severity]
    lines = [f"{sign} {notice_title(notice)}"]
    if notice.event is NoticeEvent.TEST:
        lines.append(notice.text)
    else:
        lines += _body(notice)
    late_s = now_ns / 1e9 - datetime.fromisoformat(notice.at).timestamp()
    lines.append(f"{_clock(notice.at)}" + (f", delivered {_span(late_s)} later" if late_s > _LATE_S else ""))
    lines.append(f"[{notice.mark}]")
    text = "\n".join(line for line in lines if line)
    return text if len(text) <= _TEXT_MAX else f"{text[: _TEXT_MAX - len(notice.mark) - 8]} ...\n[{notice.mark}]"


def _body(notice: Notice) -> list[str]:
    lines = [notice.cause + (f" [{notice.code}]" if notice.code else "")]
    if notice.scopes:
        rest = notice.scopes_total - len(notice.scopes)
        lines.append(
            ", ".join(one.removeprefix("symbol ") for one in notice.scopes) + (f" and {rest} more" if rest > 0 else "")
        )
    if notice.until is not None:
        lines.append(f"from {_clock(notice.since)} to {_clock(notice.until)}, {_span(notice.duration_s)}")
    else:
        lines.append(
            f"since {_clock(notice.since)}" + (f", {_span(notice.duration_s)}" if notice.duration_s >= 1 else "")
        )
    if notice.openings > 1:
        lines.append(f"flapped {notice.openings} times in {max(1, round(notice.flap_s / 60))} min")
    elif notice.count > 1:
        lines.append(f"seen {notice.count} times")
    if notice.event is not NoticeEvent.CLOSE:
        lines += [f"what ends it: {notice.heals}" if notice.heals else "", f"do: {notice.runbook}"]
    return lines


def _clock(iso: str) -> str:
    return f"{iso[:10]} {iso[11:19]} UTC"


def _span(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86_400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86_400} d {whole % 86_400 // 3600} h"
