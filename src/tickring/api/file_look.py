"""A quote's file beside the quote of the segment: how far it is behind, and what differs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tickring._core import boot_ns
from tickring.api.symbol_schemas import FileDifference, QuoteFileDocument
from tickring.errors import SegmentError
from tickring.iso_time import iso_now, iso_or_none
from tickring.json_faults import JSON_FAULTS
from tickring.verdict import Verdict

if TYPE_CHECKING:
    from tickring.api.file_desk import FoundFile
    from tickring.api.segment_view import SegmentView
    from tickring.reader import Quote

__all__ = ["file_document"]

_KEYS = (
    *("bid", "ask", "last", "close", "volume", "bid_size", "ask_size"),
    *("source", "state", "verdict", "market_data_type", "api_mode"),
)
_ATTRIBUTES = {"market_data_type": "data_type"}
_GRACE_S = 1.0
"""Beyond the time between two writes: for a flusher that shares its processor."""
_ALL = 1 << 16


class _Comparison(NamedTuple):
    """The file against the segment; without a comparison `fault` says why."""

    fault: str | None = None
    records_behind: int | None = None
    waits_s: float | None = None
    is_late: bool = False
    differences: tuple[FileDifference, ...] = ()


def file_document(symbol: str, found: FoundFile, segment: SegmentView, write_period_s: float) -> QuoteFileDocument:
    """Return what the file says, compared with the segment as it is now; never raises for what stands in it."""
    text, document, fault = _taken_apart(found)
    look = _Comparison(fault) if document is None else _compared(symbol, document, segment, write_period_s)
    return QuoteFileDocument(
        symbol=symbol,
        path=str(found.path),
        size_bytes=found.size_bytes,
        modified_at=iso_or_none(found.modified_ns),
        age_s=max(0.0, (time.time_ns() - found.modified_ns) / 1e9),
        text=text,
        at=iso_now(),
        **look._asdict(),
    )


def _compared(symbol: str, document: dict[str, Any], segment: SegmentView, write_period_s: float) -> _Comparison:
    try:
        records = segment.reader().history(symbol, _ALL)
    except SegmentError as error:
        return _Comparison(str(error))
    if not records:
        return _Comparison("the segment does not stream it now", is_late=document.get("verdict") != Verdict.MISSING)
    differences = tuple(_differences(document, records[0]))
    sequence = document.get("sequence")
    if document.get("segment_id") != records[0].segment_id or not isinstance(sequence, int):
        return _Comparison("it is of another segment than the one that is read now", None, None, True, differences)
    waits_s = _waits_s(records, sequence)
    is_late = waits_s is not None and waits_s > write_period_s + _GRACE_S
    return _Comparison(None, max(0, records[0].sequence - sequence), waits_s, is_late, differences)


def _taken_apart(found: FoundFile) -> tuple[str | None, dict[str, Any] | None, str | None]:
    """Return the text, what it says, and why it says nothing."""
    if found.content is None:
        return None, None, f"it has {found.size_bytes} bytes, which no file of a quote has"
    try:
        document = msgspec.json.decode(found.content, type=dict[str, Any])
        text = msgspec.json.format(found.content, indent=2).decode()  # numbers stay as they are written
    except JSON_FAULTS as error:
        return found.content.decode(errors="replace"), None, f"it is not what it must be: {error}"
    return text, document, None


def _differences(document: dict[str, Any], quote: Quote) -> list[FileDifference]:
    found: list[FileDifference] = []
    for key in _KEYS:
        filed, own = document.get(key), getattr(quote, _ATTRIBUTES.get(key, key))
        if filed != own:
            found.append(FileDifference(key=key, file=_shown(filed), segment=_shown(own)))
    return found


def _shown(value: Any) -> float | str | None:
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    return float(value) if isinstance(value, int | float) else repr(value)


def _waits_s(records: list[Quote], sequence: int) -> float | None:
    """Return since when the segment has a price that the file has not; records come newest first.

    A change of state alone has no time of its own: it has the price's that stood before it.
    """
    missing = [one for one in records if one.sequence > sequence and not one.is_state_only]
    if not missing:
        return None
    return max(0.0, (boot_ns() - missing[-1].ts_publish_ns) / 1e9)
