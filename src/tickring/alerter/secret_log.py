"""The log of a process that knows tokens: as every other one's, with all of them taken out."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tickring.alerter.secrets import RedactingFormatter
from tickring.log_setup import set_up_logging

if TYPE_CHECKING:
    from tickring.alerter.secrets import Secrets
    from tickring.log_setup import LogSettings

__all__ = ["log_without"]

_TALKATIVE = ("apprise", "asyncio", "httpcore", "httpx", "requests", "urllib3")
"""They tell whole addresses, or parts that nobody would know again; Telegram's have the token in them."""


def log_without(secrets: Secrets, settings: LogSettings) -> None:
    """Log to stderr as `alerter`, without any secret."""
    set_up_logging("alerter", settings)
    for handler in logging.getLogger().handlers:
        handler.setFormatter(RedactingFormatter(handler.formatter or logging.Formatter(), secrets))
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
