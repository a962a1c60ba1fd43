"""What is streamed and why: symbols as the planner says, projects, decision snapshots and contracts of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from tickring.api.answers import answers, document_response
from tickring.api.context import context_of
from tickring.api.record_schemas import ContractDocument, ProjectsDocument, SnapshotsDocument, SymbolsDocument
from tickring.api.symbol_looks import symbols_document

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["planning"])

ProjectId = Annotated[int, Path(ge=0, le=2**31 - 1)]


@router.get("/symbols", responses=answers(SymbolsDocument))
async def symbols(request: Request) -> Response:
    """Every symbol that is streamed or wanted, where it comes from, and how far it is."""
    return document_response(symbols_document(context_of(request)))


@router.get("/projects", responses=answers(ProjectsDocument, 503))
async def projects(request: Request) -> Response:
    """All projects of the database with their themes."""
    context = context_of(request)

    def read(session: Session) -> ProjectsDocument:
        from tickring.api import record_questions

        return record_questions.projects(session, configured_id=context.config.stream.project_id)

    return document_response(await context.database.ask(read))


@router.get("/projects/{project_id}/snapshots", responses=answers(SnapshotsDocument, 404, 422, 503))
async def snapshots(request: Request, project_id: ProjectId) -> Response:
    """A project's decision snapshots with their decisions, the newest first, at most 100."""

    def read(session: Session) -> SnapshotsDocument:
        from tickring.api import record_questions

        return record_questions.snapshots(session, project_id)

    return document_response(await context_of(request).database.ask(read))


@router.get("/contracts/{symbol}", responses=answers(ContractDocument, 404, 422, 503))
async def contract(request: Request, symbol: Annotated[str, Path(max_length=63)]) -> Response:
    """What the database knows of the contract behind a symbol."""

    def read(session: Session) -> ContractDocument:
        from tickring.api import record_questions

        return record_questions.contract(session, symbol)

    return document_response(await context_of(request).database.ask(read))
