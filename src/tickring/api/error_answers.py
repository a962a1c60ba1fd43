"""What an error becomes that a route, the router or the check of a request's values raises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from tickring.api.error_document import error_response
from tickring.api.refusals import refused
from tickring.errors import ApiRefused, TickringError

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

__all__ = ["add_error_answers"]

_ROUTER = {
    404: ("not_found", "see /docs for what there is"),
    405: ("method_not_allowed", "see /docs for what may be asked how"),
}


def add_error_answers(app: FastAPI) -> None:
    """Give every error the one shape."""
    app.add_exception_handler(TickringError, _ours)
    app.add_exception_handler(RequestValidationError, _wrong_values)
    app.add_exception_handler(HTTPException, _routers)


async def _ours(_request: Request, error: Exception) -> Response:
    assert isinstance(error, TickringError)
    return error_response(refused(error))


async def _wrong_values(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [
        {
            "where": ".".join(str(step) for step in fault["loc"]),
            "rule": fault["msg"],
            "value": repr(fault.get("input"))[:100],
        }
        for fault in error.errors()
    ]
    first = faults[0]
    message = f"{first['where']} is {first['value']}: {first['rule']}"
    return error_response(
        ApiRefused(422, "invalid_request", message, "correct it; /docs has every value's range", {"faults": faults})
    )


async def _routers(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code, next_step = _ROUTER.get(error.status_code, ("bad_request", "see /docs"))
    message = f"{request.method} {request.url.path[:200]!r}: {error.detail}"
    response = error_response(ApiRefused(error.status_code, code, message, next_step))
    response.headers.update(error.headers or {})
    return response
