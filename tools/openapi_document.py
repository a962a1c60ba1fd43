"""Write the service's OpenAPI document, from which the page's types are made: `python -m tools.openapi_document`.

Then `npm --prefix ui run types`. A test says when either is out of date. Texts and examples are left out: types come
from the rest, and a word changed in a docstring is no reason to make them anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from tickring.api.app import create_app
from tickring.config.structs import Config

__all__ = ["DOCUMENT", "document_text"]

DOCUMENT = Path(__file__).parent.parent / "ui" / "openapi.json"


_EXAMPLES: Final = frozenset({"example", "examples"})
_TEXTS: Final = frozenset({"description", "summary"})


def document_text() -> str:
    """Return the document as it stands in the file."""
    app = create_app(Config(), token="")
    bare = json.loads(json.dumps(app.openapi()), object_hook=_without_texts)
    return json.dumps(bare, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _without_texts(fields: dict[str, Any]) -> dict[str, Any]:
    """Leave texts out; a field that is called `description` has a schema there and stays."""
    return {
        name: value
        for name, value in fields.items()
        if name not in _EXAMPLES and not (name in _TEXTS and isinstance(value, str))
    }


if __name__ == "__main__":
    DOCUMENT.write_text(document_text(), encoding="utf-8")
    print(DOCUMENT)
