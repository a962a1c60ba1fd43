"""What can go wrong between the HTTP service and a program that asks it from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tickring.errors.base import TickringError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ServiceAnswerUnreadable", "ServiceRefused", "ServiceUnreachable"]


class ServiceUnreachable(TickringError):
    """The service did not answer. `url` is where it was asked; what was asked may have been done."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(f"{url}: {why}; is the service running, and is this its address (`tickring api`)?")
        self.url = url


class ServiceRefused(TickringError):
    """The service understood and did not do it. `status` is HTTP's number, `code` the stable word."""

    def __init__(
        self, status: int, code: str, message: str, next_step: str, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(f"{message}; {next_step}" if next_step else message)
        self.status = status
        self.code = code
        self.reason = message
        self.next_step = next_step
        self.details = dict(details or {})


class ServiceAnswerUnreadable(TickringError):
    """What came back is no answer of the service: another program listens there, or another release."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(f"{url}: {why}; is it tickring's address, and of the same release?")
        self.url = url
