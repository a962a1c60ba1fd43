"""What a contender must be able to do, so that every question can ask it.

One adapter a file, used the way its own documentation calls fast. The timed loops stand in the adapters themselves: a
call through a common interface inside the loop would cost as much as a fast read and flatter the slow.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import shutil
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bench._harness.quotes import Tick

    ReadLoop = Callable[[int], tuple[int, float]]
    """Reads `count` times, 4 fields each; returns the ns it took and the checksum of the last read."""
    PublishLoop = Callable[[Sequence[Tick]], int]
    """Publishes every tick in turn; returns the ns it took."""
    Opening = Callable[[Path, list[str]], Any]


def peer(name: str) -> Any:
    """Import an optional peer by name: neither the benchmarks' start nor the type checkers need it."""
    return importlib.import_module(name)


class Writer(ABC):
    """The one writer of a store. Opening it makes the store and publishes a first quote of every symbol."""

    @abstractmethod
    def publish(self, tick: Tick) -> None:
        """Make one quote visible to every reader."""

    @abstractmethod
    def publish_loops(self) -> dict[str, PublishLoop]:
        """Return the ways to publish, the plain one first."""

    def publish_waking(self, tick: Tick) -> None:
        """Publish, and wake whoever waits; contenders that cannot only publish."""
        self.publish(tick)

    def keep_alive(self) -> None:  # noqa: B027 - most need nothing
        """Called between samples."""

    @abstractmethod
    def close(self) -> None:
        """End servers and remove what `place` does not hold."""


class Reader(ABC):
    """One reader of a store, in another process than its writer."""

    replays = False
    """Whether a read first catches up with all that was published, of any symbol: then no read may go before a timed
    one, or it would pay for it."""

    @abstractmethod
    def read_loops(self, indices: range) -> dict[str, ReadLoop]:
        """Return the ways to read these symbols in turn, 4 fields of each (bid, ask, last, bid_size)."""

    def warm(self, indices: range) -> None:  # noqa: B027 - most need nothing
        """Bring these quotes into this core's cache, without what a later read could answer from."""

    def book_values(self, quantities: Sequence[float]) -> dict[str, Callable[[], float]]:
        """Return the ways to value a book: position i is of symbol i, long at bid, short at ask."""
        raise NotImplementedError

    def poll(self, index: int) -> Callable[[], int]:
        """Return a function that gives the `ts_ns` of the newest quote."""
        raise NotImplementedError

    def waiters(self, index: int) -> dict[str, Callable[[float], int | None]]:  # noqa: ARG002
        """Return the ways to sleep until news: given a timeout in s, the `ts_ns` of the news or None."""
        return {}

    @property
    def retries(self) -> int | None:
        """Reads begun again because the writer came in between; None where nobody counts them."""
        return None

    @abstractmethod
    def close(self) -> None: ...


class FirstQuote(NamedTuple):
    """Statements a fresh interpreter runs: import, open, first quote (`values` = bid, ask, last, bid_size)."""

    importing: str
    opening: str
    reading: str


@dataclass(frozen=True)
class Contender:
    """One way to keep quotes for other processes."""

    name: str
    title: str
    usage: str
    lacks: str
    writer: Opening | None = None
    reader: Opening | None = None
    first_quote: Callable[[Path, str], FirstQuote] | None = None
    modules: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    distributions: tuple[str, ...] = ()
    install: str = ""
    largest: int = 10_000
    """Symbols beyond which even opening takes minutes."""

    def missing(self) -> str | None:
        """Return what to install, or None if everything is here."""
        absent = [name for name in self.modules if importlib.util.find_spec(name) is None]
        absent += [name for name in self.programs if shutil.which(name) is None]
        return f"{', '.join(absent)} not found; {self.install}" if absent else None

    def versions(self) -> str:
        """Return the releases in use."""
        found = []
        for name in self.distributions:
            try:
                found.append(f"{name} {importlib.metadata.version(name)}")
            except importlib.metadata.PackageNotFoundError:
                found.append(name)
        return ", ".join(found)
