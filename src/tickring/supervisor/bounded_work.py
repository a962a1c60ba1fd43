"""Work on a disk that may not answer, done beside the loop: it is waited for so long and no longer."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["done_within"]

_T = TypeVar("_T")


def done_within(limit_s: float, work: Callable[[], _T], undo: Callable[[_T], None], name: str) -> _T:
    """Return what `work` returns, or raise what it raises; both run in a thread of that `name`.

    Work that is not done in time goes on alone, and what it still brings is handed to `undo` in its thread. A thread
    that the kernel does not let go does not hold up the end of this process.

    Raises:
        TimeoutError: it is not done within `limit_s`.
    """
    task = _Task(work, undo)
    thread = threading.Thread(target=task.run, name=name, daemon=True)
    thread.start()
    thread.join(limit_s)
    return task.take()


class _Task(Generic[_T]):
    """The answer is either taken or undone, whichever comes first."""

    def __init__(self, work: Callable[[], _T], undo: Callable[[_T], None]) -> None:
        self._work = work
        self._undo = undo
        self._lock = threading.Lock()
        self._brought: list[_T] = []
        self._error: BaseException | None = None
        self._is_given_up = False

    def run(self) -> None:
        """In the thread."""
        try:
            brought = self._work()
        except BaseException as error:  # noqa: BLE001 - it is raised where the work was asked for
            self._error = error
            return
        with self._lock:
            self._brought.append(brought)
            is_late = self._is_given_up
        if is_late:
            self._undo(brought)

    def take(self) -> _T:
        """In the thread that has asked."""
        with self._lock:
            if self._error is not None:
                raise self._error
            if self._brought:
                return self._brought[0]
            self._is_given_up = True
        raise TimeoutError
