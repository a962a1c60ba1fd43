"""The dashboard's files: the document at every address of its own, its parts for ever, and a plain page without it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
from fastapi import FastAPI

from tickring.api.error_answers import add_error_answers
from tickring.api.web_pages import add_pages

if TYPE_CHECKING:
    from pathlib import Path


def answers(static: Path, *paths: str) -> list[httpx.Response]:
    """What an application with these files answers."""
    app = FastAPI(docs_url=None, redoc_url=None)
    add_error_answers(app)
    add_pages(app, static)

    async def ask() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            return [await client.get(path) for path in paths]

    return asyncio.run(ask())


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """A dashboard of few words, and a secret beside it."""
    directory = tmp_path / "static"
    (directory / "assets").mkdir(parents=True)
    (directory / "index.html").write_text("<!doctype html><p>dashboard</p>")
    (directory / "assets" / "index-4f3a.js").write_text("let seen = 1;")
    (directory / "favicon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "secret").write_text("kept to itself")
    (directory / "assets" / "out").symlink_to(tmp_path / "secret")
    return directory


def test_the_document_stands_at_every_address_of_the_dashboard(static: Path) -> None:
    """A reload deep inside finds it too; the browser asks each time whether there is a newer one."""
    for answer in answers(static, "/", "/runs", "/runs/17", "/orders", "/fills", "/guard"):
        assert (answer.status_code, "dashboard" in answer.text) == (200, True)
        assert answer.headers["cache-control"] == "no-cache"


def test_parts_whose_names_change_with_their_content_may_be_kept_for_ever(static: Path) -> None:
    """Scripts by their hashed names; other files are asked for again."""
    script, icon = answers(static, "/assets/index-4f3a.js", "/favicon.svg")
    assert (script.status_code, script.text) == (200, "let seen = 1;")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "javascript" in script.headers["content-type"]
    assert (icon.status_code, icon.headers["cache-control"]) == (200, "no-cache")


def test_nothing_but_the_dashboards_own_files_is_given_away(static: Path) -> None:
    """Neither by climbing up nor by a link nor by a hidden name."""
    climbing = ("/..%2fsecret", "/assets/..%2f..%2fsecret", "/assets/out", "/assets", "/assets/", "/.git", "/runs.html")
    for answer in answers(static, *climbing):
        assert (answer.status_code, "kept to itself" in answer.text) in {(404, False), (307, False)}, answer.url


def test_a_name_that_no_file_can_have_is_none_that_is_there(static: Path) -> None:
    """Too long for any file, or with what no name may have: there is no such thing, and no more to it."""
    for answer in answers(static, "/" + "a" * 300, "/%00", "/assets/" + "a" * 300, "/assets/%00"):
        assert answer.status_code == 404, answer.url


def test_without_a_dashboard_a_plain_page_says_so(tmp_path: Path) -> None:
    """It names the build and leads on to what there is, and needs no script."""
    (answer,) = answers(tmp_path, "/")
    assert answer.status_code == 200
    for words in ("not built", "npm run build", "/docs", "/api/ib/stream/status"):
        assert words in answer.text
    assert "<script" not in answer.text
