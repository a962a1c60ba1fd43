"""The client for asyncio."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self, TypeVar

import httpx

from tickring.client import requests
from tickring.client.async_follow import AsyncFollow
from tickring.client.held_quotes import HeldQuotes
from tickring.client.live_connection import LiveConnection
from tickring.client.remote_quote import accepted_modes, admitted
from tickring.client.timing import ClientTiming
from tickring.errors import ServiceUnreachable
from tickring.states import ApiMode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tickring.client.documents import RunStarted, RunStopped, ServiceStatus
    from tickring.client.remote_quote import RemoteQuote

__all__ = ["AsyncClient"]

T = TypeVar("T")


class AsyncClient:
    """One service, as `Client`, in one event loop."""

    def __init__(
        self,
        url: str = "http://127.0.0.1:8765",
        *,
        token: str | None = None,
        api_mode: ApiMode | str | Iterable[ApiMode | str] = ApiMode.LIVE,
        timing: ClientTiming | None = None,
    ) -> None:
        """As `Client`. Raises ValueError as there."""
        self._url = requests.http_url(url)
        self._modes = accepted_modes(api_mode)
        self._timing = (timing or ClientTiming()).checked()
        self._token = token
        self._held = HeldQuotes(self._timing.proof_limit_s)
        self._http = httpx.AsyncClient(
            base_url=self._url, headers=requests.headers_of(token), timeout=self._timing.answer_s, trust_env=False
        )
        self._connection: LiveConnection | None = None
        self._running: asyncio.Task[None] | None = None

    @property
    def fault(self) -> str | None:
        """Why followers get nothing good now, in words; None: they do, or nobody follows."""
        return None if self._connection is None else self._connection.fault

    async def quotes(self, symbols: Iterable[str] | str | None = None) -> list[RemoteQuote]:
        """As `Client.quotes`."""
        named = requests.named(symbols)
        if named == []:
            return []
        answer = await self._ask(requests.quotes_of(named))
        return [admitted(quote, self._modes) for quote in answer.quotes]

    async def quote(self, symbol: str) -> RemoteQuote:
        """As `Client.quote`."""
        if symbol in self._held.symbols():
            return self._held.read(symbol)
        return admitted(await self._ask(requests.quote_of(symbol)), self._modes)

    async def status(self) -> ServiceStatus:
        """As `Client.status`."""
        return await self._ask(requests.status())

    async def start(
        self,
        project_id: int,
        *,
        decision_snapshot_id: int | None = None,
        refresh_interval_seconds: float | None = None,
        max_symbols: int | None = None,
    ) -> RunStarted:
        """As `Client.start`."""
        return await self._ask(requests.start(project_id, decision_snapshot_id, refresh_interval_seconds, max_symbols))

    async def stop(self) -> RunStopped:
        """As `Client.stop`."""
        return await self._ask(requests.stop())

    def follow(self, symbols: Iterable[str] | str = "*", *, timeout_s: float | None = None) -> AsyncFollow:
        """As `Client.follow`, for `async for`; called within the event loop."""
        if self._connection is None:
            self._connection = LiveConnection(
                requests.ws_url(self._url), self._token, self._held, self._timing, self._modes
            )
            self._running = asyncio.create_task(self._connection.run())
        named = [symbols] if isinstance(symbols, str) else list(symbols)
        return AsyncFollow(self._connection, self._held, named, timeout_s)

    async def close(self) -> None:
        """Close all connections and end all followers. Idempotent."""
        running, self._running, self._connection = self._running, None, None
        if running is not None:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        self._held.close()
        await self._http.aclose()

    async def _ask(self, ask: requests.Ask[T]) -> T:
        try:
            answer = await self._http.request(ask.method, ask.path, params=ask.params, json=ask.body)
        except httpx.HTTPError as error:
            raise ServiceUnreachable(f"{self._url}{ask.path}", str(error) or type(error).__name__) from None
        return requests.read_answer(ask, self._url, answer.status_code, answer.content)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()
