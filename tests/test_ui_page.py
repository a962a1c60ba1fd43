"""The live trade page in a real browser over a real run: what an operator does with it, and what may go wrong."""

from __future__ import annotations

import os
import signal
import uuid
from typing import TYPE_CHECKING

import pytest

from tests.ui_rig import ensure_built, row, wait_moving
from tools.ui_stage import Stage, browser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
WAIT_MS = 60_000


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


@pytest.fixture
def page(stage: Stage, chromium: Browser) -> Iterator[Page]:
    """Yield the page as the operator opens it; an error in its code fails the test."""
    if stage.status()["run"] is None:
        stage.post("/api/ib/stream/start", project_id=1)
    context = chromium.new_context(locale="en-US")
    context.set_default_timeout(WAIT_MS)
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda told: faults.append(told.text) if "Content Security Policy" in told.text else None)
    opened.goto(stage.page_url())
    yield opened
    context.close()
    assert faults == []


def test_operator_s_day(stage: Stage, page: Page) -> None:
    """Stop, start, a second start refused in words, moving quotes, a fault that changes badge and source, healing."""
    row(page, "SPY", "live").wait_for()
    assert "token" not in page.url
    page.get_by_role("button", name="Stop stream").click()
    page.get_by_role("button", name="Stop the stream").click()
    page.locator("[data-status=disconnected]").wait_for()
    row(page, "SPY", "feed_down").wait_for()

    late = page.context.new_page()
    late.goto(stage.page_url())
    for each in (late, page):
        each.get_by_role("button", name="Start stream").click()
        each.get_by_role("option", name="1 · Sample project").wait_for(state="attached")
    page.get_by_role("dialog").get_by_role("button", name="Start").click()
    page.locator("[data-status=connected]").wait_for()
    late.get_by_role("dialog").get_by_role("button", name="Start").click()
    refusal = late.get_by_role("alert").inner_text()
    assert "A run is on already" in refusal
    assert str(stage.status()["supervisor"]["pid"]) in refusal
    assert "Next step" in refusal
    late.close()
    row(page, "SPY", "live").wait_for()
    wait_moving(page, "SPY")
    subscribed = int(page.get_by_test_id("subscribed").inner_text())
    assert subscribed == stage.status()["feeder"]["desired"] > 0

    stage.fault("competing_session")
    row(page, "SPY", "fallback").wait_for()
    page.locator("[data-status=degraded]").wait_for()
    assert row(page, "SPY").locator(".c-source [data-value]").get_attribute("data-value") in {
        "ib_snapshot",
        "ib_history",
    }
    page.get_by_text("Another session takes the data").wait_for()

    stage.fault("competing_session", start=False)
    row(page, "SPY", "live").wait_for()
    page.locator("[data-status=connected]").wait_for()
    assert row(page, "SPY").locator(".c-source [data-value]").get_attribute("data-value") == "ib_stream"


def test_drawer_by_keyboard(page: Page) -> None:
    """Arrows and Enter open a symbol with its chart and history; Escape closes it and gives the focus back."""
    row(page, "SPY", "live").wait_for()
    grid = page.get_by_test_id("quotes")
    grid.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    drawer = page.get_by_test_id("drawer")
    drawer.wait_for()
    assert "symbol=AMZN" in page.url
    page.wait_for_function("() => Number(document.querySelector('.chart-place')?.dataset.points) > 2")
    drawer.get_by_text("Contract id").wait_for()
    page.keyboard.press("Escape")
    drawer.wait_for(state="detached")
    assert grid.evaluate("grid => grid === document.activeElement")


def test_filter_sort_and_language(page: Page) -> None:
    """The table shows what is asked for, and every word has a second language."""
    row(page, "SPY", "live").wait_for()
    page.get_by_label("Filter").fill("sp")
    page.wait_for_function("() => document.querySelectorAll('[data-symbol]').length === 1")
    page.get_by_label("Filter").fill("")
    page.get_by_test_id("quotes").get_by_role("button", name="Symbol").click()
    page.wait_for_function("() => document.querySelector('[data-symbol]').dataset.symbol === 'XOM'")
    assert (
        page.get_by_test_id("quotes").get_by_role("columnheader", name="Symbol").get_attribute("aria-sort")
        == "descending"
    )
    page.get_by_label("Language").select_option("zh")
    page.get_by_role("heading", name="行情流", exact=True).wait_for()
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"


def test_second_tab_and_token(stage: Stage, page: Page) -> None:
    """Another tab sees the same quotes; what changes something asks there for the token, and for the right one."""
    other = page.context.new_page()
    other.goto(stage.url)
    row(other, "SPY", "live").wait_for()
    wait_moving(other, "SPY")
    wait_moving(page, "SPY")
    other.get_by_role("button", name="Stop stream").click()
    other.get_by_role("button", name="Stop the stream").click()
    other.get_by_role("textbox", name="Token").fill("not-the-token-of-this-service")
    other.get_by_role("button", name="Use this token").click()
    other.get_by_role("button", name="Stop the stream").click()
    other.get_by_role("textbox", name="Token").wait_for()
    assert stage.status()["run"] is not None


def test_api_silent_killed_and_back(stage: Stage, page: Page) -> None:
    """No old price looks live: not while the api stands still, not while it is gone; then the page finds it again."""
    row(page, "SPY", "live").wait_for()
    frozen = stage.pid_of("api")
    os.kill(frozen, signal.SIGSTOP)
    try:
        row(page, "SPY", "no_connection").wait_for()
        assert page.locator("[data-verdict=live]").count() == 0
        page.get_by_text("Nothing below is of now").wait_for()
        assert page.get_by_role("button", name="Stop stream").is_disabled()
    finally:
        os.kill(frozen, signal.SIGCONT)
    row(page, "SPY", "live").wait_for()

    os.kill(stage.pid_of("api"), signal.SIGKILL)
    row(page, "SPY", "no_connection").wait_for()
    row(page, "SPY", "live").wait_for()
    wait_moving(page, "SPY")
    assert stage.pid_of("api") != frozen
    page.wait_for_function("() => document.querySelector('.banner-lost') === null")
