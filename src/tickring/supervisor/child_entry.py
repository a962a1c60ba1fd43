"""Where a spawned child begins: it ties its life to its parent's, then becomes what it was started as."""

import importlib
import sys
from typing import Any

from tickring.process_identity import die_with_parent

__all__ = ["run_child"]


def run_child(target: str, parent_pid: int, arguments: tuple[Any, ...]) -> None:
    """Run `target` (`package.module:function`) and leave the process with the exit code that it returns.

    Runs in the child's main thread. The parent is named by its pid: if it died before this line, so does the child.
    """
    die_with_parent(parent_pid)
    module, _, function = target.partition(":")
    sys.exit(getattr(importlib.import_module(module), function)(*arguments))
