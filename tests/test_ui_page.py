"""The live trade page in a real browser over a real run: what an operator does with it, and what may go wrong."""

from __future__ import annotations

import itertools
import json
import os
import signal
import uuid
from typing import TYPE_CHECKING

import pytest

from tests.ui_rig import ensure_built, row, wait_moving
from tools.ui_stage import Stage, browser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
        each.get_by_role("option", name="Sample project").wait_for(state="attached")
        each.get_by_test_id("starts").get_by_text("Starts the 13 symbols of “Sample decisions”").wait_for()
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


def test_symbol_s_past_is_told_to_a_page_that_was_not_there(stage: Stage, page: Page) -> None:
    """A fault from before the page was opened stands in the drawer, over or not; nothing stands there twice."""
    stage.fault("link_down")
    row(page, "SPY", "stale").wait_for()
    stage.fault("link_up", code=1101)
    row(page, "SPY", "live").wait_for()
    stage.wait_state("streaming")
    late = page.context.new_page()
    late.goto(f"{stage.url}/?symbol=SPY")
    past = late.get_by_test_id("drawer").locator(".turns")
    fault = past.locator("[data-kind=episode]").filter(has_text="Gateway has lost IB").first
    fault.wait_for()
    late.wait_for_function("() => !document.querySelector('.turns').innerText.includes('goes on')")
    assert "for " in fault.inner_text()
    told = [" ".join(text.split()) for text in past.locator("[data-kind=quote]").all_inner_texts()]
    assert any("live stream" in text for text in told)
    without_times = [text.split(" ", 1)[1] for text in told]
    assert all(newer != older for newer, older in itertools.pairwise(without_times)), told
    moments = past.locator("time").evaluate_all("all => all.map(each => each.dateTime)")
    assert moments == sorted(moments, reverse=True)
    late.close()


def test_symbol_s_file_beside_the_segment(stage: Stage, page: Page) -> None:
    """The JSON as it stands on the disk; a flusher that hangs makes it late, and the page says by what."""
    row(page, "SPY", "live").wait_for()
    row(page, "SPY").click()
    part = page.get_by_test_id("file")
    part.get_by_text("As far as shared memory").wait_for()
    shown = part.locator("pre").inner_text()
    assert json.loads(shown)["symbol"] == "SPY"
    assert str(stage.place / "data" / "stream" / "SPY.json") in part.inner_text()
    flusher = stage.pid_of("flusher")
    os.kill(flusher, signal.SIGSTOP)
    try:
        part.get_by_text("records behind shared memory").wait_for()
        part.get_by_role("rowheader", name="bid", exact=True).wait_for()
        on_disk = json.loads((stage.place / "data" / "stream" / "SPY.json").read_text())
        page.wait_for_function(
            "written => JSON.parse(document.querySelector('.file-text').innerText).written_at === written",
            arg=on_disk["written_at"],
        )
    finally:
        os.kill(flusher, signal.SIGCONT)
    part.get_by_text("As far as shared memory").wait_for()


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


def test_start_says_what_is_configured(chromium: Browser, tmp_path: Path) -> None:
    """Where the configuration names the symbols the dialog asks for no project, names them, and starts them."""
    ensure_built()
    name = f"test-ui-{os.getpid()}-{uuid.uuid4().hex[:6]}"
    with Stage(name, tmp_path, "stream.symbols=SPY,BRK B") as stage:
        stage.wait_state("streaming").post("/api/ib/stream/stop")
        context = chromium.new_context(locale="en-US")
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        page.goto(stage.page_url())
        page.get_by_role("button", name="Start stream").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_text("Starts the 2 symbols that the configuration names").wait_for()
        assert "SPY · BRK B" in dialog.get_by_test_id("starts").inner_text()
        assert dialog.get_by_role("combobox").count() == 0
        assert dialog.get_by_text("Project").count() == 0
        dialog.get_by_role("button", name="Start").click()
        row(page, "BRK B", "live").wait_for()
        assert page.get_by_test_id("subscribed").inner_text() == "2"
        context.close()
