"""Wait for a condition with a deadline, never for a time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def wait_until(
    condition: Callable[[], object], what: str, *, timeout_s: float = 20.0, show: Callable[[], object] | None = None
) -> None:
    """Return once `condition()` is true; fail after `timeout_s`, saying `what` was waited for and what `show` shows."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() >= deadline:
            shown = f"; now: {show()!r}" if show is not None else ""
            raise AssertionError(f"not within {timeout_s:g} s: {what}{shown}")
        time.sleep(0.002)
