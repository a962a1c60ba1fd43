"""What can be wrong with a segment file or its owner: each its own class, because each has another next step."""

from tickring.errors.base import TickringError

__all__ = [
    "ApiModeMismatch",
    "DirectoryFull",
    "LineBusy",
    "NotASegment",
    "SegmentError",
    "SegmentFenced",
    "SegmentNoSpace",
    "SegmentNotFound",
    "SegmentNotReady",
    "SegmentPermissionDenied",
    "SegmentSizeMismatch",
    "SegmentVersionMismatch",
    "SlotNotActive",
    "SupervisorBusy",
    "WriterBusy",
    "WriterNotProvenDead",
]


class SegmentError(TickringError):
    """A segment cannot be used. `path` names the file or directory."""

    def __init__(self, message: str, *, path: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path


class SegmentNotFound(SegmentError):
    """Nothing stands at the path: wait for the supervisor, or check the name."""


class SegmentNotReady(SegmentError):
    """A file stands there that its creator has not finished (or never did)."""


class SegmentVersionMismatch(SegmentError):
    """Written by another release. `found` and `understood` are layout versions."""

    def __init__(self, message: str, *, path: str, found: int, understood: int) -> None:
        super().__init__(message, path=path)
        self.found = found
        self.understood = understood


class SegmentSizeMismatch(SegmentError):
    """File size and header disagree: truncated or damaged."""


class NotASegment(SegmentError):
    """Another kind of file."""


class SegmentPermissionDenied(SegmentError):
    """The file or its directory may not be opened by this user."""


class SegmentNoSpace(SegmentError):
    """The tmpfs has no room for a new segment. `needed_bytes` says how much it takes."""

    def __init__(self, message: str, *, path: str, needed_bytes: int) -> None:
        super().__init__(message, path=path)
        self.needed_bytes = needed_bytes


class SegmentFenced(SegmentError):
    """This writer's epoch is over (or was never granted): another writer owns the segment now. Stop writing, exit."""


class WriterBusy(SegmentError):
    """A living writer holds the segment. `pid` is what its header says (0 = not said yet)."""

    def __init__(self, message: str, *, path: str, pid: int) -> None:
        super().__init__(message, path=path)
        self.pid = pid


class WriterNotProvenDead(SegmentError):
    """The old writer could not be ended in time; a new segment file must take over. `pid` as in WriterBusy."""

    def __init__(self, message: str, *, path: str, pid: int) -> None:
        super().__init__(message, path=path)
        self.pid = pid


class SupervisorBusy(SegmentError):
    """Another process owns this segment directory. `pid` is what the header says (0 = not said yet)."""

    def __init__(self, message: str, *, path: str, pid: int) -> None:
        super().__init__(message, path=path)
        self.pid = pid


class LineBusy(SegmentError):
    """A living child holds this line of the header."""


class DirectoryFull(SegmentError):
    """No room for another symbol: a new segment must supersede this one. `symbol` was refused."""

    def __init__(self, message: str, *, path: str, symbol: str) -> None:
        super().__init__(message, path=path)
        self.symbol = symbol


class SlotNotActive(TickringError):
    """A writer used a slot that is not (or no longer) a symbol's."""


class ApiModeMismatch(SegmentError):
    """The segment carries prices of another kind of account than the reader was opened for."""

    def __init__(self, message: str, *, path: str, found: str, accepted: tuple[str, ...]) -> None:
        super().__init__(message, path=path)
        self.found = found
        self.accepted = accepted
