"""How often a random test tries: as often as asked on a free machine, less often on a busy one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def attempts(count: int, *, within_s: float) -> Iterator[int]:
    """Give 0 ... count - 1, but stop when the time is up; a tenth of them are tried however long they take."""
    deadline = time.monotonic() + within_s
    for attempt in range(count):
        if attempt >= count // 10 and time.monotonic() > deadline:
            return
        yield attempt
