"""The way back to the process that started the feeder: written without ever waiting, kept while nobody reads.

The form on the wire is that of the commands: four bytes of length (big-endian) and the message.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from tickring.feeder_answers import encode_answer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from multiprocessing.connection import Connection as Pipe

    from tickring.feeder_answers import FeederAnswer

__all__ = ["AnswerPipe"]

_LOG = logging.getLogger("tickring.feeder")
_UNSENT_BYTES_AT_MOST = 16 << 20


class AnswerPipe:
    """Shares the pipe of the commands, which makes it non-blocking and closes it; one that only reads takes nothing."""

    def __init__(self, pipe: Pipe | None) -> None:
        self._pipe = pipe if pipe is not None and pipe.writable else None
        self._unsent = bytearray()
        self._is_full = False

    def send(self, answers: Iterable[FeederAnswer]) -> None:
        """Queue these and write what the pipe takes. Beyond some megabytes nothing more is taken, and it is said."""
        for answer in answers if self._pipe is not None else ():
            message = encode_answer(answer)
            if len(self._unsent) + len(message) > _UNSENT_BYTES_AT_MOST:
                if not self._is_full:
                    _LOG.warning("feeder.answers_dropped: whoever started the feeder does not read its answers")
                self._is_full = True
            else:
                self._unsent += len(message).to_bytes(4, "big") + message
        self._flush()

    def _flush(self) -> None:
        if not self._unsent or self._pipe is None:
            return
        try:
            if not self._pipe.closed:
                del self._unsent[: os.write(self._pipe.fileno(), self._unsent)]
                self._is_full = False
        except BlockingIOError:
            return
        except OSError as error:  # whoever asked is gone
            _LOG.debug("feeder.answers_closed error=%s", error)
            self._pipe = None
            self._unsent.clear()
