"""Bring messages to one address, in order, each until it has arrived; a thread for each address.

So one that does not answer holds up no other. Waits double up to a limit; where the other side names a time, no earlier
try is made. What was sent and not answered is sent again: at least once, never not at all.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from tickring.alerter.notice import NoticeEvent
from tickring.alerter.sinks.sink import NotDelivered
from tickring.alerter_status import SinkStatus
from tickring.iso_time import iso_from_ns

if TYPE_CHECKING:
    from tickring.alerter.notice import Notice
    from tickring.alerter.secrets import Secrets
    from tickring.alerter.sinks.sink import Sink
    from tickring.alerter.store import Store
    from tickring.alerter.trials import Trials
    from tickring.config.structs import AlertsConfig

__all__ = ["Courier"]

_LOG = logging.getLogger("tickring.alerter")


class Courier:
    """Of one sink. `status` may be asked by any thread."""

    def __init__(self, sink: Sink, store: Store, secrets: Secrets, config: AlertsConfig, trials: Trials) -> None:
        self.name = sink.name
        self._sink = sink
        self._store = store
        self._secrets = secrets
        self._config = config
        self._trials = trials
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"courier-{sink.name}", daemon=True)
        self._delivered = 0
        self._delivered_at: str | None = None
        self._error: str | None = None
        self._error_at: str | None = None
        self._wait_s = 0.0
        self._next_s = 0.0
        self._asked_until_s = 0.0
        """The other side wants no try before."""
        self._next_at: str | None = None

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def end(self) -> None:
        """Deliver no more after the message under way."""
        self._ending.set()
        with self._store.lock:
            self._store.changed.notify_all()

    def join(self, within_s: float) -> None:
        """Wait for the message under way; one that hangs is left alone, and is told again by the next life."""
        self._thread.join(max(0.0, within_s))

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits, or nothing may be tried now."""
        return self._store.first_for(self.name) is None or self._next_s > time.monotonic()

    @property
    def status(self) -> SinkStatus:
        """How it is."""
        return SinkStatus(
            name=self.name,
            waiting=self._store.count_for(self.name),
            delivered=self._delivered,
            last_delivered_at=self._delivered_at,
            last_error=self._error,
            last_error_at=self._error_at,
            next_try_at=self._next_at,
        )

    def _run(self) -> None:
        while (notice := self._next()) is not None:
            try:
                self._sink.send(notice)
            except NotDelivered as error:
                self._note_failure(notice, error)
            except Exception as error:  # noqa: BLE001 - the edge of one message: it is tried again like any other
                _LOG.exception("alert.delivery_failed sink=%s", self.name)
                self._note_failure(notice, NotDelivered(f"failed with {type(error).__name__}, see the log"))
            else:
                self._note_success(notice)

    def _next(self) -> Notice | None:
        """Return the next message once it may be tried; None: the end."""
        with self._store.lock:
            while not self._ending.is_set():
                notice = self._store.first_for(self.name)
                if notice is None:
                    self._store.changed.wait()
                    continue
                # Who tests has put something right: our own waits do not hold that up.
                until_s = self._asked_until_s if notice.event is NoticeEvent.TEST else self._next_s
                left_s = until_s - time.monotonic()
                if left_s <= 0:
                    return notice
                self._store.changed.wait(left_s)
        return None

    def _note_success(self, notice: Notice) -> None:
        self._delivered += 1
        self._delivered_at = iso_from_ns(time.time_ns())
        self._error, self._wait_s, self._next_s, self._next_at = None, 0.0, 0.0, None
        self._trials.note(notice, self.name, "")
        self._store.cross_off(notice.mark, self.name)
        _LOG.info("alert.delivered sink=%s mark=%s event=%s kind=%s", self.name, notice.mark, notice.event, notice.kind)

    def _note_failure(self, notice: Notice, error: NotDelivered) -> None:
        text = self._secrets.redacted(str(error))
        if text != self._error:
            _LOG.warning("alert.not_delivered sink=%s mark=%s error=%s", self.name, notice.mark, text)
        now_s, now_ns = time.monotonic(), time.time_ns()
        self._wait_s = min(max(self._wait_s * 2, self._config.retry_first_s), self._config.retry_limit_s)
        wait_s = max(self._wait_s, error.retry_after_s)
        self._next_s, self._asked_until_s = now_s + wait_s, now_s + error.retry_after_s
        self._error, self._error_at = text, iso_from_ns(now_ns)
        self._next_at = iso_from_ns(now_ns + round(wait_s * 1e9))
        if notice.event is NoticeEvent.TEST:  # who asked is told at once; nobody wants it an hour later
            self._trials.note(notice, self.name, text)
            self._store.cross_off(notice.mark, self.name)
        elif error.is_refused:
            self._store.put_last(notice.mark, self.name)
