"""The service as an ASGI application: its parts, its gate, its routes."""

from __future__ import annotations

from contextlib import asynccontextmanager
from importlib import metadata
from typing import TYPE_CHECKING

from fastapi import FastAPI

from tickring.api.access import Access
from tickring.api.context import ApiContext
from tickring.api.database_desk import DatabaseDesk
from tickring.api.error_answers import add_error_answers
from tickring.api.file_desk import FileDesk
from tickring.api.gate import Gate
from tickring.api.openapi_document import add_openapi
from tickring.api.routes import about, book, health, ib, metrics, planning, quotes, records, simulator, symbol
from tickring.api.segment_view import SegmentView
from tickring.api.supervisor_desk import SupervisorDesk
from tickring.api.web_pages import add_pages
from tickring.api.ws_route import close_websocket, register_websocket

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tickring.config.structs import Config

__all__ = ["create_app"]


def create_app(config: Config, token: str) -> FastAPI:
    """Return the application; touches neither segment nor database before somebody asks.

    `token`: what whoever changes something has to bring.
    """
    segment, limits = config.segment.name, config.api
    context = ApiContext(
        config=config,
        access=Access(limits, token),
        segment=SegmentView(segment, config.stream.api_mode),
        supervisor=SupervisorDesk(segment, limits.control_timeout_s),
        database=DatabaseDesk(config.database, limits),
        files=FileDesk(config),
    )

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            await close_websocket(app)
            context.close()

    app = FastAPI(
        title="tickring",
        version=metadata.version("tickring"),
        docs_url=None,  # FastAPI's own page loads its parts from elsewhere
        redoc_url=None,
        lifespan=life,
    )
    app.state.context = context
    app.add_middleware(Gate, access=context.access, limits=limits)
    add_error_answers(app)
    for part in (ib, quotes, symbol, planning, records, book, health, metrics, about, simulator):
        app.include_router(part.router)
    register_websocket(app)
    add_openapi(app)
    add_pages(app)
    return app
