"""An example of every document, for OpenAPI."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

__all__ = ["example_names", "example_of"]


def example_of(name: str) -> dict[str, Any]:
    """Return the example of a document by the name of its struct."""
    return _examples()[name]


def example_names() -> list[str]:
    """Return the names of the documents that have an example."""
    return sorted(_examples())


@cache
def _examples() -> dict[str, dict[str, Any]]:
    text = (files("tickring.api") / "examples.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, dict[str, Any]])
