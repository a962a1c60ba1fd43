"""What an answer of the HTTP service that says no carries, on both of its ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tickring.errors.base import TickringError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HttpRefusal"]


class HttpRefusal(TickringError):
    """`status` is HTTP's number, `code` the stable word, `reason` why not, `next_step` what helps."""

    def __init__(
        self, status: int, code: str, message: str, next_step: str, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(f"{message}; {next_step}" if next_step else message)
        self.status = status
        self.code = code
        self.reason = message
        self.next_step = next_step
        self.details = dict(details or {})
