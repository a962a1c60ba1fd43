"""Whether the service has an alerter: where nobody is to be told, none runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickring.config.structs import Config

__all__ = ["ALERTER", "needs_alerter"]

ALERTER = "alerter"
"""The child's name."""


def needs_alerter(config: Config) -> bool:
    """Return whether any address is configured, a dead-man's switch included."""
    alerts = config.alerts
    return bool(alerts.telegram_chat_id or alerts.webhook_url or alerts.apprise_file or alerts.ping_url)
