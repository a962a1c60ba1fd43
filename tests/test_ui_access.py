"""The page can be read and used by everybody: axe-core finds no fault, in either set of colours."""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING, Any, Literal

import pytest

from tests.ui_rig import ensure_built, row
from tools.ui_build import UI
from tools.ui_stage import Stage, browser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Yield one run with the sample project, streaming."""
    ensure_built()
    with Stage(f"test-ui-{os.getpid()}-{uuid.uuid4().hex[:6]}", tmp_path_factory.mktemp("stage")) as running:
        yield running.wait_state("streaming")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Yield one browser."""
    ensure_built()
    with browser() as running:
        yield running


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_nothing(stage: Stage, chromium: Browser, scheme: Literal["dark", "light"]) -> None:
    """No violation of WCAG 2.2 AA: live page, drawer, dialogs, a lost connection, the other pages, a phone."""
    context = chromium.new_context(color_scheme=scheme, reduced_motion="reduce", locale="en-US")
    context.set_default_timeout(45_000)
    page = context.new_page()
    page.goto(stage.page_url())
    row(page, "SPY", "live").wait_for()
    found = {"live": _faults(page)}
    page.get_by_role("button", name="Stop stream").click()
    found["dialog"] = _faults(page)
    page.keyboard.press("Escape")
    row(page, "SPY").click()
    page.get_by_test_id("drawer").get_by_role("heading", name="Contract").wait_for()
    page.get_by_test_id("file").locator("pre").wait_for()
    page.locator(".turns li").first.wait_for()
    found["drawer"] = _faults(page)
    for path in ("/runs", "/orders"):
        page.goto(stage.url + path)
        page.get_by_role("heading", level=1).wait_for()
        found[path] = _faults(page)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(stage.url)
    row(page, "SPY", "live").wait_for()
    found["phone"] = _faults(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "a phone must scroll sideways"
    context.set_offline(True)
    page.route_web_socket("**/ws", lambda socket: socket.close())
    page.goto("about:blank")
    context.set_offline(False)
    page.goto(stage.url)
    page.get_by_text("No connection to the api").wait_for()
    found["lost"] = _faults(page)
    context.close()
    assert {where: faults for where, faults in found.items() if faults} == {}


def _faults(page: Page) -> list[str]:
    """Return what axe-core says, a line for each fault."""
    if not page.evaluate("'axe' in window"):
        page.evaluate((UI / "node_modules" / "axe-core" / "axe.min.js").read_text())
    told: dict[str, Any] = page.evaluate(
        "rules => axe.run(document, { runOnly: { type: 'tag', values: rules }, resultTypes: ['violations'] })", RULES
    )
    return [
        f"{fault['id']}: {node['target']} {node['failureSummary']}"
        for fault in told["violations"]
        for node in fault["nodes"][:3]
    ]
