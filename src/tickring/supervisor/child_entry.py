"""Where a spawned child begins: it ties its life to its parent's, then becomes what it was started as.

From here on it tells where it stands when it crashes and when it gets SIGUSR2: the stacks of all threads go to stderr.
The handlers are written in C and run wherever the thread is, also in a call that never comes back to Python.
"""

import faulthandler
import importlib
import signal
import sys
from typing import Any

from tickring.process_identity import die_with_parent

__all__ = ["TELL_WHERE", "run_child"]

TELL_WHERE = signal.SIGUSR2


def run_child(target: str, parent_pid: int, arguments: tuple[Any, ...]) -> None:
    """Run `target` (`package.module:function`) and leave the process with the exit code that it returns.

    Runs in the child's main thread. The parent is named by its pid: if it died before this line, so does the child.
    """
    die_with_parent(parent_pid)
    faulthandler.enable()
    faulthandler.register(TELL_WHERE, file=sys.stderr, all_threads=True)
    module, _, function = target.partition(":")
    sys.exit(getattr(importlib.import_module(module), function)(*arguments))
