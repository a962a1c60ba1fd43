"""Requests on their way to the gateway: bounded in size and in age.

A gateway that does not read any more fills the kernel's buffers first and this one next. Neither may grow without end,
and nobody may wait for it: when the limit is reached, or the oldest byte has waited too long, the connection counts as
dead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.feeder.gateway_lost import GatewayLost

if TYPE_CHECKING:
    import socket

__all__ = ["Outbound"]


class Outbound:
    """Times are seconds on a monotonic clock."""

    def __init__(self, limit_bytes: int, deadline_s: float) -> None:
        self._waiting = bytearray()
        self._limit_bytes = limit_bytes
        self._deadline_s = deadline_s
        self._since_s: float | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, data: bytes, now_s: float) -> None:
        """Take bytes to be sent.

        Raises:
            GatewayLost: more waits than the limit.
        """
        if len(self._waiting) + len(data) > self._limit_bytes:
            raise GatewayLost(f"{len(self._waiting)} bytes of requests wait for a gateway that does not read them")
        if not self._waiting:
            self._since_s = now_s
        self._waiting += data

    def flush(self, to: socket.socket, now_s: float) -> None:
        """Write what the socket takes.

        Raises:
            GatewayLost: the oldest byte is past its deadline.
            OSError: the connection is broken.
        """
        while self._waiting:
            try:
                written = to.send(self._waiting)
            except BlockingIOError:
                break
            del self._waiting[:written]
            self._since_s = now_s
        if not self._waiting:
            self._since_s = None
        elif self._since_s is not None and now_s - self._since_s > self._deadline_s:
            raise GatewayLost(f"the gateway has taken no request for {self._deadline_s:g} s")
