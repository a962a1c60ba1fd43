"""The feed as a whole, from the segment's header."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tickring.api.quote_document import finite_or_none
from tickring.api.schemas import FeedLook
from tickring.feed_fault import feed_fault

if TYPE_CHECKING:
    from tickring.reader import QuoteReader

__all__ = ["feed_look"]


def feed_look(reader: QuoteReader) -> FeedLook:
    """Read the header once."""
    header = reader.header()
    fault = feed_fault(header)
    beat_ns = header["feeder"]["heartbeat_ns"]
    return FeedLook(
        is_good=fault is None,
        verdict=None if fault is None else fault[0],
        reason=None if fault is None else fault[1],
        connection=header["feeder"]["connection"],
        api_mode=header["feeder"]["api_mode"],
        heartbeat_age_s=finite_or_none(max(0, header["read_ns"] - beat_ns) / 1e9 if beat_ns > 0 else math.inf),
        heartbeat_limit_s=header["supervisor"]["heartbeat_limit_ns"] / 1e9,
        segment_id=header["identity"]["segment_id"],
    )
