"""`IBStreamRunner`: the stream of one project behind one object, over the real parts.

A thin front: segment, writer and files are those of the service. `_write_tick` is the seam for trying it without a
gateway: it publishes a real record into a segment of the runner's own and writes the real file.
"""

from __future__ import annotations

import re
import secrets
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from tickring.feeder import SegmentWriter
from tickring.flusher import QuoteScribe, StreamDirectory, file_name_of
from tickring.reader import QuoteReader
from tickring.states import ApiMode, Connection, DataType, Field, QuoteState, RunState, Source
from tickring.supervisor.abandoned_segments import remove_abandoned_segments
from tickring.supervisor.segment_host import SegmentHost, SegmentLimits

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["IBStreamRunner"]

_PRIVATE = SegmentLimits(capacity=1_000, depth=4)
_NAME = re.compile(r"runner-[0-9a-f]{12}")


class IBStreamRunner:
    """Streams the quotes of a project into `<data_root>/stream`. Threads: one.

    What it holds (a segment in /dev/shm, the directory's lock) goes with `close`, with the object, or at the
    interpreter's end; after SIGKILL the segment's directory stays until the next runner of this user removes it.
    """

    def __init__(self, project_id: int, data_root: str | Path, api_mode: str = "mock") -> None:
        """`api_mode`: `live`, `paper` or `mock`, the kind of account behind the prices. Touches nothing yet.

        Raises:
            ValueError: another word.
        """
        self.project_id = project_id
        self.data_root = Path(data_root)
        self.api_mode = ApiMode(api_mode)
        if self.api_mode is ApiMode.UNKNOWN:
            raise ValueError("api_mode is 'unknown', must be 'live', 'paper' or 'mock'")
        self._private: _PrivateStream | None = None

    def _write_tick(self, symbol: str, tick: Mapping[str, float | None]) -> Path:
        """Publish a tick and write its file; return where. Fields that are not in the tick keep their values.

        `tick` has names of `tickring.states.Field` (`bid`, `ask`, `last`, `volume`, ...), None for absent.

        Raises:
            ValueError: a field that does not exist.
            InvalidSymbol, NoFileName: not a symbol, or one that gets no file.
            FilesBusy: another living process writes the directory.
        """
        if unknown := sorted(set(tick) - set(Field)):
            raise ValueError(f"{', '.join(unknown)}: no field of a tick; there are {', '.join(Field)}")
        if self._private is None:
            self._private = _PrivateStream(self.data_root / "stream", self.api_mode)
        return self._private.write(symbol, tick)

    def close(self) -> None:
        """Give everything back; the files stay. Idempotent."""
        if self._private is not None:
            self._private.close()
            self._private = None


class _PrivateStream:
    """A segment nobody else knows of, its writer, a reader of it and the files."""

    def __init__(self, directory: Path, api_mode: ApiMode) -> None:
        remove_abandoned_segments(_NAME)
        name = f"runner-{secrets.token_hex(6)}"
        self._slots: dict[str, int] = {}
        self._scribe = QuoteScribe()
        self._files = StreamDirectory(directory)
        host = SegmentHost.open(name, limits=_PRIVATE, api_mode=api_mode)
        self.close = weakref.finalize(self, _close, host, self._files)  # also when the next line raises
        self._files.take()
        self._host = host
        host.set_state(RunState.RUNNING)
        self._writer = SegmentWriter.attach(name, epoch=host.grant_epoch())
        self._writer.set_line(state=RunState.RUNNING, connection=Connection.CONNECTED, api_mode=api_mode)
        self._reader = QuoteReader.open(name, api_mode=api_mode)

    def write(self, symbol: str, tick: Mapping[str, float | None]) -> Path:
        slot = self._slots.get(symbol)
        if slot is None:
            slot = self._slots[symbol] = self._begin(symbol)
        pairs = [item for name, value in tick.items() for item in (Field(name), value)]
        self._writer.tick(slot, time.time_ns(), *pairs)
        self._writer.vouch(slot)
        self._writer.heartbeat()
        self._writer.commit()
        self._files.write(self._scribe.document(self._reader[symbol], self._host.epoch))
        return self._files.directory / file_name_of(symbol)

    def _begin(self, symbol: str) -> int:
        file_name_of(symbol)  # refused before anything is published
        slot = self._writer.add(symbol)
        self._writer.begin(slot)
        self._writer.set_state(
            slot, state=QuoteState.LIVE, source=Source.IB_STREAM, data_type=DataType.REALTIME, publish=False
        )
        return slot


def _close(host: SegmentHost, files: StreamDirectory) -> None:
    host.close(remove=True)
    files.release()
