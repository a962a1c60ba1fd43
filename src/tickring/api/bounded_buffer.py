"""A queue that never holds more than so many bytes: the oldest entries make room, and are counted."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["MemoryBoundedBuffer"]

T = TypeVar("T")
_MAX_BYTES: Final = 10 << 20
_ENTRY_BYTES: Final = 1000


class MemoryBoundedBuffer(Generic[T]):
    """First in, first out. One thread.

    An entry counts what `size_of` says of it, without one `entry_size_estimate` bytes. What is larger than the whole
    buffer is refused and counted in `refused`.
    """

    def __init__(
        self,
        max_bytes: int = _MAX_BYTES,
        entry_size_estimate: int = _ENTRY_BYTES,
        *,
        size_of: Callable[[T], int] | None = None,
    ) -> None:
        """Raises ValueError: a number of bytes that is not above 0."""
        for name, value in (("max_bytes", max_bytes), ("entry_size_estimate", entry_size_estimate)):
            if value < 1:
                raise ValueError(f"{name} is {value}, must be at least 1")
        self.max_bytes = max_bytes
        self.size_bytes = 0
        """Of all entries held."""
        self.evictions = 0
        """Entries that made room for newer ones."""
        self.refused = 0
        """Entries that would not have fitted alone."""
        self._estimate = entry_size_estimate
        self._size_of = size_of
        self._entries: deque[tuple[T, int]] = deque()

    def append(self, entry: T) -> bool:
        """Put the entry last; False if it was refused."""
        size = self._estimate if self._size_of is None else max(1, self._size_of(entry))
        if size > self.max_bytes:
            self.refused += 1
            return False
        self._entries.append((entry, size))
        self.size_bytes += size
        while self.size_bytes > self.max_bytes:
            self.popleft()
            self.evictions += 1
        return True

    def popleft(self) -> T:
        """Take the oldest entry out.

        Raises:
            IndexError: there is none.
        """
        entry, size = self._entries.popleft()
        self.size_bytes -= size
        return entry

    def clear(self) -> None:
        """Forget all; no evictions."""
        self._entries.clear()
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[T]:
        """Entries, the oldest first."""
        return iter([entry for entry, _ in self._entries])
