"""What can go wrong at the HTTP service: before it listens, and with one request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tickring.errors.base import TickringError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ApiRefused", "CannotListen", "TokenMissing", "TokenUnusable"]


class ApiRefused(TickringError):
    """A request is not answered as asked. `status` is HTTP's number, `code` the stable word, `next_step` what helps."""

    def __init__(
        self, status: int, code: str, message: str, next_step: str, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(f"{message}; {next_step}" if next_step else message)
        self.status = status
        self.code = code
        self.reason = message
        self.next_step = next_step
        self.details = dict(details or {})


class TokenUnusable(TickringError):
    """The file of the token cannot be used: open to others, empty, not a token, not to be read. `path` names it."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path


class TokenMissing(TokenUnusable):
    """There is no token, and none may be made up here."""


class CannotListen(TickringError):
    """The address cannot be listened at. `is_taken`: another program has it, so a later try may find it free."""

    def __init__(self, host: str, port: int, why: str, *, is_taken: bool) -> None:
        super().__init__(f"{host} port {port} {why}")
        self.host = host
        self.port = port
        self.is_taken = is_taken
