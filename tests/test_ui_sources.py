"""The page's generated sources are those of the service as it is."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.ui_rig import ensure_packages
from tools.openapi_document import DOCUMENT, document_text
from tools.ui_build import UI

if TYPE_CHECKING:
    from pathlib import Path


def test_openapi_document_is_the_service_s() -> None:
    """ui/openapi.json is what the service says of itself; `python -m tools.openapi_document` writes it."""
    assert DOCUMENT.read_text() == document_text(), "run: python -m tools.openapi_document && npm --prefix ui run types"


@pytest.mark.slow
def test_types_are_made_from_the_document(tmp_path: Path) -> None:
    """ui/src/api/schema.d.ts is what `npm run types` makes of ui/openapi.json."""
    node = ensure_packages()
    made = tmp_path / "schema.d.ts"
    generator = UI / "node_modules" / "openapi-typescript" / "bin" / "cli.js"
    words = [str(node / "node"), str(generator), str(UI / "openapi.json"), "--output", str(made), "--alphabetize"]
    subprocess.run(words, check=True, capture_output=True, timeout=50)
    assert (UI / "src" / "api" / "schema.d.ts").read_text() == made.read_text(), "run: npm --prefix ui run types"


def test_lock_names_no_registry() -> None:
    """ui/package-lock.json leaves it to each machine where packages come from, and has a checksum for every one."""
    text = (UI / "package-lock.json").read_text()
    assert '"resolved"' not in text
    assert text.count('"integrity"') > 50
