"""Which client id the next connection uses: its own, and after a while of 326 a reserved one.

A gateway may hold the id of a session that has died, for seconds or for minutes: the own id is asked for again for
`patience_s`, then the ids after it, each once, then the own one again. Reserved ids carry data only. Whatever was used,
the connection after the next loss begins with the own id.
"""

from __future__ import annotations

__all__ = ["ClientIds"]


class ClientIds:
    """Lives as long as the feeder. Times: seconds, monotonic clock."""

    def __init__(self, own: int, reserved: int, patience_s: float) -> None:
        """`reserved`: so many ids after `own`."""
        self._ids = range(own, own + 1 + reserved)
        self._patience_s = patience_s
        self._place = 0
        self._taken_since_s: float | None = None

    @property
    def current(self) -> int:
        """For the next connection."""
        return self._ids[self._place]

    @property
    def is_own(self) -> bool:
        """Whether that is the id as configured."""
        return self._place == 0

    def taken(self, now_s: float) -> None:
        """326: somebody has the current one."""
        if self._taken_since_s is None:
            self._taken_since_s = now_s
        if not self.is_own or now_s - self._taken_since_s >= self._patience_s:
            self._place = (self._place + 1) % len(self._ids)

    def lost(self) -> None:
        """The connection ended for another reason: the next one begins with the own id, whose patience goes on."""
        self._place = 0

    def settled(self) -> None:
        """A session stands: the next one begins with the own id, and with all patience."""
        self._place, self._taken_since_s = 0, None
