"""The numbers for Prometheus; `tickring exporter` serves the same without the api."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from tickring.api.context import context_of
from tickring.metrics import render

__all__ = ["router"]

router = APIRouter(tags=["health"])

_ANSWERS: Final[dict[int | str, Any]] = {
    200: {
        "description": "Prometheus' text format; docs/monitoring/README.md lists the metrics.",
        "content": {"text/plain": {"schema": {"type": "string"}, "example": 'tickring_up{part="segment"} 1.0\n'}},
    }
}


@router.get("/metrics", responses=_ANSWERS)
async def metrics(request: Request) -> Response:
    """Everything that can be counted now, read as it is asked for."""
    segment = context_of(request).config.segment.name
    return Response(await asyncio.to_thread(render, segment), media_type=CONTENT_TYPE_LATEST)
