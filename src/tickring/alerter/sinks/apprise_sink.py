"""One of the many services that the package `apprise` knows, by its address there (extra `alerts`).

The addresses hold passwords and come from a file; what apprise tells of them goes through the redaction as all else.
"""

from __future__ import annotations

import importlib
import time
from typing import TYPE_CHECKING, Any

from tickring.alerter.notice_text import notice_text, notice_title
from tickring.alerter.secrets import SecretUnreadable
from tickring.alerter.sinks.sink import NotDelivered

if TYPE_CHECKING:
    from tickring.alerter.notice import Notice
    from tickring.alerter.secrets import Secrets

__all__ = ["AppriseSink"]


class AppriseSink:
    """Line `number` of the file, from 1."""

    def __init__(self, secrets: Secrets, *, file: str, number: int) -> None:
        """Imports nothing yet."""
        self.name = f"apprise-{number}"
        self._secrets = secrets
        self._file = file
        self._number = number

    def send(self, notice: Notice) -> None:
        """Deliver one message; apprise has its own limits of time (10 s by default). Raises NotDelivered."""
        try:
            apprise: Any = importlib.import_module("apprise")
        except ModuleNotFoundError:
            raise NotDelivered("the package apprise is not installed: install 'tickring[alerts]'") from None
        try:
            url = self._secrets.lines(self._file)[self._number - 1]
        except SecretUnreadable as error:
            raise NotDelivered(str(error)) from None
        except IndexError:
            raise NotDelivered(f"{self._file} has no line {self._number} any more; restart the alerter") from None
        self._secrets.learn_parts(url)
        service = apprise.Apprise()
        if not service.add(url):
            raise NotDelivered(f"line {self._number} of {self._file} is no address that apprise knows", is_refused=True)
        if not service.notify(title=notice_title(notice), body=notice_text(notice, now_ns=time.time_ns())):
            raise NotDelivered("apprise could not deliver it; its warning is in the log")
