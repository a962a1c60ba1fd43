"""A supervisor with children of the test's choice: `supervising JSON`, see `Orders`."""

from __future__ import annotations

import logging
import os
import sys
import time
from pathlib import Path

import msgspec

from tickring.config.structs import Config
from tickring.errors import TickringError
from tickring.supervisor.live_config import LiveConfig
from tickring.supervisor.manner import Manner
from tickring.supervisor.programs import Programs
from tickring.supervisor.supervisor import Supervisor


class Orders(msgspec.Struct):
    """What to be."""

    config: Config
    programs: dict[str, str] = {}
    manner: dict[str, bool] = {}
    is_embedded: bool = False
    wall_step_file: str = ""
    """Holds so many seconds that the wall clock of this process is off by."""


def main(text: str) -> int:
    """Serve; return the exit code."""
    orders = msgspec.json.decode(text, type=Orders)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s supervisor %(message)s")
    if orders.wall_step_file:
        _step_the_wall_clock(Path(orders.wall_step_file))
    supervisor = Supervisor(
        LiveConfig(orders.config),
        is_embedded=orders.is_embedded,
        manner=Manner(**orders.manner),
        programs=Programs(**orders.programs),
    )
    try:
        return supervisor.serve()
    except (TickringError, OSError) as error:
        sys.stderr.write(f"supervising: {error}\n")
        return 2


def _step_the_wall_clock(file: Path) -> None:
    true_ns, true_s = time.time_ns, time.time

    def step_s() -> float:
        return float(file.read_text() or 0) if file.exists() else 0.0

    time.time_ns = lambda: true_ns() + round(step_s() * 1e9)
    time.time = lambda: true_s() + step_s()


if __name__ == "__main__":
    code = main(sys.argv[1])
    sys.stderr.flush()
    os._exit(code) if code < 0 else sys.exit(code)
