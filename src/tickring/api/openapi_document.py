"""OpenAPI of the whole service: FastAPI's routes, and the documents as msgspec describes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from fastapi.openapi.utils import get_openapi

from tickring.api import book_schemas, record_schemas, schemas, symbol_schemas
from tickring.api.error_document import ErrorDocument

if TYPE_CHECKING:
    from types import ModuleType

    from fastapi import FastAPI

__all__ = ["add_openapi"]

_TEXT = """
One true top-of-book quote per symbol, read from shared memory, never without a verdict.

Every answer is JSON in UTF-8; times are ISO 8601 in UTC with a `Z`; absent numbers are `null`. Every error is
`{"error": {"code", "message", "next_step", "details"}}`. A POST needs `Authorization: Bearer TOKEN`
(`tickring api token --show`); a service that listens beyond loopback wants it for reading, too.
"""
_EVERYWHERE = {
    "401": "The token is missing or wrong.",
    "403": "The request is addressed to a host, or comes from a page, that is not this service's.",
    "431": "Address and headers are too long.",
    "503": "Too much is asked at a time, or a part of the house is away.",
}
_OF_BODIES = {"413": "The body is too long."}
_ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorDocument"}}}


def add_openapi(app: FastAPI) -> None:
    """Have `/openapi.json` tell everything."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign] # as FastAPI's manual says


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, description=_TEXT, routes=app.routes)
    components = document.setdefault("components", {})
    known = {
        name: schema
        for name, schema in components.get("schemas", {}).items()
        if name not in {"HTTPValidationError", "ValidationError"}  # our errors have another shape
    }
    _, described = msgspec.json.schema_components(
        [
            ErrorDocument,
            *_structs(schemas),
            *_structs(record_schemas),
            *_structs(book_schemas),
            *_structs(symbol_schemas),
        ],
        ref_template="#/components/schemas/{name}",
    )
    components["schemas"] = {**known, **described}
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "`tickring api token --show` prints it."}
    }
    for operations in document["paths"].values():
        for method, operation in operations.items():
            _complete(method, operation)
    return document


def _complete(method: str, operation: dict[str, Any]) -> None:
    operation["security"] = [{"token": []}] if method == "post" else [{}, {"token": []}]
    errors = {**_EVERYWHERE, **(_OF_BODIES if method == "post" else {})}
    answers = operation["responses"]
    for status, text in errors.items():
        answers.setdefault(status, {"description": text, "content": _ERROR})
    if "422" in answers:
        answers["422"]["content"] = _ERROR
    operation["responses"] = dict(sorted(answers.items()))


def _structs(module: ModuleType) -> list[type[msgspec.Struct]]:
    return [getattr(module, name) for name in module.__all__]
