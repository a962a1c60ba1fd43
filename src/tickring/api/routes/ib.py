"""The stream of Interactive Brokers: start it, stop it, ask how it is."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from tickring.api.answers import answers, body_of, document_response, takes
from tickring.api.context import context_of
from tickring.api.schemas import StartedDocument, StartRequest, StoppedDocument, StreamStatusDocument
from tickring.api.start_plan import start_plan
from tickring.api.stream_status import stream_status
from tickring.api.symbol_schemas import StartPlanDocument
from tickring.control.messages import Start, Started, Stop, Stopped

__all__ = ["router"]

router = APIRouter(prefix="/api/ib/stream", tags=["stream"])

_BY = "api"
_STATUS_URL = "/api/ib/stream/status"


@router.get("/status", responses=answers(StreamStatusDocument))
async def status(request: Request) -> Response:
    """How the stream is: 200 always, also when nothing was ever started and when the supervisor is dead."""
    return document_response(await stream_status(context_of(request)))


@router.get("/plan", responses=answers(StartPlanDocument))
async def plan(request: Request) -> Response:
    """What a start streams that names nothing else, as this service is configured; nobody is asked."""
    return document_response(start_plan(context_of(request).config))


@router.post(
    "/start",
    status_code=202,
    responses=answers(StartedDocument, 409, 422, 502, 503, 504, status=202),
    openapi_extra=takes(StartRequest),
)
async def start(request: Request) -> Response:
    """Begin a run of the stream; of many at the same time exactly one begins it, the others get 409."""
    wanted: StartRequest = body_of(await request.body(), StartRequest)
    order = Start(
        project_id=wanted.project_id,
        decision_snapshot_id=wanted.decision_snapshot_id,
        refresh_interval_s=wanted.refresh_interval_seconds,
        max_symbols=wanted.max_symbols,
        by=_BY,
    )
    started = await context_of(request).supervisor.order(order, Started)
    document = StartedDocument(run_id=started.run_id, project_id=wanted.project_id, status_url=_STATUS_URL)
    return document_response(document, 202, {"Location": _STATUS_URL})


@router.post("/stop", responses=answers(StoppedDocument, 502, 503, 504))
async def stop(request: Request) -> Response:
    """End the run; fine also when nothing runs. Supervisor, segment and this service stay."""
    stopped = await context_of(request).supervisor.order(Stop(by=_BY), Stopped)
    return document_response(StoppedDocument(was_running=stopped.run_id is not None, run_id=stopped.run_id))
