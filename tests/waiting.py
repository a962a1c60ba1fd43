"""Wait for a condition with a deadline, never for a time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SOON_S = 0.2
_LOOK_SOON_S = 0.002
_LOOK_LATER_S = 0.01


def wait_until(
    condition: Callable[[], object], what: str, *, timeout_s: float = 20.0, show: Callable[[], object] | None = None
) -> None:
    """Return once `condition()` is true; fail after `timeout_s`, saying `what` was waited for and what `show` shows."""
    began_s = time.monotonic()
    while not condition():
        passed_s = time.monotonic() - began_s
        if passed_s >= timeout_s:
            shown = f"; now: {show()!r}" if show is not None else ""
            raise AssertionError(f"not within {timeout_s:g} s: {what}{shown}")
        # What takes its time is looked at less often: a look costs both sides of it, and other tests wait beside it.
        time.sleep(_LOOK_SOON_S if passed_s < _SOON_S else _LOOK_LATER_S)
