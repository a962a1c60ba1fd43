"""Five hundred quotes that change ten times a second each: the page keeps up and stays usable."""

from __future__ import annotations

import itertools
import statistics
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.api_rig import ApiRig, own_segment
from tests.feeds import Feed
from tests.ui_rig import ensure_built, row, wait_moving
from tools.ui_stage import browser

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = 500
EVERY_S = 0.1
WATCHED_MS = 4_000
MESSAGES_PER_S = 150
_FRAMES = """length => new Promise(done => {
  const times = [];
  const long = [];
  const watching = new PerformanceObserver(found => long.push(...found.getEntries().map(one => one.duration)));
  watching.observe({ entryTypes: ["longtask"] });
  const begin = performance.now();
  const end = () => { watching.disconnect(); done({ times, long }); };
  const step = at => { times.push(at); at - begin < length ? requestAnimationFrame(step) : end(); };
  requestAnimationFrame(step);
})"""
_COLOURED = "document.querySelectorAll('.moved-up, .moved-down').length"


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_five_hundred_rows(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """Only the rows on the screen exist, frames go on under 5,000 updates a second, scrolling and filter answer.

    The updates come in few messages, and what has moved is coloured for a moment only.
    """
    ensure_built()
    with own_segment() as name, Feed.start(name, capacity=1024) as feed, ApiRig(name, tmp_path) as api:
        slots = [feed.stream(f"ROW{number:03}", "bid", 100.0, "ask", 100.02, "last", 100.01) for number in range(ROWS)]
        feed.say_data_flows(desired=ROWS, confirmed=ROWS)
        stopping = threading.Event()
        writer = threading.Thread(target=_tick_all, args=(feed, slots, stopping))
        writer.start()
        try:
            with browser() as chromium:
                page = chromium.new_context(locale="en-US", viewport={"width": 1440, "height": 900}).new_page()
                page.set_default_timeout(45_000)
                sizes: list[int] = []
                page.on("websocket", lambda one: one.on("framereceived", lambda text: sizes.append(len(text))))
                api.wait_up()
                page.goto(f"http://127.0.0.1:{api.port}/")
                row(page, "ROW000", "live").wait_for()
                wait_moving(page, "ROW000")
                page.wait_for_function(f"() => {_COLOURED} > 0")
                messages_before, begun_s = len(sizes), time.monotonic()
                seen = page.evaluate(_FRAMES, WATCHED_MS)
                messages_per_s = (len(sizes) - messages_before) / (time.monotonic() - begun_s)
                assert page.locator(".grid-body [data-symbol]").count() < 60
                assert page.get_by_test_id("quote-count").inner_text() == f"{ROWS} of {ROWS}"
                page.get_by_test_id("quotes").focus()
                page.keyboard.press("End")
                row(page, "ROW499", "live").wait_for()
                wait_moving(page, "ROW499")
                page.get_by_label("Filter").fill("row25")
                page.wait_for_function("() => document.querySelectorAll('.grid-body [data-symbol]').length === 10")
                stopping.set()
                page.wait_for_function(f"() => {_COLOURED} === 0")
        finally:
            stopping.set()
            writer.join()
    frames: list[float] = seen["times"]
    long_ms: list[float] = seen["long"]
    gaps_ms = sorted(later - earlier for earlier, later in itertools.pairwise(frames))
    median_ms, p95_ms = statistics.median(gaps_ms), gaps_ms[int(len(gaps_ms) * 0.95)]
    record_property("frames", len(frames))
    record_property("frame_ms_median", round(median_ms, 1))
    record_property("frame_ms_p95", round(p95_ms, 1))
    record_property("long_tasks", len(long_ms))
    print(f"{len(frames)} frames in {WATCHED_MS} ms: median {median_ms:.1f} ms, 95 % within {p95_ms:.1f} ms")
    longest_ms = max(long_ms, default=0.0)
    print(f"{len(long_ms)} tasks over 50 ms, the longest {longest_ms:.0f} ms; {messages_per_s:.0f} messages/s")
    assert messages_per_s < MESSAGES_PER_S
    assert median_ms < 100  # one frame in six: how good it is on a quiet machine says the print


def _tick_all(feed: Feed, slots: list[int], stopping: threading.Event) -> None:
    """Move every quote ten times a second until asked to stop."""
    turn = 0
    while not stopping.wait(EVERY_S / 10):
        turn += 1
        for slot in slots[turn % 10 :: 10]:
            price = 100.0 + (turn * 7 + slot) % 100 / 100
            feed.writer.tick(slot, time.time_ns(), "bid", price, "ask", price + 0.02, "last", price + 0.01)
        feed.writer.commit()
        feed.writer.heartbeat()
