"""The state file, written beside the loop: a disk that does not answer must not stop the supervisor.

One thread, one note: a newer one takes the place of one that waits. Nothing is lost by that, because notes carry counts
since the beginning.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tickring.errors import TickringError
from tickring.state_manager import STATE_FILE, StateManager

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["StateScribe"]

_LOG = logging.getLogger("tickring.supervisor")
_STREAM_TYPE = "ib_stream"


class _Note(NamedTuple):
    symbols: tuple[str, ...]
    stats: Mapping[str, int | str]


class StateScribe:
    """Call it from the loop; `close` waits for the last note for a bounded time."""

    def __init__(self, state_dir: str, timeout_s: float) -> None:
        """Touches nothing before the first note. `timeout_s`: without a note for longer the stream counts as stale."""
        self._timeout_s = timeout_s
        self._state_dir = Path(state_dir)
        self._condition = threading.Condition()
        self._note: _Note | None = None
        self._is_stop_wanted = False
        self._is_closed = False
        self._error = ""
        self._thread: threading.Thread | None = None

    @property
    def error(self) -> str:
        """Why the last note was not written; empty if it was."""
        return self._error

    def heartbeat(self, symbols: tuple[str, ...], stats: Mapping[str, int | str]) -> None:
        """Have it written that the stream runs."""
        self._tell(_Note(symbols, stats), is_stop=False)

    def stopped(self) -> None:
        """Have it written that the stream was ended on purpose; after what was noted before."""
        if self._thread is not None:
            self._tell(None, is_stop=True)

    def close(self, within_s: float) -> None:
        """Write what waits and end; a disk that does not answer within the time is left alone. Idempotent."""
        with self._condition:
            self._is_closed = True
            self._condition.notify()
        if self._thread is not None:
            self._thread.join(within_s)
            self._thread = None

    def _tell(self, note: _Note | None, *, is_stop: bool) -> None:
        with self._condition:
            self._note = note or self._note
            self._is_stop_wanted = is_stop
            self._condition.notify()
        if self._thread is None and not self._is_closed:
            self._thread = threading.Thread(target=self._write_notes, name="state-scribe", daemon=True)
            self._thread.start()

    def _write_notes(self) -> None:
        states = StateManager(self._state_dir / STATE_FILE, timeout_s=self._timeout_s)
        while True:
            with self._condition:
                while self._note is None and not self._is_stop_wanted and not self._is_closed:
                    self._condition.wait()
                note, is_stop = self._note, self._is_stop_wanted
                self._note, self._is_stop_wanted = None, False
            if note is None and not is_stop:
                return
            try:
                if note is not None:
                    states.record_streaming_heartbeat(_STREAM_TYPE, note.symbols, note.stats)
                if is_stop:
                    states.record_streaming_stop(_STREAM_TYPE)
            except (OSError, TickringError) as error:
                self._note_error(str(error))
            else:
                self._note_error("")

    def _note_error(self, text: str) -> None:
        if text and text != self._error:
            _LOG.warning("state.not_written error=%s", text)
        self._error = text
