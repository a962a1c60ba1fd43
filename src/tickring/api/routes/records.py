"""What has happened: runs, the event log, episodes, and the way of the stream through its states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from tickring.api.answers import answers, document_response
from tickring.api.context import context_of
from tickring.api.episode_list import told_episodes
from tickring.api.record_schemas import EventsDocument, RunsDocument
from tickring.api.schemas import EpisodesDocument, StateRow, StatesDocument
from tickring.api.stream_status import stream_status
from tickring.iso_time import iso_now
from tickring.stream_words import all_stream_words

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["records"])


@router.get("/stream/runs", responses=answers(RunsDocument, 422, 503))
async def runs(request: Request, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> Response:
    """The last runs: who began one, what for, and how it ended."""

    def read(session: Session) -> RunsDocument:
        from tickring.api import record_questions

        return record_questions.runs(session, limit)

    return document_response(await context_of(request).database.ask(read))


@router.get("/events", responses=answers(EventsDocument, 422, 503))
async def events(
    request: Request,
    after: Annotated[
        int | None, Query(ge=0, le=2**63 - 1, description="Those behind this id; left out: the newest ones.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """A page of the event log, the oldest first. Go on with `next_after`."""

    def read(session: Session) -> EventsDocument:
        from tickring.api import record_questions

        return record_questions.events(session, after=after, limit=limit)

    return document_response(await context_of(request).database.ask(read))


@router.get("/episodes", responses=answers(EpisodesDocument, 422))
async def episodes(
    request: Request,
    since: Annotated[int, Query(ge=0, le=2**63 - 1, description="A `sequence`; 0: everything that is known.")] = 0,
) -> Response:
    """What goes wrong and went wrong. Without its supervisor: what the feeder said last, whatever `since` says."""
    told = await told_episodes(context_of(request), since)
    return document_response(EpisodesDocument(**told._asdict(), at=iso_now()))


@router.get("/states", responses=answers(StatesDocument))
async def states(request: Request) -> Response:
    """The table that all words come from (docs/states.md), which row holds, and the last transitions."""
    stream = (await stream_status(context_of(request))).stream
    return document_response(
        StatesDocument(
            states=tuple(StateRow(**row._asdict()) for row in all_stream_words()),
            current="" if stream is None else stream.code,
            transitions=() if stream is None else stream.transitions,
            at=iso_now(),
        )
    )
