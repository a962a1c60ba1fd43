"""The planner as a process: started by spawn, ended by SIGTERM or with its parent."""

from __future__ import annotations

import logging
import signal
import threading
from typing import TYPE_CHECKING, Final

import msgspec

from tickring.config.structs import Config
from tickring.log_setup import set_up_logging
from tickring.planner.planner import Planner
from tickring.planner.sample import seed_empty_database
from tickring.process_identity import die_with_parent

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from tickring.db import Database

__all__ = ["CHILD_LINE", "run_planner", "run_sample_planner"]

CHILD_LINE: Final = 1
"""The planner's line among the sixteen of the header."""


def run_planner(config_json: bytes, parent_pid: int, pipe: Connection) -> int:
    """Keep the set of `config.planner` and tell it over the pipe until SIGTERM; return the exit code.

    Runs in a process of its own. `config_json` is the whole `Config`, encoded; `parent_pid` is the process it must not
    outlive; `pipe` is one end of a duplex pipe: what goes over it stands in `tickring.planner.planner`. Nothing that
    does not answer ends it, and nothing waits for it: a database that hangs is left hanging at the end.
    """
    return _run(config_json, parent_pid, pipe, None)


def run_sample_planner(config_json: bytes, parent_pid: int, pipe: Connection) -> int:
    """As `run_planner`; a database without any project first gets the sample one."""
    return _run(config_json, parent_pid, pipe, seed_empty_database)


def _run(config_json: bytes, parent_pid: int, pipe: Connection, prepare: Callable[[Database], None] | None) -> int:
    die_with_parent(parent_pid)
    config = msgspec.json.decode(config_json, type=Config)
    set_up_logging("planner", config.log)
    for noisy in ("alembic", "httpx", "httpcore"):  # a line for every question would drown what matters
        logging.getLogger(noisy).setLevel(logging.WARNING)
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda _signum, _frame: stopping.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole terminal; the parent decides
    Planner(config, pipe, line=CHILD_LINE, prepare=prepare).run(stopping.is_set)
    return 0
