"""Write the service's OpenAPI document, from which the page's types are made: `python -m tools.openapi_document`.

Then `npm --prefix ui run types`. A test says when either is out of date.
"""

from __future__ import annotations

import json
from pathlib import Path

from tickring.api.app import create_app
from tickring.config.structs import Config

__all__ = ["DOCUMENT", "document_text"]

DOCUMENT = Path(__file__).parent.parent / "ui" / "openapi.json"


def document_text() -> str:
    """Return the document as it stands in the file."""
    app = create_app(Config(), token="")
    return json.dumps(app.openapi(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(document_text(), encoding="utf-8")
    print(DOCUMENT)
