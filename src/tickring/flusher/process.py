"""The flusher as a process: started by spawn, ended by SIGTERM or with its parent."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
from typing import Final, NoReturn

import msgspec

from tickring.config.structs import Config
from tickring.errors import InvalidName, TickringError
from tickring.flusher.flusher import Flusher
from tickring.process_identity import die_with_parent

__all__ = ["BAD_CONFIGURATION", "BUSY", "CHILD_LINE", "run_flusher"]

CHILD_LINE: Final = 0
"""The flusher's line among the sixteen of the header."""
BUSY: Final = 75
"""Exit code (EX_TEMPFAIL): another living process writes the directory; another start may find it free."""
BAD_CONFIGURATION: Final = 78
"""Exit code (EX_CONFIG): another start would end the same way until somebody changes something."""


def run_flusher(config_json: bytes, parent_pid: int) -> None:
    """Write the files of `config.files` from `config.segment` until SIGTERM.

    Runs in a process of its own. `config_json` is the whole `Config`, encoded; `parent_pid` is the process it must not
    outlive. Ends with exit code 0 after SIGTERM, with `BUSY` if the directory has another writer, and with
    `BAD_CONFIGURATION` if the configuration cannot be read, names no segment or a path that no file system can have.
    """
    die_with_parent(parent_pid)
    try:
        config = msgspec.json.decode(config_json, type=Config)
    except msgspec.MsgspecError as error:
        _end(f"its configuration cannot be read: {error}; start it with the supervisor's release", BAD_CONFIGURATION)
    if (wrong := _wrong_path(config.files.data_root)) is not None:
        _end(f"files.data_root is {config.files.data_root!r}, {wrong}; name another directory", BAD_CONFIGURATION)
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda _signum, _frame: stopping.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole terminal; the parent decides
    try:
        flusher = Flusher(
            config.segment.name,
            config.files,
            api_mode=config.stream.api_mode,
            contracts=config.contracts,
            line=CHILD_LINE,
            data_limit_s=config.stream.data_limit_s,
        )
        flusher.run(stopping.is_set)
    except InvalidName as error:
        _end(str(error), BAD_CONFIGURATION)
    except TickringError as error:
        _end(str(error), BUSY)


def _wrong_path(data_root: str) -> str | None:
    """Return what is wrong with a path that can never be made; one that cannot be made today is tried again."""
    try:
        os.lstat(os.path.join(data_root, "stream"))  # noqa: PTH118 - no Path takes every text
    except ValueError as error:
        return f"which is no path: {error}"
    except OSError as error:
        return "which is too long" if error.errno == errno.ENAMETOOLONG else None
    return None


def _end(why: str, code: int) -> NoReturn:
    sys.stderr.write(f"tickring flusher: {why}\n")
    sys.exit(code)
