"""Children that end in every way; for the keeper's tests."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def end_differently(counter: str) -> int:
    """Count this life; end it by SIGKILL, with 75, with 0, and at last with 78."""
    path = Path(counter)
    lives = len(path.read_text()) if path.exists() else 0
    path.write_text("x" * (lives + 1))
    if lives == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return (-1, 75, 0, 78)[lives]


def end_or_sleep(is_over: bool) -> int:
    """End at once, or sleep until SIGTERM."""
    if not is_over:
        time.sleep(60)
    return 1
