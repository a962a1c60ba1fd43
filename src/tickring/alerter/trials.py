"""Test messages and what became of them, the newest few."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tickring.alerter.notice import Notice, NoticeEvent
from tickring.alerter_status import AlertTestResult
from tickring.episodes import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Trials", "trial_notice"]

_KEPT = 10


def trial_notice(number: int, *, at: str, service: str) -> Notice:
    """Return a message that says it is a test."""
    return Notice(
        mark=f"test-{number}@{at[:19]}",
        event=NoticeEvent.TEST,
        alert=f"test-{number}",
        kind="test",
        scope="alerts",
        severity=Severity.INFO,
        at=at,
        since=at,
        service=service,
        text="This is a test: nothing is wrong. Alerts of this service arrive here.",
    )


class Trials:
    """Threads: any number."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._results: dict[int, dict[str, str | None]] = {}

    def begin(self, number: int, sinks: Iterable[str], unknown: str = "") -> None:
        """Note that a test goes to these addresses; `unknown`: one that was named and is none."""
        with self._lock:
            self._results[number] = dict.fromkeys(sinks)
            if unknown:
                self._results[number][unknown] = "there is no such address"
            while len(self._results) > _KEPT:
                del self._results[next(iter(self._results))]

    def note(self, notice: Notice, sink: str, result: str) -> None:
        """Note what became of a message, if it is a test; empty: it arrived."""
        if notice.event is not NoticeEvent.TEST:
            return
        with self._lock:
            results = self._results.get(int(notice.alert.removeprefix("test-")))
            if results is not None:
                results[sink] = result

    @property
    def results(self) -> tuple[AlertTestResult, ...]:
        """The newest last."""
        with self._lock:
            return tuple(AlertTestResult(number=number, results=dict(of)) for number, of in self._results.items())
