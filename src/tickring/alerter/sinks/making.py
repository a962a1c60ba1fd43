"""The addresses that a configuration names."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tickring.alerter.http_call import HttpCaller
from tickring.alerter.secrets import SecretUnreadable
from tickring.alerter.sinks.apprise_sink import AppriseSink
from tickring.alerter.sinks.telegram import TelegramSink
from tickring.alerter.sinks.webhook import WebhookSink

if TYPE_CHECKING:
    from tickring.alerter.secrets import Secrets
    from tickring.alerter.sinks.sink import Sink
    from tickring.config.structs import AlertsConfig

__all__ = ["make_sinks"]

_LOG = logging.getLogger("tickring.alerter")


def make_sinks(config: AlertsConfig, secrets: Secrets) -> list[Sink]:
    """Return one sink for each address; connects to none. A file of apprise that cannot be read counts as one line."""
    sinks: list[Sink] = []
    if config.telegram_chat_id:
        sinks.append(
            TelegramSink(
                HttpCaller(secrets, config.timeout_s),
                secrets,
                url=config.telegram_url,
                token_file=config.telegram_token_file,
                chat_id=config.telegram_chat_id,
            )
        )
    if config.webhook_url:
        http = HttpCaller(secrets, config.timeout_s)
        sinks.append(WebhookSink(http, secrets, url=config.webhook_url, token_file=config.webhook_token_file))
    if config.apprise_file:
        sinks += [
            AppriseSink(secrets, file=config.apprise_file, number=number + 1)
            for number in range(_lines_of(config.apprise_file, secrets))
        ]
    return sinks


def _lines_of(file: str, secrets: Secrets) -> int:
    try:
        return len(secrets.lines(file))
    except SecretUnreadable as error:
        _LOG.error("alerter.secret_unreadable error=%s", error)
        return 1
