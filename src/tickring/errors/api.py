"""What can go wrong at the HTTP service: before it listens, and with one request."""

from __future__ import annotations

from tickring.errors.base import TickringError
from tickring.errors.http_refusal import HttpRefusal

__all__ = ["ApiRefused", "CannotListen", "TokenMissing", "TokenUnusable"]


class ApiRefused(HttpRefusal):
    """A request is not answered as asked. `status` is HTTP's number, `code` the stable word, `next_step` what helps."""


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
