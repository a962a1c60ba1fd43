"""The flusher as a process: started by spawn, ended by SIGTERM or with its parent."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Final

import msgspec

from tickring.config.structs import Config
from tickring.errors import TickringError
from tickring.flusher.flusher import Flusher
from tickring.process_identity import die_with_parent

__all__ = ["BUSY", "CHILD_LINE", "run_flusher"]

CHILD_LINE: Final = 0
"""The flusher's line among the sixteen of the header."""
BUSY: Final = 75
"""Exit code (EX_TEMPFAIL): another living process writes the directory; another start may find it free."""


def run_flusher(config_json: bytes, parent_pid: int) -> None:
    """Write the files of `config.files` from `config.segment` until SIGTERM.

    Runs in a process of its own. `config_json` is the whole `Config`, encoded; `parent_pid` is the process it must not
    outlive. Ends with exit code 0 after SIGTERM and with `BUSY` if the directory has another writer.
    """
    die_with_parent(parent_pid)
    config = msgspec.json.decode(config_json, type=Config)
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda _signum, _frame: stopping.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole terminal; the parent decides
    flusher = Flusher(
        config.segment.name,
        config.files,
        api_mode=config.stream.api_mode,
        contracts=config.contracts,
        line=CHILD_LINE,
    )
    try:
        flusher.run(stopping.is_set)
    except TickringError as error:
        sys.stderr.write(f"tickring flusher: {error}\n")
        sys.exit(BUSY)
