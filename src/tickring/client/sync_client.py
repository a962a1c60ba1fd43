"""The client for programs that wait."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self, TypeVar

import httpx

from tickring.client import requests
from tickring.client.background_loop import BackgroundConnection
from tickring.client.held_quotes import HeldQuotes
from tickring.client.remote_quote import accepted_modes, admitted
from tickring.client.sync_follow import Follow
from tickring.client.timing import ClientTiming
from tickring.errors import ServiceUnreachable
from tickring.states import ApiMode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tickring.client.documents import RunStarted, RunStopped, ServiceStatus
    from tickring.client.remote_quote import RemoteQuote

__all__ = ["Client"]

T = TypeVar("T")


class Client:
    """One service. Threads may share it; processes not across a fork. Proxies of the environment are not used.

    What is asked over HTTP is as of its answer. What is followed is held: the service pushes it, and `quote` reads it
    without asking. When the service has not proved itself within `timing.proof_limit_s`, or the connection is gone,
    every held quote reads `feed_down` (reason `connection`), whatever it read before.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8765",
        *,
        token: str | None = None,
        api_mode: ApiMode | str | Iterable[ApiMode | str] = ApiMode.LIVE,
        timing: ClientTiming | None = None,
    ) -> None:
        """Touches nothing yet. `token`: of the service; needed for `start` and `stop`, from elsewhere for everything.

        `api_mode` says prices of which kind of account may be shown, as for a reader: `live` unless told otherwise,
        another word, several, or `any`; others read `missing` (reason `other_api_mode`).

        Raises:
            ValueError: not an address, not a kind of account, a timer that cannot be.
        """
        self._url = requests.http_url(url)
        self._modes = accepted_modes(api_mode)
        self._timing = (timing or ClientTiming()).checked()
        self._token = token
        self._held = HeldQuotes(self._timing.proof_limit_s)
        self._http = httpx.Client(
            base_url=self._url, headers=requests.headers_of(token), timeout=self._timing.answer_s, trust_env=False
        )
        self._connection: BackgroundConnection | None = None
        self._lock = threading.Lock()

    @property
    def fault(self) -> str | None:
        """Why followers get nothing good now, in words; None: they do, or nobody follows."""
        return None if self._connection is None else self._connection.fault

    def quotes(self, symbols: Iterable[str] | str | None = None) -> list[RemoteQuote]:
        """Ask for the newest quotes of these, or of all; unknown symbols read `missing`.

        Raises:
            ServiceUnreachable: no answer. ServiceRefused: an answer that says no, for instance 503 without a segment.
            ServiceAnswerUnreadable: no answer of this service. The same for all that follow.
        """
        named = requests.named(symbols)
        if named == []:
            return []
        return [admitted(quote, self._modes) for quote in self._ask(requests.quotes_of(named)).quotes]

    def quote(self, symbol: str) -> RemoteQuote:
        """Return the newest quote: of a followed symbol what is held, with the verdict of now; else it is asked for."""
        if symbol in self._held.symbols():
            return self._held.read(symbol)
        return admitted(self._ask(requests.quote_of(symbol)), self._modes)

    def status(self) -> ServiceStatus:
        """Ask how the service is; it answers also when nothing runs."""
        return self._ask(requests.status())

    def start(
        self,
        project_id: int,
        *,
        decision_snapshot_id: int | None = None,
        refresh_interval_seconds: float | None = None,
        max_symbols: int | None = None,
    ) -> RunStarted:
        """Begin a run; None: as configured. With one on: ServiceRefused, 409 `ib_stream_lock_busy`."""
        return self._ask(requests.start(project_id, decision_snapshot_id, refresh_interval_seconds, max_symbols))

    def stop(self) -> RunStopped:
        """End the run; also when nothing runs."""
        return self._ask(requests.stop())

    def follow(self, symbols: Iterable[str] | str = "*", *, timeout_s: float | None = None) -> Follow:
        """Return an iterator over quotes of these symbols (`*`: all): first what each reads now, then each change.

        A change of the verdict is one, also when the connection is lost. Who is slow gets the newest of each symbol and
        never an older one. Ends after `timeout_s` without news. It reconnects for ever; `fault` says what is wrong.
        """
        with self._lock:
            if self._connection is None:
                self._connection = BackgroundConnection(
                    requests.ws_url(self._url), self._token, self._held, self._timing, self._modes
                )
        named = [symbols] if isinstance(symbols, str) else list(symbols)
        following = Follow(self._held, named, timeout_s, self._connection.unwant)
        self._connection.want(named)
        return following

    def close(self) -> None:
        """Close all connections and end all followers. Idempotent."""
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        self._held.close()
        self._http.close()

    def _ask(self, ask: requests.Ask[T]) -> T:
        try:
            answer = self._http.request(ask.method, ask.path, params=ask.params, json=ask.body)
        except httpx.HTTPError as error:
            raise ServiceUnreachable(f"{self._url}{ask.path}", str(error) or type(error).__name__) from None
        return requests.read_answer(ask, self._url, answer.status_code, answer.content)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()
