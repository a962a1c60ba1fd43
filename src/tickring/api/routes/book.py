"""Positions and what they are worth."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from tickring.api.answers import answers, document_response
from tickring.api.book_schemas import PositionsDocument
from tickring.api.context import context_of
from tickring.api.position_documents import positions_document
from tickring.positions import PositionsTable
from tickring.reader import GOOD
from tickring.verdict import Verdict

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["positions"])


@router.get("/positions", responses=answers(PositionsDocument, 404, 422, 503))
async def positions(
    request: Request,
    base: Annotated[str, Query(pattern="^[A-Z]{3}$", description="Currency of values and totals.")] = "USD",
    account: Annotated[list[str] | None, Query(description="Only this account; repeats.", max_length=100)] = None,
    accept: Annotated[
        list[Verdict] | None, Query(description="A verdict that prices may have beside live and quiet; repeats.")
    ] = None,
) -> Response:
    """Every position at the price that closing it would meet; what is vouched and what is not, kept apart."""
    context = context_of(request)
    document = positions_document(
        context.segment.reader(),
        PositionsTable.read(context.segment.segment),
        accounts=frozenset(account or ()),
        base_currency=base,
        accept=GOOD | set(accept or ()),
        limit_s=context.config.api.positions_max_age_s,
    )
    return document_response(document)
