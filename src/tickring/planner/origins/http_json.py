"""An address that answers GET with a JSON list of symbols.

Limits on everything: the whole answer has one deadline, its length a limit, redirections are not followed (another
host would get the token), and the environment's proxies do not count.
"""

from __future__ import annotations

import time
from pathlib import Path

import httpx

from tickring.errors import OriginFailed
from tickring.planner.symbol_rows import parse_symbol_rows
from tickring.planner.wanted import Origin, Resolution, WantedSymbol

__all__ = ["HttpJson"]

_OK = 200


class HttpJson:
    """One address, asked anew at every refresh."""

    def __init__(self, url: str, *, timeout_s: float, limit_bytes: int, token_file: str = "") -> None:
        """Connects to nothing yet. The token is read at every question, so that it can be replaced.

        Raises:
            OriginFailed: the address is none.
        """
        try:
            address = httpx.URL(url)
        except (httpx.InvalidURL, TypeError) as error:
            raise OriginFailed(f"http {url!r}", f"is no address: {error}") from None
        if address.scheme not in {"http", "https"} or not address.host:
            raise OriginFailed(f"http {url!r}", "must begin with http:// or https:// and a host")
        # Whatever stands before the host or behind the path may be a secret.
        self.name = f"http {address.copy_with(username=None, password=None, query=None, fragment=None)}"
        self._address = address
        self._timeout_s = timeout_s
        self._limit_bytes = limit_bytes
        self._token_file = token_file
        self._client = httpx.Client(timeout=timeout_s, follow_redirects=False, trust_env=False)

    def resolve(self) -> Resolution:
        """Return the list.

        Raises:
            OriginFailed: no answer in time, another status than 200, too long, or the token cannot be read.
            ImportRefused: the answer is no list of symbols.
        """
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", **self._authorization()}
        deadline_s = time.monotonic() + self._timeout_s
        content = bytearray()
        try:
            with self._client.stream("GET", self._address, headers=headers) as answer:
                if answer.status_code != _OK:
                    raise OriginFailed(self.name, f"answers {answer.status_code} {answer.reason_phrase}, must be 200")
                for part in answer.iter_bytes():
                    content += part
                    if len(content) > self._limit_bytes:
                        limit = f"{self._limit_bytes} bytes (planner.answer_limit_bytes)"
                        raise OriginFailed(self.name, f"answers with more than {limit}")
                    if time.monotonic() > deadline_s:
                        raise OriginFailed(
                            self.name, f"took longer than {self._timeout_s:g} s (planner.http_timeout_s)"
                        )
        except httpx.HTTPError as error:
            raise OriginFailed(self.name, f"gives no answer: {str(error) or type(error).__name__}") from error
        if bytes(content.lstrip()[:1]) not in {b"[", b"{"}:
            raise OriginFailed(self.name, "answers with something that is no JSON list or object")
        rows = parse_symbol_rows(bytes(content), self.name)
        return Resolution(
            tuple(WantedSymbol(row.symbol, Origin.HTTP, rank) for rank, row in enumerate(rows)), self.name
        )

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def _authorization(self) -> dict[str, str]:
        if not self._token_file:
            return {}
        try:
            token = Path(self._token_file).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise OriginFailed(self.name, f"the token file {self._token_file} cannot be read: {error}") from None
        if not token.isascii() or not token.isprintable() or not token:
            raise OriginFailed(self.name, f"the token file {self._token_file} must hold one line of ASCII")
        return {"Authorization": f"Bearer {token}"}
