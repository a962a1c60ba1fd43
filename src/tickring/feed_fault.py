"""Why the feed as a whole is not good, if it is not: rules 7 to 13 of docs/verdicts.md, asked of the native core.

The rules are not written a second time: a faultless record is judged under the header's lines, so whatever verdict
comes back is the header's.
"""

from enum import StrEnum
from typing import Any

from tickring import _core
from tickring.states import ApiMode, Connection, DataType, Field, QuoteState, RunState, Source
from tickring.verdict import GOOD, Reason, Verdict

__all__ = ["feed_fault"]


def _number(word: StrEnum) -> int:
    return list(type(word)).index(word)


def feed_fault(header: dict[str, Any]) -> tuple[Verdict, Reason] | None:
    """Return the verdict that the best imaginable quote would read under this header, or None if it would be good."""
    supervisor, feeder, now_ns = header["supervisor"], header["feeder"], header["read_ns"]
    any_mode = _number(ApiMode.LIVE)  # the kind of account is the quotes' matter, not the feed's
    vitals = (
        supervisor["epoch"],
        feeder["epoch"],
        feeder["heartbeat_ns"],
        supervisor["heartbeat_limit_ns"],
        supervisor["vouch_limit_ns"],
        _number(RunState(supervisor["state"])),
        _number(RunState(feeder["state"])),
        _number(Connection(feeder["connection"])),
        any_mode,
        any_mode,
        supervisor["superseded"],
    )
    record = (
        _number(QuoteState.LIVE),
        _number(Source.IB_STREAM),
        _number(DataType.REALTIME),
        feeder["epoch"] & 0xFFFF,
        1 << _number(Field.BID),
        any_mode,
    )
    verdict, reason = _core.judge(record, vitals, now_ns, now_ns, 1 << any_mode, True)
    return None if verdict in GOOD else (verdict, reason)
