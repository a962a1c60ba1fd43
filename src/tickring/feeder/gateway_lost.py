"""The end of a session with the gateway, with its reason in words."""

from tickring.errors import TickringError

__all__ = ["ClientIdTaken", "GatewayLost", "GatewayRefused", "PortMoved"]


class GatewayLost(TickringError):
    """The connection is gone or cannot be used any more: connect again."""


class ClientIdTaken(GatewayLost):
    """The client id belongs to another connection (326): this one is closed by the gateway."""


class PortMoved(GatewayLost):
    """The gateway drops this connection and listens at another port (1300)."""

    def __init__(self, message: str, port: int) -> None:
        super().__init__(message)
        self.port = port


class GatewayRefused(TickringError):
    """The gateway is not the one that was configured: connecting again would not help."""
