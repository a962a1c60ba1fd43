"""The alerter as a process: started by spawn, ended by SIGTERM or with its parent."""

from __future__ import annotations

import logging
import os
import signal
import threading
from typing import Final

import msgspec

from tickring.alerter.alerter import Alerter
from tickring.alerter.secret_log import log_without
from tickring.alerter.secrets import Secrets
from tickring.config.structs import Config
from tickring.process_identity import die_with_parent

__all__ = ["CHILD_LINE", "run_alerter"]

CHILD_LINE: Final = 2
"""The alerter's line among the sixteen of the header."""
_LOG = logging.getLogger("tickring.alerter")
_FAILED: Final = 1


def run_alerter(config_json: bytes, parent_pid: int) -> int:
    """Tell what goes wrong, as `config.alerts` says, until SIGTERM; return the exit code.

    Runs in a process of its own. `config_json` is the whole `Config`, encoded; `parent_pid` is the process it must not
    outlive. Credentials are looked for where systemd has put them. No address that does not answer ends it.
    """
    die_with_parent(parent_pid)
    config = msgspec.json.decode(config_json, type=Config)
    secrets = Secrets(os.environ.get("CREDENTIALS_DIRECTORY", ""))
    log_without(secrets, config.log)
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda _signum, _frame: stopping.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole terminal; the parent decides
    try:
        Alerter(config, secrets, line=CHILD_LINE).run(stopping.is_set)
    except Exception:  # noqa: BLE001 - the edge of the process: here the traceback loses what nobody may see
        _LOG.exception("alerter.failed")
        return _FAILED
    return 0
