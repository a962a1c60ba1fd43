"""A Telegram chat, by the Bot API's `sendMessage` (https://core.telegram.org/bots/api#sendmessage).

The token is part of the path there, so no address is ever told. Messages are plain text: nothing in them can be taken
for markup and refused. 429 comes with `parameters.retry_after` in seconds.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from tickring.alerter.notice import NoticeEvent
from tickring.alerter.notice_text import notice_text
from tickring.alerter.secrets import SecretUnreadable
from tickring.alerter.sinks.sink import NotDelivered
from tickring.episodes import Severity
from tickring.json_faults import JSON_FAULTS

if TYPE_CHECKING:
    from tickring.alerter.http_call import HttpAnswer, HttpCaller
    from tickring.alerter.notice import Notice
    from tickring.alerter.secrets import Secrets

__all__ = ["TelegramSink"]

_TOO_MANY = 429
_RETRY_AFTER_MAX_S = 86_400.0
_HINTS = {
    400: "is alerts.telegram_chat_id right, and has somebody written to the bot there?",
    401: "is the token right?",
    403: "the bot was put out of the chat, or nobody has started it",
    404: "is the token right, and alerts.telegram_url?",
}


class _Parameters(msgspec.Struct):
    retry_after: float = 0.0
    migrate_to_chat_id: int = 0


class _Answer(msgspec.Struct):
    ok: bool
    description: str = ""
    parameters: _Parameters = msgspec.field(default_factory=_Parameters)


class TelegramSink:
    """One chat."""

    name = "telegram"

    def __init__(self, http: HttpCaller, secrets: Secrets, *, url: str, token_file: str, chat_id: str) -> None:
        """Connects to nothing yet. The token is read for each message."""
        self._http = http
        self._secrets = secrets
        self._url = url.rstrip("/")
        self._token_file = token_file
        self._chat_id = chat_id

    def send(self, notice: Notice) -> None:
        """Deliver one message. Raises NotDelivered."""
        try:
            token = self._secrets.read(self._token_file)
        except SecretUnreadable as error:
            raise NotDelivered(str(error)) from None
        is_quiet = notice.severity is Severity.INFO or notice.event is NoticeEvent.CLOSE
        message = {
            "chat_id": self._chat_id,
            "text": notice_text(notice, now_ns=time.time_ns()),
            "disable_notification": is_quiet,
            "link_preview_options": {"is_disabled": True},
        }
        answer = self._http.call(
            "POST",
            f"{self._url}/bot{token}/sendMessage",
            content=msgspec.json.encode(message),
            headers={"Content-Type": "application/json"},
        )
        self._check(answer)

    def _check(self, answer: HttpAnswer) -> None:
        try:
            said = msgspec.json.decode(answer.body, type=_Answer)
        except JSON_FAULTS:
            said = _Answer(ok=False, description="an answer that is not Telegram's")
        if answer.is_fine and said.ok:
            return
        asked_s = max(said.parameters.retry_after, answer.retry_after_s)
        hint = _HINTS.get(answer.status, "")
        if said.parameters.migrate_to_chat_id:
            hint = (
                f"the group has become another one: set alerts.telegram_chat_id to {said.parameters.migrate_to_chat_id}"
            )
        text = self._secrets.redacted(said.description)[:200]
        raise NotDelivered(
            f"answers {answer.status}: {text}" + (f"; {hint}" if hint else ""),
            retry_after_s=min(max(0.0, asked_s), _RETRY_AFTER_MAX_S),
            is_refused=400 <= answer.status < 500 and answer.status != _TOO_MANY,
        )
