"""A quote of each verdict and reason, made by what brings it about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.raw_segment import RawSegment
from tickring.names import SegmentPaths
from tickring.states import ApiMode, Connection, DataType, Field, QuoteState, RunState, Source
from tickring.verdict import Reason

if TYPE_CHECKING:
    from pathlib import Path

    from tests.feeds import Feed
    from tickring.reader import Quote, QuoteReader

__all__ = ["BY_STATE", "REASONS", "bring_about", "quote_for"]

BY_STATE: dict[Reason, dict[str, str]] = {
    Reason.VOUCHED: {},
    Reason.QUIET_NAME: {"state": QuoteState.QUIET},
    Reason.MARKET_CLOSED: {"state": QuoteState.CLOSED},
    Reason.DELAYED_DATA: {"data_type": DataType.DELAYED},
    Reason.FROM_SNAPSHOT: {"source": Source.IB_SNAPSHOT},
    Reason.FROM_HISTORY: {"source": Source.IB_HISTORY},
    Reason.IN_FALLBACK: {"state": QuoteState.FALLBACK},
    Reason.DATA_TYPE: {"data_type": DataType.FROZEN},
    Reason.SOURCE: {"source": Source.NONE},
    Reason.MARKED_STALE: {"state": QuoteState.STALE},
    Reason.NOT_CONFIRMED: {"state": QuoteState.PENDING},
    Reason.NO_PERMISSION: {"state": QuoteState.NO_PERMISSION},
    Reason.COMPETING_SESSION: {"state": QuoteState.COMPETING_SESSION},
    Reason.UNRESOLVED: {"state": QuoteState.UNRESOLVED},
}
"""Reasons that a word of the symbol's own state brings about."""

VALUES = (Field.BID, 10.0, Field.ASK, 11.0, Field.LAST, 10.5, Field.BID_SIZE, 300)

REASONS = [
    *BY_STATE,
    *(Reason.NOT_VOUCHED, Reason.UNKNOWN_STATE, Reason.CONNECTION, Reason.OLD_EPOCH, Reason.HEARTBEAT),
    *(Reason.FEEDER_STATE, Reason.NO_FEEDER, Reason.SUPERVISOR_STATE, Reason.SUPERSEDED, Reason.NOT_NEWEST),
    *(Reason.NO_PRICE, Reason.OTHER_API_MODE, Reason.RETIRED, Reason.UNKNOWN_SYMBOL, Reason.OVERTAKEN),
]


def quote_for(feed: Feed, reason: Reason) -> Quote:
    """Return a quote that has this reason. Afterwards the feed may be past use."""
    if reason is Reason.NOT_NEWEST:
        slot = feed.stream("SPY", *VALUES)
        feed.tick(slot, Field.BID, 10.25)
        return feed.open_reader().history("SPY", 2)[1]
    reader, symbol = bring_about(feed, reason)
    return reader[symbol]


def bring_about(feed: Feed, reason: Reason) -> tuple[QuoteReader, str]:
    """Return a reader and a symbol whose newest quote has this reason; the reader has not looked at it yet."""
    reader = feed.open_reader(ApiMode.MOCK if reason is Reason.OTHER_API_MODE else "any")
    slot = feed.stream("SPY", *VALUES)
    if reason in BY_STATE:
        feed.writer.set_state(slot, **BY_STATE[reason])  # type: ignore[arg-type]
    _damage(SegmentPaths.of(feed.name).segment, slot, reason)
    if reason is Reason.CONNECTION:
        feed.writer.set_line(connection=Connection.SUSPECT)
    elif reason is Reason.FEEDER_STATE:
        feed.writer.set_line(state=RunState.STOPPING)
    elif reason is Reason.SUPERVISOR_STATE:
        feed.host.set_state(RunState.STOPPING)
    elif reason is Reason.NO_FEEDER:
        feed.writer.close()
        feed.host.grant_epoch()
    elif reason is Reason.NO_PRICE:
        feed.writer.begin(slot)
    elif reason is Reason.OTHER_API_MODE:
        feed.writer.set_line(api_mode=ApiMode.PAPER)
        feed.tick(slot, Field.BID, 10.0)
    elif reason is Reason.RETIRED:
        feed.writer.retire("SPY")
    return reader, "XYZ" if reason is Reason.UNKNOWN_SYMBOL else "SPY"


def _damage(segment: Path, slot: int, reason: Reason) -> None:
    """What only time, another release or a hostile writer brings about."""
    with RawSegment(segment) as raw:
        newest = raw.record(slot, raw.read("<Q", raw.control(slot)))
        if reason is Reason.NOT_VOUCHED:
            raw.write("<q", raw.control(slot) + 8, 0)
        elif reason is Reason.UNKNOWN_STATE:
            raw.write("<B", newest + 56, 200)
        elif reason is Reason.OLD_EPOCH:
            raw.write("<H", newest + 52, 999)
        elif reason is Reason.HEARTBEAT:
            raw.write("<q", 0x100 + 8, 1)
        elif reason is Reason.SUPERSEDED:
            raw.write("<I", 0x80 + 32, 1)
        elif reason is Reason.OVERTAKEN:
            raw.overtake_readers(slot)
