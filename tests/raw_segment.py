"""A segment file by its bytes, as docs/layout.md describes them: for what no writer would ever do."""

from __future__ import annotations

import mmap
import struct
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["RawSegment"]


class RawSegment:
    """The file mapped writable, with the offsets that its header names."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self.bytes = mmap.mmap(file.fileno(), 0)
        self.depth = self.read("<I", 56)
        self.control_offset, self.ring_offset = self.read("<Q", 72), self.read("<Q", 80)

    def control(self, slot: int) -> int:
        """Where a slot's control line begins: cursor u64, vouched_ns i64, generation u32."""
        return self.control_offset + 64 * slot

    def record(self, slot: int, sequence: int) -> int:
        """Where the record with this sequence begins."""
        return self.ring_offset + 128 * (slot * self.depth + sequence % self.depth)

    def read(self, kind: str, offset: int) -> int:
        """Return one number."""
        value: int = struct.unpack_from(kind, self.bytes, offset)[0]
        return value

    def write(self, kind: str, offset: int, value: int) -> None:
        """Overwrite one number."""
        struct.pack_into(kind, self.bytes, offset, value)

    def overtake_readers(self, slot: int) -> None:
        """Leave the slot as a reader finds it that is always overtaken: the cursor's record is in the making."""
        cursor = self.read("<Q", self.control(slot))
        self.write("<Q", self.record(slot, cursor), 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.bytes.close()
