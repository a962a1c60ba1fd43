"""Start children by spawn, through `multiprocess`: the interface of the standard module, but without types."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import multiprocessing as multiprocess
    from multiprocessing.context import SpawnProcess
else:
    import multiprocess

__all__ = ["spawn"]


def spawn(target: Callable[..., object], name: str, *args: object) -> "SpawnProcess":
    """Start `target(*args)` in a fresh process and return it. `target` is of a module that can be imported by its name.

    Spawn, never fork: a forked child would inherit mappings, locks and threads. Call it from the main thread: the child
    may ask the kernel to die with the thread that started it.
    """
    child = multiprocess.get_context("spawn").Process(target=target, args=args, name=name)
    with _without_main():
        child.start()
    return child


@contextmanager
def _without_main() -> Generator[None]:
    """Have the child not import the parent's program, all of the supervisor, before it imports its own."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
