"""When systemd hears that the service is up, that it turns, and what its state is.

READY comes when a truthful state is published: streaming, closed, or said to be degraded, at the latest after
`ready_limit_s`. The watchdog is fed while the loop turns and every child that fails is under repair; lack of data alone
never withholds it, because a restart of the service would not bring any.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tickring.states import RunState

if TYPE_CHECKING:
    from tickring.supervisor.systemd_notify import SystemdNotifier

__all__ = ["Readiness"]

_LOG = logging.getLogger("tickring.supervisor")
_DECLARED = frozenset({RunState.DEGRADED, RunState.FAILED, RunState.STOPPED})


class Readiness:
    """Called once a turn. Outside systemd it tells nobody."""

    def __init__(self, notifier: SystemdNotifier) -> None:
        self.is_ready = False
        self._notifier = notifier
        self._text = ""
        self._fed_s = float("-inf")
        self._is_withheld = False
        self._is_stopping = False

    def tell(self, now_s: float, *, state: RunState, status: str, text: str, lost: list[str]) -> None:
        """Say what is new, until `stopping`.

        `lost`: children that fail with no repair under way; there should be none.
        """
        if self._is_stopping:
            return
        if not self.is_ready and (status == "connected" or state in _DECLARED):
            self.is_ready = True
            self._notifier.ready(text)
            _LOG.info("supervisor.ready state=%s status=%s", state, status)
        elif text != self._text:
            self._notifier.status(text)
        self._text = text
        period_s = self._notifier.watchdog_period_s
        if period_s is None:
            return
        if lost and not self._is_withheld:
            _LOG.error("supervisor.watchdog_withheld children=%s", ",".join(lost))
        self._is_withheld = bool(lost)
        # Half of the period, which is half of systemd's limit: a late turn of the loop is no reason to be killed.
        if not lost and now_s - self._fed_s >= period_s / 2:
            self._fed_s = now_s
            self._notifier.watchdog()

    def reloading(self) -> None:
        """Say that the configuration is being read again."""
        self._notifier.reloading()

    def reloaded(self) -> None:
        """Say that this is done."""
        if self.is_ready:
            self._notifier.ready(self._text)

    def stopping(self) -> None:
        """Say that the service is on its way down."""
        self._is_stopping = True
        self._notifier.stopping()
