"""The pipe through which one life of the feeder is told what to stream besides its configuration.

A feeder that hangs must not take the supervisor along, so nothing here waits: messages queue, and what the pipe takes
is written. Those with symbols fit into PIPE_BUF, so that each is written as a whole or not at all (pipe(7)).
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
from collections import deque
from typing import TYPE_CHECKING

from tickring.feeder.commands import AddSymbols, FeederCommand, RemoveSymbols, SetSessions, encode_command

if TYPE_CHECKING:
    import multiprocessing as multiprocess
    from collections.abc import Iterable, Mapping

    from tickring.config.structs import ContractConfig
    from tickring.session_table import SessionTables
else:
    import multiprocess

__all__ = ["FeederInbox", "fits_into_a_message"]

_LOG = logging.getLogger("tickring.supervisor")
_MESSAGE_BYTES = select.PIPE_BUF - 4  # a connection puts the length before it


class FeederInbox:
    """The sending end, for one life of the feeder. One thread."""

    def __init__(self) -> None:
        """Make the pipe. Give `reading` to the child, then call `started`."""
        self.reading, self._writing = multiprocess.get_context("spawn").Pipe(duplex=False)
        os.set_blocking(self._writing.fileno(), False)
        self._queue: deque[bytes] = deque()

    def started(self) -> None:
        """Close the child's end here: the child has its own now."""
        self.reading.close()

    @property
    def fds(self) -> list[tuple[int, int]]:
        """What to poll for, with the events, until everything is written."""
        return [(self._writing.fileno(), select.POLLOUT)] if self._queue else []

    def add(self, symbols: Mapping[str, ContractConfig]) -> None:
        """Have these streamed too."""
        for part in _in_parts(list(symbols), lambda names: AddSymbols({name: symbols[name] for name in names})):
            self._queue.append(_framed(part))
        self.flush()

    def remove(self, symbols: Iterable[str]) -> None:
        """Have these streamed no longer."""
        parts = _in_parts(list(symbols), lambda names: RemoveSymbols(tuple(names)))
        self._queue.extend(_framed(part) for part in parts)
        self.flush()

    def set_sessions(self, tables: SessionTables) -> None:
        """Have it know when markets are open. Longer than the others: it may arrive in pieces."""
        self._queue.append(_framed(encode_command(SetSessions(tables))))
        self.flush()

    def flush(self) -> None:
        """Write what the pipe takes now. A feeder that is gone loses nothing: the next one is told everything anew."""
        try:
            while self._queue:
                written = os.write(self._writing.fileno(), self._queue[0])
                rest = self._queue.popleft()[written:]
                if rest:
                    self._queue.appendleft(rest)
        except BlockingIOError:
            return
        except OSError as error:
            _LOG.debug("feeder.inbox_closed error=%s", error)
            self._queue.clear()

    def close(self) -> None:
        """Close the pipe. Idempotent."""
        self._queue.clear()
        for end in (self.reading, self._writing):
            with contextlib.suppress(OSError):
                end.close()


def fits_into_a_message(symbol: str, contract: ContractConfig) -> bool:
    """Return whether a symbol can be told to the feeder: its contract's words may not have thousands of characters."""
    return len(encode_command(AddSymbols({symbol: contract}))) <= _MESSAGE_BYTES


def _framed(message: bytes) -> bytes:
    """Return the message as a connection of `multiprocess` sends it."""
    return len(message).to_bytes(4, "big") + message


def _in_parts(names: list[str], command_of: _Command) -> list[bytes]:
    """Return messages for all names, halved until each is short enough."""
    if not names:
        return []
    whole = encode_command(command_of(names))
    if len(whole) <= _MESSAGE_BYTES or len(names) == 1:
        return [whole]
    middle = len(names) // 2
    return _in_parts(names[:middle], command_of) + _in_parts(names[middle:], command_of)


if TYPE_CHECKING:
    from collections.abc import Callable

    _Command = Callable[[list[str]], FeederCommand]
