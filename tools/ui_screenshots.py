"""Take the pictures of docs/images/ui-*.png: `python -m tools.ui_screenshots [NAME ...]`.

Real pages of a real run: its faults are the simulator's. Needs chromium, the dev extra (playwright, pillow)
and, for the Chinese page, a font that has it (fonts-noto-cjk).
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image

from tools.ui_stage import Stage, browser

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from playwright.sync_api import Browser, BrowserContext, Page

__all__ = ["IMAGES"]

IMAGES: Final = Path(__file__).parent.parent / "docs" / "images"
_LAPTOP: Final = (1240, 775)
_PHONE: Final = (390, 844)
_SMALL: Final = (1240, 480)
_TALL: Final = (1240, 900)
_WHOLE: Final = (1240, 1480)
_SETTLED_MS: Final = 1_500


class _Photographer:
    """Opens pages of the stage and keeps what they look like."""

    def __init__(self, stage: Stage, chromium: Browser, wanted: set[str]) -> None:
        self.stage = stage
        self._chromium = chromium
        self._wanted = wanted

    def open(
        self, path: str = "/", *, size: tuple[int, int] = _LAPTOP, scheme: str = "dark", locale: str = "en-US"
    ) -> Page:
        context: BrowserContext = self._chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if scheme == "dark" else "light",
            locale=locale,
            reduced_motion="no-preference",
        )
        page = context.new_page()
        page.goto(self.stage.page_url(path))
        return page

    def take(self, name: str, page: Page) -> None:
        if self._wanted and name not in self._wanted:
            return
        page.wait_for_timeout(_SETTLED_MS)
        path = IMAGES / f"ui-{name}.png"
        page.screenshot(path=path)
        # A page has few colours: a palette of its own makes a third of the picture.
        with Image.open(path) as whole:
            small = whole.convert("RGB").quantize(method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        small.save(path, optimize=True)
        print(path.name, path.stat().st_size // 1024, "KiB")


def _streaming(shots: _Photographer) -> None:
    page = shots.open()
    page.locator("[data-status=connected]").wait_for()
    page.wait_for_timeout(4_000)
    shots.take("live-dark", page)
    page.goto(shots.stage.url + "/?symbol=SPY")
    page.wait_for_timeout(6_000)
    shots.take("symbol", page)
    page.context.close()
    page = shots.open(scheme="light")
    page.wait_for_timeout(2_000)
    shots.take("live-light", page)
    page.get_by_role("button", name="Stop stream").click()
    shots.take("stop", page)
    page.context.close()
    for name in ("runs", "orders", "fills", "guard"):
        page = shots.open(f"/{name}", size=_SMALL)
        shots.take(name, page)
        page.context.close()
    page = shots.open("/?symbol=SPY", locale="zh-CN")
    page.wait_for_timeout(3_000)
    shots.take("chinese", page)
    page.context.close()
    page = shots.open(size=_PHONE)
    page.wait_for_timeout(2_000)
    shots.take("phone", page)
    page.goto(shots.stage.url + "/?symbol=SPY")
    page.wait_for_timeout(3_000)
    shots.take("phone-symbol", page)
    page.context.close()


def _some_unvouched(shots: _Photographer) -> None:
    """Part of the positions without data: every panel has something to say."""
    page = shots.open(size=_WHOLE)
    for symbol in ("NVDA", "XOM"):
        shots.stage.fault("permission", code=354, symbol=symbol)
        shots.stage.fault("mute", symbol=symbol)
    page.locator("[data-symbol=NVDA]:not([data-verdict=live])").wait_for(timeout=120_000)
    page.get_by_test_id("unvouched-total").get_by_text("USD").wait_for(timeout=60_000)
    shots.take("whole", page)
    page.context.close()
    page = shots.open("/?symbol=NVDA", size=_TALL, scheme="light")
    page.wait_for_timeout(4_000)
    page.locator(".turns").scroll_into_view_if_needed()
    shots.take("symbol-past", page)
    flusher = shots.stage.pid_of("flusher")
    os.kill(flusher, signal.SIGSTOP)
    page.goto(shots.stage.url + "/?symbol=SPY")
    page.get_by_text("Late:").wait_for(timeout=60_000)
    page.get_by_test_id("file").evaluate("part => part.scrollIntoView()")
    shots.take("symbol-file", page)
    os.kill(flusher, signal.SIGCONT)
    page.context.close()
    for symbol in ("NVDA", "XOM"):
        shots.stage.fault("permission", code=None, symbol=symbol)
        shots.stage.fault("unmute", symbol=symbol)


def _faults(shots: _Photographer) -> None:
    page = shots.open()
    shots.stage.fault("competing_session")
    page.locator("[data-symbol=SPY][data-verdict=fallback]").wait_for(timeout=60_000)
    shots.take("fallback", page)
    shots.stage.fault("competing_session", start=False)
    shots.stage.wait_state("streaming", timeout_s=90)
    shots.stage.fault("link_down")
    page.locator("[data-symbol=SPY][data-verdict=stale]").wait_for(timeout=60_000)
    shots.take("stale", page)
    shots.stage.fault("link_up", code=1101)
    shots.stage.wait_state("streaming", timeout_s=90)
    feeder = shots.stage.pid_of("feeder")
    os.kill(feeder, signal.SIGSTOP)
    page.locator("[data-symbol=SPY][data-verdict=feed_down]").wait_for(timeout=60_000)
    shots.take("feed-down", page)
    shots.stage.wait_state("streaming", timeout_s=90)
    page.context.close()


def _stopping(shots: _Photographer) -> None:
    page = shots.open()
    page.get_by_role("button", name="Stop stream").click()
    page.get_by_role("button", name="Stop the stream").click()
    page.locator("[data-status=disconnected]").wait_for(timeout=60_000)
    shots.take("stopped", page)
    page.get_by_role("button", name="Start stream").click()
    page.wait_for_timeout(500)
    shots.take("start", page)
    shots.stage.post("/api/ib/stream/start", project_id=1)
    page.locator("dialog").get_by_role("button", name="Start").click()
    page.get_by_role("alert").wait_for()
    shots.take("refused", page)
    page.context.close()
    page = shots.open()
    page.evaluate("sessionStorage.clear()")
    shots.stage.wait_state("streaming", timeout_s=60)
    page.get_by_role("button", name="Stop stream").click()
    page.get_by_role("button", name="Stop the stream").click()
    page.get_by_role("textbox", name="Token").wait_for()
    shots.take("token", page)
    page.context.close()


def _losing(shots: _Photographer) -> None:
    page = shots.open()
    page.locator("[data-symbol=SPY][data-verdict=live]").wait_for(timeout=60_000)
    pid = shots.stage.pid_of("api")
    os.kill(pid, signal.SIGSTOP)
    page.locator("[data-symbol=SPY][data-verdict=no_connection]").wait_for(timeout=60_000)
    page.wait_for_timeout(3_000)
    shots.take("lost", page)
    os.kill(pid, signal.SIGCONT)
    page.context.close()


def _starting_configured(shots: _Photographer) -> None:
    page = shots.open()
    page.get_by_role("button", name="Stop stream").click()
    page.get_by_role("button", name="Stop the stream").click()
    page.locator("[data-status=disconnected]").wait_for(timeout=60_000)
    page.get_by_role("button", name="Start stream").click()
    page.get_by_test_id("starts").wait_for()
    shots.take("start-configured", page)
    page.context.close()


class _Told(BaseHTTPRequestHandler):
    """Takes what the alerter sends, so that one runs."""

    def do_POST(self) -> None:
        """Take it."""
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of it."""


@contextlib.contextmanager
def _webhook() -> Generator[str]:
    """Yield an address that takes alerts."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Told) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def main() -> None:
    """Take all pictures, or those that are named."""
    wanted = set(sys.argv[1:])
    plays: tuple[Callable[[_Photographer], None], ...] = (_streaming, _some_unvouched, _faults, _stopping, _losing)
    with tempfile.TemporaryDirectory() as place, browser() as chromium, _webhook() as webhook:
        for name, settings, acts in (
            ("desk", (f"alerts.webhook_url={webhook}",), plays),
            ("configured", ("stream.symbols=SPY,QQQ,IWM,AAPL,MSFT,BRK B",), (_starting_configured,)),
        ):
            (own := Path(place) / name).mkdir()
            with Stage(f"ui-images-{name}-{os.getpid()}", own, *settings) as stage:
                stage.wait_state("streaming")
                shots = _Photographer(stage, chromium, wanted)
                for act in acts:
                    act(shots)


if __name__ == "__main__":
    main()
