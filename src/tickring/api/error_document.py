"""The one shape of every answer that is an error."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from tickring.errors import ApiRefused

__all__ = ["ErrorBody", "ErrorDocument", "error_response"]


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong and what helps."""

    code: str
    """A stable word for programs."""
    message: str
    """What, with the value and the rule."""
    next_step: str
    """What to do about it; empty: nothing helps but waiting."""
    details: dict[str, Any] = {}
    """Further fields, by code."""


class ErrorDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Every error answer has this shape."""

    error: ErrorBody


def error_response(refused: ApiRefused) -> Response:
    """Return the answer."""
    body = ErrorBody(code=refused.code, message=refused.reason, next_step=refused.next_step, details=refused.details)
    headers: dict[str, str] = {}
    if refused.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if refused.status == 503:
        headers["Retry-After"] = "1"
    return Response(
        msgspec.json.encode(ErrorDocument(error=body)), refused.status, headers, media_type="application/json"
    )
