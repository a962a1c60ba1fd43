"""Start children by spawn, through `multiprocess`: the interface of the standard module, but without types."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import multiprocessing as multiprocess
    from multiprocessing.context import SpawnProcess
else:
    import multiprocess

__all__ = ["spawn"]


def spawn(target: Callable[..., object], name: str, *args: object) -> "SpawnProcess":
    """Start `target(*args)` in a fresh process and return it.

    Spawn, never fork: a forked child would inherit mappings, locks and threads. Call it from the main thread: the child
    may ask the kernel to die with the thread that started it.
    """
    child = multiprocess.get_context("spawn").Process(target=target, args=args, name=name)
    child.start()
    return child
