"""What can go wrong between a supervisor and who asks it."""

from __future__ import annotations

from tickring.errors.base import TickringError

__all__ = [
    "BadReply",
    "BadRequest",
    "ControlError",
    "ControlNotPermitted",
    "ControlSocketBusy",
    "ControlSocketUnusable",
    "FrameTooLong",
    "RequestRefused",
    "SupervisorNotRunning",
    "SupervisorSilent",
]


class ControlError(TickringError):
    """A control socket cannot be used. `path` names it."""

    def __init__(self, message: str, *, path: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path


class SupervisorNotRunning(ControlError):
    """No socket stands there, or nobody listens at it: start the service."""


class SupervisorSilent(ControlError):
    """Somebody listens and did not answer in time. What was asked may have been done: look at the status."""


class ControlNotPermitted(ControlError):
    """This user may not control that supervisor."""


class ControlSocketBusy(ControlError):
    """Another living process listens at the path. `pid` is its, 0 if unknown."""

    def __init__(self, message: str, *, path: str, pid: int) -> None:
        super().__init__(message, path=path)
        self.pid = pid


class ControlSocketUnusable(ControlError):
    """The socket cannot be made there: another kind of file, no rights, no such group."""


class FrameTooLong(TickringError):
    """A frame is longer than the other side takes. `size_bytes` and `limit_bytes` are the two."""

    def __init__(self, size_bytes: int, limit_bytes: int) -> None:
        super().__init__(f"a frame of {size_bytes:,} bytes, must be at most {limit_bytes:,}; ask in smaller pieces")
        self.size_bytes = size_bytes
        self.limit_bytes = limit_bytes


class BadRequest(TickringError):
    """A payload that is no request. `id` is that of the request, 0 where there was none to read."""

    def __init__(self, message: str, *, id: int = 0) -> None:
        super().__init__(message)
        self.id = id


class BadReply(TickringError):
    """What came back is no answer: another release, or another program's socket."""


class RequestRefused(TickringError):
    """The supervisor understood and did not do it. `code` is the stable word, `next_step` what helps."""

    def __init__(self, code: str, message: str, next_step: str) -> None:
        super().__init__(f"{message}; {next_step}" if next_step else message)
        self.code = code
        self.reason = message
        self.next_step = next_step
