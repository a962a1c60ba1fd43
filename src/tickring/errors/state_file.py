"""Why the state file was not written."""

from tickring.errors.base import TickringError

__all__ = ["StateFileBusy"]


class StateFileBusy(TickringError):
    """Another process kept the state file locked. Nothing is lost: the next record counts what this one did not."""

    def __init__(self, path: str, waited_s: float) -> None:
        super().__init__(
            f"{path} was locked by another process for {waited_s:g} s; the next record makes up for this one, "
            "but a process that hangs in it (see `lslocks`) must be ended"
        )
        self.path = path
        self.waited_s = waited_s
