"""The pipe through which one life of the feeder is told what to stream besides its configuration, and answers.

A feeder that hangs must not take the supervisor along, so nothing here waits: messages queue, and what the pipe takes
is written; of what it says a short piece is read each turn. Messages with symbols are kept short, so that one that is
half written is soon whole.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
from collections import deque
from typing import TYPE_CHECKING

from tickring.control.framing import FrameCutter
from tickring.errors import FrameTooLong
from tickring.feeder.commands import (
    AddSymbols,
    AskContract,
    FeederCommand,
    RemoveSymbols,
    SetPriorities,
    SetSessions,
    WatchAccounts,
    encode_command,
)
from tickring.feeder_answers import decode_answer
from tickring.json_faults import JSON_FAULTS

if TYPE_CHECKING:
    import multiprocessing as multiprocess
    from collections.abc import Iterable, Mapping

    from tickring.config.structs import ContractConfig
    from tickring.feeder_answers import FeederAnswer
    from tickring.session_table import SessionTables
else:
    import multiprocess

__all__ = ["FeederInbox", "fits_into_a_message"]

_LOG = logging.getLogger("tickring.supervisor")
_MESSAGE_BYTES = select.PIPE_BUF - 4  # a connection puts the length before it
_ANSWER_BYTES_AT_MOST = 4 << 20  # ten thousand positions
_READ_AT_ONCE = 1 << 16


class FeederInbox:
    """The supervisor's end, for one life of the feeder. One thread."""

    def __init__(self) -> None:
        """Make the pipe. Give `reading` to the child, which also answers there; then call `started`."""
        self.reading, self._writing = multiprocess.get_context("spawn").Pipe(duplex=True)
        os.set_blocking(self._writing.fileno(), False)
        self._queue: deque[bytes] = deque()
        self._cutter = FrameCutter(bytes_at_most=_ANSWER_BYTES_AT_MOST)
        self._is_heard = True

    def started(self) -> None:
        """Close the child's end here: the child has its own now."""
        self.reading.close()

    @property
    def fds(self) -> list[tuple[int, int]]:
        """What to poll for, with the events."""
        events = (select.POLLIN if self._is_heard else 0) | (select.POLLOUT if self._queue else 0)
        return [(self._writing.fileno(), events)] if events and not self._writing.closed else []

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

    def set_priorities(self, priorities: Mapping[str, int]) -> None:
        """Have it know how much each symbol matters. It may arrive in pieces, as sessions."""
        self._queue.append(_framed(encode_command(SetPriorities(dict(priorities)))))
        self.flush()

    def set_sessions(self, tables: SessionTables) -> None:
        """Have it know when markets are open. Longer than the others: it may arrive in pieces."""
        self._queue.append(_framed(encode_command(SetSessions(tables))))
        self.flush()

    def ask_contract(self, question: int, symbol: str, contract: ContractConfig) -> None:
        """Have it ask the gateway; its answer has the question's number."""
        self._queue.append(_framed(encode_command(AskContract(question, symbol, contract))))
        self.flush()

    def watch_accounts(self, period_s: float) -> None:
        """Have it read positions and orders every so many seconds; 0: no longer."""
        self._queue.append(_framed(encode_command(WatchAccounts(period_s))))
        self.flush()

    def take(self) -> list[FeederAnswer]:
        """Return the answers that are complete, after one read. Once it talks nonsense nothing more is heard of it."""
        if not self._is_heard or self._writing.closed:
            return []
        try:
            data = os.read(self._writing.fileno(), _READ_AT_ONCE)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            self._is_heard = False
            return []
        self._cutter.add(data)
        answers: list[FeederAnswer] = []
        try:
            while (payload := self._cutter.next()) is not None:
                answers.append(decode_answer(payload))
        except (FrameTooLong, *JSON_FAULTS) as error:
            _LOG.error("feeder.answer_unreadable error=%s; this life of the feeder is not heard any more", error)
            self._is_heard = False
        return answers

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
