"""Faults on command, where the prices are made up anyway."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from tickring.api.answers import answers, body_of, document_response, takes
from tickring.api.context import context_of
from tickring.api.schemas import SimulatorAnswerDocument, SimulatorFault
from tickring.control.messages import SimulatorAnswer, SimulatorCommand
from tickring.errors import ApiRefused

__all__ = ["router"]

router = APIRouter(prefix="/api/simulator", tags=["simulator"])

_Values = dict[str, str | int | float | bool | None]


@router.post(
    "/fault",
    responses=answers(SimulatorAnswerDocument, 409, 422, 502, 503, 504),
    openapi_extra=takes(SimulatorFault),
)
async def fault(request: Request) -> Response:
    """Hand a command to the embedded simulator (docs/simulator.md); 409 `not_mock` unless the prices are mock."""
    values: _Values = body_of(await request.body(), _Values)
    command = values.pop("command", None)
    if not isinstance(command, str) or not command:
        raise ApiRefused(
            422, "invalid_request", f"command is {command!r}, must be a text", "docs/simulator.md has the commands"
        )
    context = context_of(request)
    if context.config.stream.api_mode != "mock":
        raise ApiRefused(
            409,
            "not_mock",
            f"stream.api_mode is {context.config.stream.api_mode!r}: these prices are not made up",
            "faults are for `tickring run` without a gateway",
        )
    answer = await context.supervisor.order(SimulatorCommand(command, values), SimulatorAnswer)
    return document_response(SimulatorAnswerDocument(result=msgspec.json.decode(answer.result, type=dict[str, Any])))
