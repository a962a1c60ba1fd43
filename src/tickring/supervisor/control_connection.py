"""One client of the control socket: what it has sent and not been answered, what it has not read yet.

A client costs no more than one unfinished request, what one read takes, and one unread reply: nothing more is read from
it while a whole request waits, and no request is answered while a reply waits.
"""

from __future__ import annotations

import select
import socket
from typing import TYPE_CHECKING, Final

from tickring.control.codec import decode_request, encode_reply
from tickring.control.framing import REPLY_BYTES_AT_MOST, REQUEST_BYTES_AT_MOST, FrameCutter, framed
from tickring.control.messages import Refusal, Reply
from tickring.errors import BadRequest, FrameTooLong

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.control.messages import ReplyBody, RequestBody
    from tickring.supervisor.peer import Peer

__all__ = ["ControlConnection"]

_READ_BYTES: Final = 64 * 1024
_ANSWERS_AT_ONCE: Final = 4  # then the others have their turn
_SEE_DOCUMENT: Final = "docs/control.md has every message"


class ControlConnection:
    """Serves one accepted, non-blocking socket. `answer` must not raise."""

    def __init__(
        self,
        accepted: socket.socket,
        peer: Peer,
        answer: Callable[[RequestBody, Peer], ReplyBody],
        *,
        now_s: float,
    ) -> None:
        self.peer = peer
        self.active_at_s = now_s
        """When it was last answered, or connected."""
        self._socket = accepted
        self._answer = answer
        self._cutter = FrameCutter(bytes_at_most=REQUEST_BYTES_AT_MOST)
        self._unsent = memoryview(b"")
        self._unfinished_since_s: float | None = None
        self._is_input_over = False
        self._is_lost = False

    @property
    def fd(self) -> int:
        """The socket's descriptor."""
        return self._socket.fileno()

    @property
    def events(self) -> int:
        """What to poll for."""
        # A whole request that waits for its turn asks to be woken as output does: that is at once.
        if self._unsent or self._cutter.has_whole:
            return select.POLLOUT
        return select.POLLIN

    @property
    def is_over(self) -> bool:
        """Whether nothing is to be done here any more."""
        return self._is_lost or (self._is_input_over and not self._unsent and not self._cutter.has_whole)

    def serve(self, events: int, now_s: float) -> None:
        """Read, answer and write what can be without waiting."""
        self._flush()
        if events & ~select.POLLOUT and not self._unsent and not self._cutter.has_whole and not self._is_input_over:
            self._read()
        for _ in range(_ANSWERS_AT_ONCE):
            if self._unsent or not self._answer_next():
                break
            self.active_at_s = now_s
            self._unfinished_since_s = None
            self._flush()
        if not self._unsent and not self._cutter.has_begun:
            self._unfinished_since_s = None
        elif self._unfinished_since_s is None:
            self._unfinished_since_s = now_s

    def is_stuck(self, now_s: float, limit_s: float) -> bool:
        """Return whether a request or a reply has been under way for longer than this."""
        return self._unfinished_since_s is not None and now_s - self._unfinished_since_s > limit_s

    def refuse(self, refusal: Refusal, id: int = 0) -> None:
        """Say no, and that this was the last answer."""
        self._send(Reply(id, refusal))
        self._end_input()
        self._flush()

    def close(self) -> None:
        """Send what the socket still takes, and close it. Idempotent."""
        if self._socket.fileno() >= 0:
            self._flush()
            self._socket.close()

    def _read(self) -> None:
        try:
            data = self._socket.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:  # reset: nobody is left to answer
            self._is_lost = True
            return
        if data:
            self._cutter.add(data)
        else:  # it may have closed its own half only, and still read
            self._is_input_over = True

    def _answer_next(self) -> bool:
        """Answer the next whole request; return whether there was one."""
        try:
            payload = self._cutter.next()
        except FrameTooLong as error:
            self.refuse(Refusal(code="bad_request", message=str(error), next_step=_SEE_DOCUMENT))
            return False
        if payload is None:
            return False
        try:
            request = decode_request(payload)
        except BadRequest as error:
            reply = Reply(error.id, Refusal(code="bad_request", message=str(error), next_step=_SEE_DOCUMENT))
        else:
            reply = Reply(request.id, self._answer(request.body, self.peer))
        self._send(reply)
        return True

    def _send(self, reply: Reply) -> None:
        try:
            frame = framed(encode_reply(reply), bytes_at_most=REPLY_BYTES_AT_MOST)
        except FrameTooLong as error:
            refusal = Refusal(code="internal_error", message=f"the answer is {error}", next_step="read the log")
            frame = framed(encode_reply(Reply(reply.id, refusal)), bytes_at_most=REPLY_BYTES_AT_MOST)
        self._unsent = memoryview(bytes(self._unsent) + frame)

    def _flush(self) -> None:
        while self._unsent and not self._is_lost:
            try:
                sent = self._socket.send(self._unsent, socket.MSG_NOSIGNAL)  # `tickring run` lets SIGPIPE end it
            except BlockingIOError:
                return
            except OSError:  # it has gone without waiting for its answer
                self._is_lost = True
                return
            self._unsent = self._unsent[sent:]

    def _end_input(self) -> None:
        self._cutter.clear()
        self._is_input_over = True
