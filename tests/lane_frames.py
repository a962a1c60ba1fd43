"""A native lane on a writer, and frames for it."""

from __future__ import annotations

from tickring import _core
from tickring.feeder.tick_types import (
    DELAYED_TYPES,
    HALTED,
    LAST_TIMESTAMP,
    PRICES,
    SIZE_OF_PRICE,
    SIZES,
    shares_per_unit,
)

__all__ = ["BID", "PRICE", "RECEIVED_NS", "SIZE", "TEXT", "framed", "lane_of", "text_frame"]

RECEIVED_NS = 1_795_270_000_000_000_000
PRICE, SIZE, NUMBER, TEXT = 1, 2, 45, 46
BID = 1


def lane_of(writer: _core.Writer, version: int = 200, *, sizes_are_whole: bool = False) -> _core.TickLane:
    """The lane as the feeder makes it for a server version; nothing is admitted."""
    return _core.TickLane(
        writer,
        prices=PRICES,
        sizes=SIZES,
        shares=shares_per_unit(version),
        size_of=SIZE_OF_PRICE,
        delayed=DELAYED_TYPES,
        timestamps=LAST_TIMESTAMP,
        halted=HALTED,
        has_raw_ids=version >= 201,
        sizes_are_whole=sizes_are_whole,
    )


def framed(payload: bytes) -> bytes:
    """The payload behind its length."""
    return len(payload).to_bytes(4, "big") + payload


def text_frame(kind: int, req_id: int, tick_type: int, *fields: str) -> bytes:
    """One tick in the text form."""
    return framed("".join(f"{field}\0" for field in (kind, 6, req_id, tick_type, *fields)).encode())
