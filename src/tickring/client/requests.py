"""What both clients ask over HTTP, and how an answer is read. No connection here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar
from urllib.parse import quote as in_path
from urllib.parse import urlsplit, urlunsplit

import msgspec

from tickring.client.documents import ErrorDocument, Quotes, RunStarted, RunStopped, ServiceStatus
from tickring.client.remote_quote import RemoteQuote
from tickring.errors import ServiceAnswerUnreadable, ServiceRefused
from tickring.json_faults import JSON_FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "Ask",
    "headers_of",
    "http_url",
    "named",
    "quote_of",
    "quotes_of",
    "read_answer",
    "start",
    "status",
    "stop",
    "ws_url",
]

T = TypeVar("T")


class Ask(NamedTuple, Generic[T]):
    """One request."""

    method: str
    path: str
    answer: type[T]
    params: Mapping[str, str] = {}
    body: Mapping[str, Any] | None = None


def http_url(url: str) -> str:
    """Return the service's address without what follows it.

    Raises:
        ValueError: it is no http address.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"url is {url!r}, must be like http://desk:8765")
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))


def ws_url(url: str) -> str:
    """Return the address of the WebSocket of the service at an `http_url`."""
    return "ws" + url.removeprefix("http") + "/ws"


def headers_of(token: str | None) -> dict[str, str]:
    """Return the headers of every request."""
    return {} if token is None else {"Authorization": f"Bearer {token}"}


def named(symbols: Iterable[str] | str | None) -> list[str] | None:
    """Return the symbols that are meant by one, several or none; None, which means all, stays."""
    return [symbols] if isinstance(symbols, str) else None if symbols is None else list(symbols)


def quotes_of(symbols: list[str] | None) -> Ask[Quotes]:
    """Ask for these, at least one, or for all."""
    return Ask("GET", "/api/quotes", Quotes, {} if symbols is None else {"symbols": ",".join(symbols)})


def quote_of(symbol: str) -> Ask[RemoteQuote]:
    """Ask for one."""
    return Ask("GET", f"/api/quotes/{in_path(symbol, safe='')}", RemoteQuote)


def status() -> Ask[ServiceStatus]:
    """Ask how the service is."""
    return Ask("GET", "/api/ib/stream/status", ServiceStatus)


def start(
    project_id: int,
    decision_snapshot_id: int | None,
    refresh_interval_seconds: float | None,
    max_symbols: int | None,
) -> Ask[RunStarted]:
    """Begin a run."""
    body = {
        "project_id": project_id,
        "decision_snapshot_id": decision_snapshot_id,
        "refresh_interval_seconds": refresh_interval_seconds,
        "max_symbols": max_symbols,
    }
    given = {name: value for name, value in body.items() if value is not None}
    return Ask("POST", "/api/ib/stream/start", RunStarted, body=given)


def stop() -> Ask[RunStopped]:
    """End the run."""
    return Ask("POST", "/api/ib/stream/stop", RunStopped, body={})


def read_answer(ask: Ask[T], url: str, code: int, content: bytes) -> T:
    """Return what was asked for.

    Raises:
        ServiceRefused: the service says no.
        ServiceAnswerUnreadable: this is no answer of it.
    """
    try:
        if code < 400:
            return msgspec.json.decode(content, type=ask.answer)
        error = msgspec.json.decode(content, type=ErrorDocument).error
    except JSON_FAULTS as fault:
        raise ServiceAnswerUnreadable(f"{url}{ask.path}", f"answer {code} cannot be read: {fault}") from None
    raise ServiceRefused(code, error.code, error.message, error.next_step, error.details)
