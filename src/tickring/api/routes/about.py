"""What a client has to know before it asks for anything else."""

from __future__ import annotations

from importlib import metadata

from fastapi import APIRouter, Request
from starlette.responses import Response

from tickring.api.answers import answers, document_response
from tickring.api.context import context_of
from tickring.api.schemas import AboutDocument

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["service"])

_FEATURES = ("rest", "websocket", "bars:shape")


@router.get("/about", responses=answers(AboutDocument))
async def about(request: Request) -> Response:
    """Release, kind of prices, whether reading needs the token, what is there. Needs no token itself."""
    context = context_of(request)
    is_mock = context.config.stream.api_mode == "mock"
    return document_response(
        AboutDocument(
            version=metadata.version("tickring"),
            api_mode=context.config.stream.api_mode,
            needs_token=context.access.needs_token_to_read,
            features=(*_FEATURES, *(("simulator",) if is_mock else ())),
            throttle_ms=round(context.config.websocket.window_s * 1000),
        )
    )
