"""What runs in an agent's process: take a command, run a method of the role, answer."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench._harness.cores import pin
from tickring.process_identity import die_with_parent

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

__all__ = ["serve", "serve_role"]


def serve(pipe: Connection[Any, Any], make: Callable[[Connection[Any, Any]], Any], core: int, parent_pid: int) -> None:
    """Serve what `make` returns until told to close, or until the coordinator is gone."""
    die_with_parent(parent_pid)
    # A group of its own: when the shell that started all this goes, the kernel hangs up a group with stopped members.
    os.setpgid(0, 0)
    pin(core)
    served: Any = None
    while True:
        try:
            number, method, arguments = pipe.recv()
        except EOFError:
            return
        try:
            if served is None:
                served = make(pipe)
            value = getattr(served, method)(*arguments)
        except Exception as error:  # noqa: BLE001 - the edge of a call: the coordinator names it in the report
            pipe.send((number, False, f"{type(error).__name__}: {error}"))
        else:
            pipe.send((number, True, value))
        if method == "close":
            return


def serve_role(name: str, role: str, root: str, pipe: Connection[Any, Any]) -> Any:
    """Return one contender's role, ready to be timed."""
    from bench._contenders.registry import contender
    from bench._harness.crowd import Crowd
    from bench._harness.reading import Reading
    from bench._harness.writing import Writing

    roles = {"writer": Writing, "reader": Reading, "crowd": Crowd}
    served = roles[role](pipe, contender(name), Path(root))
    # No collection inside a sample, for nobody; what the imports left is not looked at again.
    gc.collect()
    gc.freeze()
    gc.disable()
    return served
