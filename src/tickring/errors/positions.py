"""Positions that cannot be used: each its own class, because a risk engine stops for another reason."""

from tickring.errors.base import TickringError

__all__ = ["InvalidPosition", "PositionsNotFound", "PositionsTooOld", "PositionsUnreadable"]


class InvalidPosition(TickringError, ValueError):
    """A position whose numbers or names mean nothing. `field` is what is wrong, `value` what it was."""

    def __init__(self, message: str, *, field: str, value: object) -> None:
        super().__init__(message)
        self.field = field
        self.value = value


class PositionsNotFound(TickringError):
    """Nobody has written positions beside this segment yet: that is not the same as having none."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} is not there: no positions have been told yet; that does not mean that there are none"
        )
        self.path = path


class PositionsUnreadable(TickringError):
    """The file stands but is no table of positions. `path` names it."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(
            f"{path} is no table of positions: {why}; it is replaced by its writer's next write, or remove it"
        )
        self.path = path


class PositionsTooOld(TickringError):
    """The table was written longer ago than the caller allows: its writer is dead or stuck."""

    def __init__(self, path: str, age_s: float, max_age_s: float) -> None:
        super().__init__(
            f"{path} was written {age_s:.1f} s ago, limit {max_age_s:g} s: its writer is dead or stuck; look at it "
            "with `tickring segment`, or allow older positions"
        )
        self.path = path
        self.age_s = age_s
        self.max_age_s = max_age_s
