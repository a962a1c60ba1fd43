"""JSON Schemas of the files, made from the structs that write them: `python -m tickring.flusher.schemas DIR`.

docs/schemas/ holds what this makes; a test compares them.
"""

import sys
from pathlib import Path
from typing import Any

import msgspec

from tickring.flusher.quote_document import QuoteDocument
from tickring.flusher.stream_status import StreamStatus

__all__ = ["SCHEMAS", "schema_of"]

SCHEMAS: dict[str, type[msgspec.Struct]] = {"quote.schema.json": QuoteDocument, "status.schema.json": StreamStatus}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(file_name: str) -> dict[str, Any]:
    """Return the schema of that name. Every key is required: absent is null, no key is ever left out."""
    schema = msgspec.json.schema(SCHEMAS[file_name])
    for definition in schema["$defs"].values():
        definition.pop("description", None)  # docstrings are for who reads the code
        if "properties" in definition:
            definition["required"] = list(definition["properties"])
            for member in definition["properties"].values():
                member.pop("default", None)
    return {"$schema": _DIALECT, "title": file_name.partition(".")[0], **schema}


if __name__ == "__main__":
    for name in SCHEMAS:
        (Path(sys.argv[1]) / name).write_bytes(msgspec.json.format(msgspec.json.encode(schema_of(name))) + b"\n")
