"""One symbol beside its quote: what it has been, and its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from tickring.api.answers import answers, document_response
from tickring.api.context import context_of
from tickring.api.episode_list import told_episodes
from tickring.api.file_look import file_document
from tickring.api.symbol_schemas import QuoteFileDocument, SymbolTurnsDocument
from tickring.api.symbol_turns import SymbolLog, episode_turns, newest_first, record_turns, scopes_of
from tickring.config import ContractConfig
from tickring.errors import ApiRefused, DatabaseError, SegmentError
from tickring.iso_time import iso_now

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tickring.api.context import ApiContext
    from tickring.reader import Quote

__all__ = ["router"]

router = APIRouter(prefix="/api/quotes", tags=["quotes"])

_ALL = 1 << 16

SymbolPath = Annotated[str, Path(max_length=63)]


@router.get("/{symbol}/turns", responses=answers(SymbolTurnsDocument, 422))
async def turns(request: Request, symbol: SymbolPath, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> Response:
    """What the symbol has been, the newest first: its records' states, faults that concern it, the event log.

    Each part is told as far as it can be asked: without a database or a supervisor the others are.
    """
    context = context_of(request)
    contract = context.config.contracts.get(symbol, ContractConfig())
    records = _records(context, symbol)
    log, log_fault = await _log(context, symbol, scopes_of(symbol, contract))
    told = await told_episodes(context)
    scopes = scopes_of(symbol, contract, [one.scope for one in (*told.episodes, *log.episodes)])
    found = record_turns(records)
    document = SymbolTurnsDocument(
        symbol=symbol,
        turns=newest_first(
            [
                *found,
                *episode_turns(told.episodes, scopes, is_told_now=told.supervisor_alive),
                *episode_turns(log.episodes, scopes, is_told_now=False),
                *log.turns,
            ],
            limit,
        ),
        records_since=found[-1].at if found else None,
        supervisor_alive=told.supervisor_alive,
        log_fault=log_fault,
        at=iso_now(),
    )
    return document_response(document)


@router.get("/{symbol}/file", responses=answers(QuoteFileDocument, 404, 422, 503))
async def file(request: Request, symbol: SymbolPath) -> Response:
    """The symbol's JSON file as it stands on the disk, and where it differs from the segment."""
    context = context_of(request)
    found = await context.files.read(symbol)
    write_period_s = 1.0 / context.config.files.writes_per_s
    return document_response(file_document(symbol, found, context.segment, write_period_s))


def _records(context: ApiContext, symbol: str) -> list[Quote]:
    try:
        return context.segment.reader().history(symbol, _ALL)
    except SegmentError:
        return []


async def _log(context: ApiContext, symbol: str, scopes: list[str]) -> tuple[SymbolLog, str | None]:
    def read(session: Session) -> SymbolLog:
        from tickring.api.symbol_log import read_symbol_log

        return read_symbol_log(session, symbol, scopes)

    try:
        return await context.database.ask(read), None
    except (DatabaseError, ApiRefused) as error:
        return SymbolLog(), str(error)
