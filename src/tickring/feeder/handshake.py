"""When a session is ready: an open port is no gateway, and a hello is no login.

Ready takes three things within one time: the gateway's hello, nextValidId and the managed accounts; the last two come
in either order.
"""

from __future__ import annotations

__all__ = ["Handshake"]


class Handshake:
    """One session's."""

    def __init__(self) -> None:
        self.has_hello = False
        self.has_order_id = False
        self.has_accounts = False

    @property
    def is_ready(self) -> bool:
        """Whether the API answers, with somebody logged in behind it."""
        return self.has_hello and self.has_order_id and self.has_accounts

    @property
    def missing(self) -> str:
        """Name what has not come yet; empty when it is ready."""
        parts = {
            "hello": self.has_hello,
            "nextValidId": self.has_order_id,
            "managed accounts": self.has_accounts,
        }
        return ", ".join(word for word, has_come in parts.items() if not has_come)
