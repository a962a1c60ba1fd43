"""One HTTP request with one deadline for all of it, whatever the other side does with the time.

The environment's proxies do not count and redirections are not followed: another host would get the token.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, NamedTuple

import httpx

from tickring.alerter.sinks.sink import NotDelivered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tickring.alerter.secrets import Secrets

__all__ = ["HttpAnswer", "HttpCaller"]

_ANSWER_BYTES = 64 << 10
_RETRY_AFTER_MAX_S = 86_400.0


class HttpAnswer(NamedTuple):
    """What came back."""

    status: int
    body: bytes
    retry_after_s: float
    """As its header says; 0: it does not."""

    @property
    def is_fine(self) -> bool:
        """2xx."""
        return 200 <= self.status < 300


class HttpCaller:
    """One thread, which has no event loop. Errors never name the address: its path may be a secret."""

    def __init__(self, secrets: Secrets, timeout_s: float) -> None:
        self._secrets = secrets
        self._timeout_s = timeout_s
        self._verify = httpx.create_ssl_context(trust_env=False)

    def call(
        self, method: str, url: str, *, content: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> HttpAnswer:
        """Return the answer, whatever its status; a connection of its own each time.

        Raises:
            NotDelivered: there was none within the time. What was sent may have been taken all the same.
        """
        # httpx's own limits are for each step: a side that sends a byte now and then would never run into one.
        try:
            return asyncio.run(asyncio.wait_for(self._call(method, url, content, dict(headers or {})), self._timeout_s))
        except TimeoutError:
            raise NotDelivered(f"gives no answer within {self._timeout_s:g} s (alerts.timeout_s)") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            why = self._secrets.redacted(str(error)) or type(error).__name__
            raise NotDelivered(f"gives no answer: {why}") from None

    async def _call(self, method: str, url: str, content: bytes, headers: dict[str, str]) -> HttpAnswer:
        client = httpx.AsyncClient(
            verify=self._verify, timeout=self._timeout_s, follow_redirects=False, trust_env=False
        )
        body = bytearray()
        async with client, client.stream(method, url, content=content, headers=headers) as answer:
            async for part in answer.aiter_raw():
                body += part
                if len(body) > _ANSWER_BYTES:
                    break  # the status says what counts
            return HttpAnswer(answer.status_code, bytes(body[:_ANSWER_BYTES]), _retry_after_s(answer))


def _retry_after_s(answer: httpx.Response) -> float:
    with contextlib.suppress(ValueError):
        return min(max(0.0, float(answer.headers.get("retry-after", ""))), _RETRY_AFTER_MAX_S)
    return 0.0
