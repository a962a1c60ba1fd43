"""Sessions that cannot be computed."""

from tickring.errors.base import TickringError

__all__ = ["HoursUnreadable", "NoCalendar", "SessionsUnknown"]


class SessionsUnknown(TickringError):
    """When a market is open cannot be told; nothing may be concluded from silence or from prices."""


class HoursUnreadable(SessionsUnknown, ValueError):
    """A contract's hours or time zone are not as IB writes them. `text` is what was found."""

    def __init__(self, message: str, text: str) -> None:
        super().__init__(message)
        self.text = text


class NoCalendar(SessionsUnknown, LookupError):
    """No calendar is known for an exchange, or none by that name. `name` is what was asked for."""

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        self.name = name
