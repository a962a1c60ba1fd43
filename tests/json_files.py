"""The files of a stream directory as their readers see them, and the schemas they must fit."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

SCHEMAS = Path(__file__).parent.parent / "docs" / "schemas"


@cache
def _validator(kind: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads((SCHEMAS / f"{kind}.schema.json").read_text()))


def check_against_schema(kind: str, path: Path) -> dict[str, Any]:
    """Parse the file, hold it against docs/schemas/<kind>.schema.json, return what it says."""
    document: dict[str, Any] = json.loads(path.read_text())
    _validator(kind).validate(document)
    return document


def quote_at(directory: Path, name: str) -> dict[str, Any]:
    """Return the quote in `<name>.json`, checked against its schema."""
    return check_against_schema("quote", directory / f"{name}.json")


def status_at(directory: Path) -> dict[str, Any]:
    """Return `_status.json`, checked against its schema."""
    return check_against_schema("status", directory / "_status.json")


def drafts_in(directory: Path) -> list[str]:
    """Return the names of half-made files."""
    return sorted(path.name for path in directory.iterdir() if path.name.startswith("_tmp."))
