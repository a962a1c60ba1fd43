"""The alerter's loop: ask the supervisor what has opened and closed, decide what is told, hand it to the couriers.

The loop never waits for an address or a disk: messages are delivered (`courier`), kept (`store_file`) and the
dead-man's switch asked by other threads. It waits for the supervisor, for `alerts.supervisor_timeout_s` at most.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tickring.alerter.alert_book import AlertBook, Moment
from tickring.alerter.courier import Courier
from tickring.alerter.dead_man import DeadMan
from tickring.alerter.http_call import HttpCaller
from tickring.alerter.listening import Listening
from tickring.alerter.sinks.making import make_sinks
from tickring.alerter.store import Store
from tickring.alerter.store_file import StoreFile, read_kept
from tickring.alerter.trials import Trials
from tickring.alerter_status import AlerterStatus, write_alerter_status
from tickring.control.client import SupervisorClient
from tickring.errors import TickringError
from tickring.iso_time import iso_from_ns
from tickring.maintenance_windows import MaintenanceWindows
from tickring.own_line import OwnLine
from tickring.states import RunState

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.alerter.secrets import Secrets
    from tickring.config.structs import Config
    from tickring.control.messages import EpisodeList

__all__ = ["STORE_FILE", "Alerter"]

_LOG = logging.getLogger("tickring.alerter")
STORE_FILE = "alerts.json"
"""In `files.state_dir`."""
_TURN_S = 0.1
_LINE_PERIOD_S = 1.0
_STATUS_PERIOD_S = 2.0
_UNDELIVERED_PINGS = 5
"""Messages that wait for so many periods of the dead-man's switch stop it: nobody may know of them."""


class Alerter:
    """One alerter. Main thread only."""

    def __init__(self, config: Config, secrets: Secrets, *, line: int | None = None) -> None:
        """`line`: the number of the child's line in the header, None for none. Asks nobody yet."""
        alerts = config.alerts
        path = Path(config.files.state_dir) / STORE_FILE
        self._config = config
        self._alerts = alerts
        self._store = Store(read_kept(path), queue_max=alerts.queue_max, keep_s=alerts.keep_s)
        self._file = StoreFile(path, self._store, stuck_s=config.supervisor.disk_stuck_s)
        self._trials = Trials()
        sinks = make_sinks(alerts, secrets)
        self._couriers = [Courier(sink, self._store, secrets, alerts, self._trials) for sink in sinks]
        self._store.forget_sinks(courier.name for courier in self._couriers)
        service = f"{config.segment.name} on {socket.gethostname()}"
        book = AlertBook(self._store.kept.faults, alerts, service=service)
        names = [courier.name for courier in self._couriers]
        self._listening = Listening(book, self._store, names, self._trials, alerts, service=service)
        self._book = book
        self._dead_man: DeadMan | None = None
        if alerts.ping_url:
            self._dead_man = DeadMan(
                HttpCaller(secrets, alerts.timeout_s),
                secrets,
                url=alerts.ping_url,
                period_s=alerts.ping_period_s,
                loop_limit_s=alerts.supervisor_limit_s,
            )
        self._windows = MaintenanceWindows(alerts.maintenance)
        self._client = SupervisorClient(config.segment.name, timeout_s=alerts.supervisor_timeout_s)
        self._line = OwnLine(config.segment.name, line, "alerter")
        self._line_at_s = 0.0
        self._ask_at_s = 0.0
        self._status: AlerterStatus | None = None
        self._status_at_s = 0.0
        self._has_status_fault = False

    def run(self, is_stopping: Callable[[], bool]) -> None:
        """Go on until `is_stopping()`; then deliver for a bounded time what may be delivered at once."""
        self._file.start()
        for courier in self._couriers:
            courier.start()
        if self._dead_man is not None:
            self._dead_man.start()
        try:
            while not is_stopping():
                self.turn()
                time.sleep(_TURN_S)
        finally:
            self._end()

    def turn(self) -> None:
        """Do what is due."""
        now_s = time.monotonic()
        if now_s >= self._line_at_s:
            self._line_at_s = now_s + _LINE_PERIOD_S
            self._line.keep()
        if now_s >= self._ask_at_s:
            self._ask_at_s = now_s + self._alerts.poll_s
            self._listening.hear(self._ask(), self._moment())
        self._listening.decide(self._moment())
        if self._dead_man is not None:
            self._dead_man.tell(self._why_not_well())
        self._line.beat(RunState.RUNNING if self._fault() is None else RunState.DEGRADED)
        self._write_status(now_s)

    def _ask(self) -> EpisodeList | None:
        """Return what the supervisor says, None if it does not."""
        try:
            answer = self._client.episodes(self._store.kept.sequence)
            kept = self._store.kept
            # Another life of it counts from the beginning; what was forgotten meanwhile shows by what is left.
            if answer.book != kept.book or answer.forgotten > kept.sequence:
                answer = self._client.episodes(0)
        except TickringError as error:
            self._listening.note_silence(str(error))
            return None
        return answer

    def _moment(self) -> Moment:
        now_ns = time.time_ns()
        is_quiet = self._listening.in_session is False or self._windows.holds(now_ns)
        return Moment(time.monotonic(), now_ns, is_quiet)

    # ---- how it is ----

    def _fault(self) -> str | None:
        return self._file.fault or self._listening.fault or self._line.fault

    def _why_not_well(self) -> str | None:
        """Return why somebody outside should worry; None: all is well."""
        if self._listening.fault is not None:
            return self._listening.fault
        with self._store.lock:
            if self._book.has_critical(self._moment()):
                return "something critical goes on"
        waits_s = self._store.oldest_wait_s(time.time_ns())
        if waits_s > _UNDELIVERED_PINGS * self._alerts.ping_period_s:
            return f"a message has waited for {waits_s:.0f} s to be delivered"
        return None

    def _write_status(self, now_s: float) -> None:
        dead_man = self._dead_man
        with self._store.lock:
            status = AlerterStatus(
                pid=os.getpid(),
                written_at="",
                sinks=tuple(courier.status for courier in self._couriers),
                open_alerts=self._book.open_count,
                given_up=self._store.given_up,
                fault=self._fault(),
                last_ping_at=None if dead_man is None else dead_man.last_at,
                ping_error=None if dead_man is None else dead_man.error,
                ping_withheld=None if dead_man is None else dead_man.withheld,
                tests=self._trials.results,
            )
        if status == self._status and now_s < self._status_at_s:
            return
        self._status, self._status_at_s = status, now_s + _STATUS_PERIOD_S
        try:
            write_alerter_status(self._config.segment.name, replace(status, written_at=iso_from_ns(time.time_ns())))
        except OSError as error:
            if not self._has_status_fault:
                _LOG.warning("alerter.status_not_written error=%s", error)
            self._has_status_fault = True
        else:
            self._has_status_fault = False

    def _end(self) -> None:
        deadline_s = time.monotonic() + self._alerts.stop_timeout_s
        if self._dead_man is not None:
            self._dead_man.end()
        while time.monotonic() < deadline_s and not all(courier.is_idle for courier in self._couriers):
            time.sleep(0.02)
        for courier in self._couriers:
            courier.end()
        for courier in self._couriers:
            courier.join(deadline_s - time.monotonic())
        self._file.close(max(0.5, deadline_s - time.monotonic()))
        self._write_status(float("inf"))
        self._client.close()
        self._line.close()
