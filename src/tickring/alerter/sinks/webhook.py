"""An address that takes each message as JSON by POST, with its words and all its facts.

`Idempotency-Key` is the message's mark: what comes twice has the same.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from tickring.alerter.notice_text import notice_text, notice_title
from tickring.alerter.secrets import SecretUnreadable
from tickring.alerter.sinks.sink import NotDelivered

if TYPE_CHECKING:
    from tickring.alerter.http_call import HttpCaller
    from tickring.alerter.notice import Notice
    from tickring.alerter.secrets import Secrets

__all__ = ["WebhookSink"]

_TOO_MANY = 429
_TIMED_OUT = 408


class WebhookSink:
    """One address."""

    name = "webhook"

    def __init__(self, http: HttpCaller, secrets: Secrets, *, url: str, token_file: str) -> None:
        """Connects to nothing yet. `url` may be `file:NAME`; `token_file` empty: no token is sent."""
        self._http = http
        self._secrets = secrets
        self._url = url
        self._token_file = token_file

    def send(self, notice: Notice) -> None:
        """Deliver one message. Raises NotDelivered."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": notice.mark}
        try:
            url = self._secrets.address(self._url)
            if self._token_file:
                headers["Authorization"] = f"Bearer {self._secrets.read(self._token_file)}"
        except SecretUnreadable as error:
            raise NotDelivered(str(error)) from None
        now_ns = time.time_ns()
        words = {"title": notice_title(notice), "message": notice_text(notice, now_ns=now_ns)}
        body = msgspec.json.encode({**msgspec.to_builtins(notice), **words})
        answer = self._http.call("POST", url, content=body, headers=headers)
        if not answer.is_fine:
            is_refused = 400 <= answer.status < 500 and answer.status not in {_TOO_MANY, _TIMED_OUT}
            raise NotDelivered(
                f"answers {answer.status}, must be 2xx", retry_after_s=answer.retry_after_s, is_refused=is_refused
            )
