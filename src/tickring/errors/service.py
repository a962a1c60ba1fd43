"""What can go wrong between the HTTP service and a program that asks it from elsewhere."""

from __future__ import annotations

from tickring.errors.base import TickringError
from tickring.errors.http_refusal import HttpRefusal

__all__ = ["ServiceAnswerUnreadable", "ServiceRefused", "ServiceUnreachable"]


class ServiceUnreachable(TickringError):
    """The service did not answer. `url` is where it was asked; what was asked may have been done."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(f"{url}: {why}; is the service running, and is this its address (`tickring api`)?")
        self.url = url


class ServiceRefused(HttpRefusal):
    """The service understood and did not do it. `status` is HTTP's number, `code` the stable word."""


class ServiceAnswerUnreadable(TickringError):
    """What came back is no answer of the service: another program listens there, or another release."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(f"{url}: {why}; is it tickring's address, and of the same release?")
        self.url = url
