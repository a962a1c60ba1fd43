"""A dead-man's switch: somebody outside is asked now and then while all is well, and raises the alarm when that ends.

It is for what nobody here can tell any more: the machine, the network or the whole service is gone. A thread of its
own; what it is told by the alerter's loop counts only while that loop turns.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from tickring.alerter.secrets import SecretUnreadable
from tickring.alerter.sinks.sink import NotDelivered
from tickring.iso_time import iso_from_ns

if TYPE_CHECKING:
    from tickring.alerter.http_call import HttpCaller
    from tickring.alerter.secrets import Secrets

__all__ = ["DeadMan"]

_LOG = logging.getLogger("tickring.alerter")
_LOOK_S = 0.25


class DeadMan:
    """`tell` is called by the loop, the rest is the thread's."""

    def __init__(self, http: HttpCaller, secrets: Secrets, *, url: str, period_s: float, loop_limit_s: float) -> None:
        """`url` may be `file:NAME`. `loop_limit_s`: what was told longer ago does not count."""
        self.last_at: str | None = None
        """When it was last told that all is well."""
        self.error: str | None = None
        """Of the newest try; None: that succeeded, or there was none."""
        self.withheld: str | None = "nothing is known yet"
        """Why it is not told; None: it is."""
        self._http = http
        self._secrets = secrets
        self._url = url
        self._period_s = period_s
        self._loop_limit_s = loop_limit_s
        self._told_s = 0.0
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dead-man", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def tell(self, withheld: str | None) -> None:
        """Say that all is well, or why not."""
        self.withheld, self._told_s = withheld, time.monotonic()

    def end(self) -> None:
        """Ask nobody any more. Idempotent."""
        self._ending.set()

    def _run(self) -> None:
        due_s = 0.0
        while not self._ending.wait(min(_LOOK_S, self._period_s / 4)):
            now_s = time.monotonic()
            is_well = self.withheld is None and now_s - self._told_s <= self._loop_limit_s
            if is_well and now_s >= due_s:
                due_s = now_s + self._period_s
                self._ping()

    def _ping(self) -> None:
        try:
            answer = self._http.call("GET", self._secrets.address(self._url))
            if not answer.is_fine:
                raise NotDelivered(f"answers {answer.status}, must be 2xx")
        except (NotDelivered, SecretUnreadable) as error:
            text = self._secrets.redacted(str(error))
            if text != self.error:
                _LOG.warning("alerter.ping_failed error=%s", text)
            self.error = text
        else:
            self.error, self.last_at = None, iso_from_ns(time.time_ns())
