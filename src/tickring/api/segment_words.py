"""How the stream is as segment and files say it, for when the supervisor does not answer.

What a dead process wrote is told as the past: a heartbeat counts only while its process lives.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from tickring.api.quote_document import finite_or_none
from tickring.api.schemas import StreamLook
from tickring.control.messages import ChildReport
from tickring.errors import SegmentError, TickringError
from tickring.feeder_status import FeederStatus, read_feeder_status
from tickring.process_life import process_life
from tickring.reader import ReaderStatus
from tickring.states import RunState
from tickring.stream_facts import facts_from
from tickring.stream_words import StreamWords, stream_words

if TYPE_CHECKING:
    from tickring.api.segment_view import SegmentView
    from tickring.control.messages import StreamReport

__all__ = ["SegmentWords", "look_at_segment", "stream_look", "told_stream"]

_FRESH_S = 10.0
"""A child that /proc does not show, in another container, lives as long as it has beaten within this."""
_LIVING = frozenset({"alive", "stopped", "traced", "not visible here"})


class SegmentWords(NamedTuple):
    """What can be told without asking anybody."""

    words: StreamWords
    header: ReaderStatus | None
    feeder: FeederStatus | None
    children: tuple[ChildReport, ...]
    fault: str | None
    """Why the segment, or the feeder's status, cannot be read; None: it can, or there is none."""


def look_at_segment(segment: SegmentView, *, data_limit_s: float, is_supervised: bool) -> SegmentWords:
    """Look once. `is_supervised`: somebody listens at the control socket, though he may not answer."""
    feeder, fault = _feeder_words(segment)
    try:
        reader = segment.reader()
        header, lines = ReaderStatus.of(reader), reader.header()
    except SegmentError as error:
        return SegmentWords(stream_words(None), None, feeder, (), str(error))
    children = _children(lines)
    facts = facts_from(header, feeder, data_limit_s=data_limit_s)
    if facts is not None and not is_supervised:
        facts = facts._replace(supervisor_heartbeat_age_s=math.inf)
    if facts is not None and not children[0].pid:
        facts = facts._replace(heartbeat_age_s=math.inf)
    return SegmentWords(stream_words(facts), header, feeder, children, fault)


def stream_look(words: StreamWords) -> StreamLook:
    """Return the words as the service tells them; since when they hold nobody knows."""
    return StreamLook(
        state=words.state,
        status=words.status,
        mode=words.mode,
        health=words.health,
        since=None,
        since_s=None,
        cause=words.cause,
        code=words.code,
    )


def told_stream(report: StreamReport) -> StreamLook:
    """Return the supervisor's own words."""
    return StreamLook(
        state=report.state,
        status=report.status,  # type: ignore[arg-type]
        mode=report.mode,  # type: ignore[arg-type]
        health=report.health,  # type: ignore[arg-type]
        since=report.since,
        since_s=report.since_s,
        cause=report.cause,
        code=report.code,
        transitions=report.transitions,
    )


def _feeder_words(segment: SegmentView) -> tuple[FeederStatus | None, str | None]:
    try:
        return read_feeder_status(segment.segment), None
    except TickringError as error:
        return None, str(error)


def _children(header: dict[str, Any]) -> tuple[ChildReport, ...]:
    now_ns, limit_s = header["read_ns"], header["supervisor"]["heartbeat_limit_ns"] / 1e9
    feeder = _child("feeder", header["feeder"], now_ns, limit_s)
    return (feeder, *(_child(line["name"], line, now_ns, _FRESH_S) for line in header["children"]))


def _child(name: str, line: dict[str, Any], now_ns: int, fresh_s: float) -> ChildReport:
    beat_ns = line["heartbeat_ns"]
    age_s = max(0, now_ns - beat_ns) / 1e9 if beat_ns > 0 else math.inf
    is_there = process_life(line["pid"], line["start_ticks"], age_s, limit_s=fresh_s) in _LIVING
    return ChildReport(
        name=name,
        state=str(line["state"] if is_there else RunState.STOPPED),
        pid=line["pid"] if is_there else None,
        heartbeat_age_s=finite_or_none(age_s),
        last_exit=f"process {line['pid']} is gone; it said {line['state']}"
        if line["pid"] > 0 and not is_there
        else None,
    )
