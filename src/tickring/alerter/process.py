"""The alerter as a process: started by spawn, ended by SIGTERM or with its parent."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from typing import Final

import msgspec

from tickring.alerter.alerter import Alerter
from tickring.alerter.secrets import RedactingFormatter, Secrets
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
    _log_without(secrets, config.log.level)
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda _signum, _frame: stopping.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole terminal; the parent decides
    try:
        Alerter(config, secrets, line=CHILD_LINE).run(stopping.is_set)
    except Exception:  # noqa: BLE001 - the edge of the process: here the traceback loses what nobody may see
        _LOG.exception("alerter.failed")
        return _FAILED
    return 0


def _log_without(secrets: Secrets, level: str) -> None:
    """Log to stderr without any secret. httpx tells whole addresses, and Telegram's have the token in them."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter("%(asctime)s alerter %(levelname)s %(message)s", secrets))
    logging.basicConfig(level=level.upper(), handlers=[handler])
    for noisy in ("httpx", "httpcore", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
