"""Children that do not hear the terminal: Ctrl-C, Ctrl-Z and a hang-up go to the whole group of processes otherwise.

The supervisor ends them itself and in order. Blocked signals stay blocked through fork and exec, whatever handler
the child sets; SIGTERM and SIGKILL reach it.
"""

import contextlib
import signal
from collections.abc import Generator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing import resource_tracker
else:
    from multiprocess import resource_tracker

__all__ = ["deaf_to_the_terminal"]

_OF_THE_TERMINAL = {signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTSTP}


@contextlib.contextmanager
def deaf_to_the_terminal() -> Generator[None]:
    """Start children in here, from the main thread; a signal that comes meanwhile is delivered at the end."""
    resource_tracker.ensure_running()  # it unblocks SIGINT when it starts: let it do so before
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _OF_THE_TERMINAL)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
