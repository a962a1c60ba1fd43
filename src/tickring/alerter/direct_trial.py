"""A test message without a service: sent from here, with the configuration, rights and network of whoever asks."""

from __future__ import annotations

import logging
import socket
import time
from typing import TYPE_CHECKING

from tickring.alerter.sinks.making import make_sinks
from tickring.alerter.sinks.sink import NotDelivered
from tickring.alerter.trials import trial_notice
from tickring.iso_time import iso_from_ns

if TYPE_CHECKING:
    from tickring.alerter.secrets import Secrets
    from tickring.config.structs import Config

__all__ = ["try_directly"]

_LOG = logging.getLogger("tickring.alerter")


def try_directly(config: Config, secrets: Secrets, sink: str = "") -> dict[str, str]:
    """Send one test message to each address, or to that one; return what became of it: empty, it arrived.

    One after the other, each within `alerts.timeout_s`. Nothing is kept, and nothing is tried again.
    """
    now_ns = time.time_ns()
    service = f"{config.segment.name} on {socket.gethostname()}"
    notice = trial_notice(now_ns // 10**9, at=iso_from_ns(now_ns), service=service)
    results: dict[str, str] = {}
    for one in make_sinks(config.alerts, secrets):
        if sink in {"", one.name}:
            try:
                one.send(notice)
            except NotDelivered as error:
                results[one.name] = secrets.redacted(str(error))
            except Exception as error:  # noqa: BLE001 - the edge of one message: the next address gets its own
                _LOG.exception("alert.delivery_failed sink=%s", one.name)
                results[one.name] = f"failed with {type(error).__name__}, see above"
            else:
                results[one.name] = ""
    return {sink: "there is no such address"} if sink and not results else results
