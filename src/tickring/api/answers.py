"""How a route says what it answers, and how it answers."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from tickring.api.examples import example_of
from tickring.errors import ApiRefused
from tickring.json_faults import JSON_FAULTS

__all__ = ["answers", "body_of", "document_response", "takes"]

_REFERENCE = "#/components/schemas/{}"


def document_response(document: msgspec.Struct, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return the answer; infinite numbers are null."""
    return Response(msgspec.json.encode(document), status, headers, media_type="application/json")


def answers(kind: type[msgspec.Struct], *errors: int, status: int = 200) -> dict[int | str, Any]:
    """Return what OpenAPI says of a route's answers: the document, an example, and which errors there are."""
    found: dict[int | str, Any] = {status: {"description": _first_line(kind), "content": _content(kind.__name__)}}
    for number in errors:
        found[number] = {"description": _ERRORS[number], "content": _content("ErrorDocument")}
    return found


def takes(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """Return what OpenAPI says of a route's body."""
    return {"requestBody": {"required": True, "content": _content(kind.__name__)}}


def body_of(payload: bytes, kind: Any) -> Any:
    """Return the body as what it must be.

    Raises:
        ApiRefused: 422, with value and rule.
    """
    try:
        return msgspec.json.decode(payload, type=kind)
    except JSON_FAULTS as error:
        raise ApiRefused(
            422, "invalid_request", f"the body is not what it must be: {error}", "correct it; /docs has its form"
        ) from None


def _content(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REFERENCE.format(name)}, "example": example_of(name)}}


def _first_line(kind: type[msgspec.Struct]) -> str:
    return (kind.__doc__ or "").partition("\n")[0]


_ERRORS = {
    404: "There is no such thing.",
    409: "It cannot be done now: something else is on.",
    422: "A value breaks its rule; the message says which.",
    502: "The supervisor answers something unknown.",
    503: "A part of the house is away; the next step stands in the answer.",
    504: "The supervisor has not answered in time; it may have been done.",
}
