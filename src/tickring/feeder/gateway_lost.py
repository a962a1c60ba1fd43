"""The end of a session with the gateway, with its reason in words."""

from tickring.errors import TickringError

__all__ = ["GatewayLost", "GatewayRefused"]


class GatewayLost(TickringError):
    """The connection is gone or cannot be used any more: connect again."""


class GatewayRefused(TickringError):
    """The gateway is not the one that was configured: connecting again would not help."""
