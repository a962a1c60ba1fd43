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


def sleep_or_refuse(counter: str, lives: str) -> int:
    """Live as this life's letter says: s sleeps until SIGTERM, 0 and 7 (75) end, r refuses with 78."""
    path = Path(counter)
    number = len(path.read_text()) if path.exists() else 0
    path.write_text("x" * (number + 1))
    letter = lives[min(number, len(lives) - 1)]
    if letter == "s":
        time.sleep(60)
    return {"0": 0, "7": 75, "r": 78, "s": 1}[letter]
