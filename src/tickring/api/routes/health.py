"""Whether the service lives, whether its quotes may be used, and the stream's health in one look."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.responses import Response

from tickring.api.answers import answers, document_response
from tickring.api.context import context_of
from tickring.api.feed_look import feed_look
from tickring.api.quote_document import iso_ms
from tickring.api.schemas import LivingDocument, ReadyDocument, StreamHealthDocument
from tickring.api.stream_status import stream_status
from tickring.errors import ApiRefused, SegmentError
from tickring.iso_time import iso_now
from tickring.market_stream_status import market_stream_status

if TYPE_CHECKING:
    from tickring.api.schemas import StreamStatusDocument

__all__ = ["router"]

router = APIRouter(tags=["health"])


@router.get("/healthz", responses=answers(LivingDocument))
async def healthz() -> Response:
    """This process answers; of the stream it says nothing."""
    return document_response(LivingDocument(status="ok", at=iso_now()))


@router.get("/readyz", responses=answers(ReadyDocument, 503))
async def readyz(request: Request) -> Response:
    """The segment can be read and the feed as a whole is good; 503 says in `details.reasons` what is not."""
    context = context_of(request)
    try:
        feed = feed_look(context.segment.reader())
        reasons = [] if feed.is_good else [f"every quote reads {feed.verdict}: {feed.reason}"]
    except SegmentError as error:
        reasons = [str(error)]
    if reasons:
        raise ApiRefused(
            503, "not_ready", reasons[0], "/api/ib/stream/status tells more", {"reasons": reasons, "at": iso_now()}
        )
    return document_response(ReadyDocument(status="ready", at=iso_now()))


@router.get("/diagnostics/stream_health", responses=answers(StreamHealthDocument))
async def stream_health(request: Request) -> Response:
    """The stream's health: connected, mode, stale, the newest price, subscriptions, reconnections, the last error."""
    context = context_of(request)
    document = await stream_status(context)
    return document_response(_health(document, context.config.stream.stream_health_timeout_s))


def _health(document: StreamStatusDocument, limit_s: float) -> StreamHealthDocument:
    stream, feeder = document.stream, document.feeder
    assert stream is not None
    now_ns, now_mono_ns = time.time_ns(), time.monotonic_ns()
    market = market_stream_status(stream, feeder, stale_threshold_s=limit_s, now_ns=now_ns, now_mono_ns=now_mono_ns)
    age_s = None
    if feeder is not None and feeder.last_data_mono_ns > 0:
        age_s = max(0, now_mono_ns - feeder.last_data_mono_ns) / 1e9
    return StreamHealthDocument(
        connected=market.connected,
        mode=market.mode,
        stale=market.stale,
        stale_threshold_s=market.stale_threshold_s,
        last_tick_ts=None if age_s is None else iso_ms(now_ns - round(age_s * 1e9)),
        last_tick_age_s=age_s,
        subscriptions=market.subscriptions,
        confirmed=0 if feeder is None else feeder.confirmed,
        reconnect_attempts=market.reconnect_attempts,
        last_error=market.last_error,
        state=stream.state,
        cause=stream.cause,
        code=stream.code,
        at=document.at,
    )
