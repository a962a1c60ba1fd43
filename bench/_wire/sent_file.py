"""The simulator's log of what it sent, read on as it grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SentFile", "SentTick"]


class SentTick(msgspec.Struct, frozen=True, gc=False):
    """A line about a tick; see `tickring.simulator.control.sent_log`."""

    kind: str
    mono_ns: int
    symbol: str = ""
    field: str = ""
    value: float | str = 0.0


class SentFile:
    """Of one simulator. The newest fifth of a second may not be in it yet."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._decode = msgspec.json.Decoder(SentTick).decode

    def news(self) -> list[SentTick]:
        """Return the ticks since the last call, of all kinds.

        Raises:
            OSError: lines were lost; what is left proves nothing.
        """
        with self._path.open("rb") as file:
            file.seek(self._offset)
            data = file.read()
        data = data[: data.rfind(b"\n") + 1]
        self._offset += len(data)
        if b'"kind":"lost"' in data:
            raise OSError(f"{self._path} has lost lines")
        return [
            self._decode(line) for line in data.splitlines() if b'"field":"bid"' in line or b'"field":"ask"' in line
        ]
