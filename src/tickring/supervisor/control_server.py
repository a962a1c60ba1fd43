"""The supervisor's end of the control socket: many clients, one loop, no thread.

The supervisor's loop polls `fds`, hands every event to `serve` and calls `tend` once a turn. Nothing here waits: a
client that sends half a request, reads no answer or comes by the hundred costs the others nothing and is closed at its
limit.
What a client sends never ends the server; what answering raises becomes a refusal and a traceback in the log.
"""

from __future__ import annotations

import contextlib
import logging
import select
import time
from typing import TYPE_CHECKING, Final, Self

from tickring.control.messages import Refusal, Status
from tickring.supervisor.control_connection import ControlConnection
from tickring.supervisor.control_socket import group_id, listening_socket, remove_socket_file
from tickring.supervisor.peer import Peer, is_permitted, peer_of

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

    from tickring.config.structs import SupervisorConfig
    from tickring.control.messages import ReplyBody, RequestBody

__all__ = ["ControlServer"]

_LOG = logging.getLogger("tickring.supervisor")

_ACCEPTED_AT_ONCE: Final = 16
_STOOD_STILL_S: Final = 1.0
_DEAF_S: Final = 0.5  # after the process has run out of descriptors: until then poll would spin


class ControlServer:
    """Serves one socket file from `listen` to `close`. One thread: that of the supervisor's loop."""

    def __init__(
        self,
        path: Path,
        answer: Callable[[RequestBody, Peer], ReplyBody],
        *,
        group: str = "",
        connections_at_most: int = 64,
        idle_s: float = 300.0,
        stuck_s: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`answer` is called in `serve` with each request and returns the reply or a `Refusal`; it must not take long.

        `group`: whose members may ask too; empty: root and this user alone. Beyond `connections_at_most` the one that
        has been silent longest is closed. `idle_s`: one without a request for so long is closed; `stuck_s`: one that
        takes so long for one request or for reading one reply.
        """
        self._path = path
        self._answer = answer
        self._group_name = group
        self._connections_at_most = connections_at_most
        self._idle_s = idle_s
        self._stuck_s = stuck_s
        self._clock = clock
        self._group: int | None = None
        self._listener: socket.socket | None = None
        self._inode = 0
        self._deaf_until_s = 0.0
        self._tended_at_s = clock()
        self._is_pardoned = False
        self._connections: dict[int, ControlConnection] = {}

    @classmethod
    def of(cls, path: Path, answer: Callable[[RequestBody, Peer], ReplyBody], limits: SupervisorConfig) -> Self:
        """Return a server with the limits of the configuration, which listens. Raises as `listen`."""
        server = cls(
            path,
            answer,
            group=limits.control_group,
            connections_at_most=limits.control_connections,
            idle_s=limits.control_idle_s,
            stuck_s=limits.control_stuck_s,
        )
        server.listen()
        return server

    def listen(self) -> None:
        """Make the socket file (0600, with a group 0660) and take connections from now on.

        The file of a dead supervisor is replaced. The caller holds the lock of the directory.

        Raises:
            ControlSocketBusy: a living process listens there.
            ControlSocketUnusable: another kind of file, no rights, no such group.
        """
        self._group = group_id(self._group_name, self._path)
        self._listener = listening_socket(self._path, self._group)
        self._inode = self._path.lstat().st_ino
        _LOG.info("control.listening path=%s group=%s", self._path, self._group_name or "-")

    @property
    def fds(self) -> list[tuple[int, int]]:
        """Descriptors with the events to poll each for, as of now: ask again before every poll."""
        watched = [(connection.fd, connection.events) for connection in self._connections.values()]
        if self._listener is not None and self._clock() >= self._deaf_until_s:
            watched.append((self._listener.fileno(), select.POLLIN))
        return watched

    def serve(self, fd: int, events: int) -> None:
        """Do what poll has reported for one descriptor of `fds`; one that is gone meanwhile is ignored."""
        if self._listener is not None and fd == self._listener.fileno():
            self._accept()
        elif connection := self._connections.get(fd):
            connection.serve(events, self._clock())
            if connection.is_over:
                self._drop(fd)

    def tend(self) -> None:
        """Close the connections that are beyond a limit. Once a turn of the loop; costs microseconds."""
        now_s = self._clock()
        stood_still = now_s - self._tended_at_s > _STOOD_STILL_S and not self._is_pardoned
        self._tended_at_s, self._is_pardoned = now_s, stood_still
        if stood_still:  # the loop itself (ending a run takes seconds): what clients sent meanwhile is served first
            return
        for fd, connection in list(self._connections.items()):
            if connection.is_stuck(now_s, self._stuck_s) or now_s - connection.active_at_s > self._idle_s:
                _LOG.debug("control.timed_out pid=%d", connection.peer.pid)
                self._drop(fd)

    def close(self) -> None:
        """Stop listening, send what clients still take at once, and remove the socket file. Idempotent."""
        listener, self._listener = self._listener, None
        if listener is None:
            return
        remove_socket_file(self._path, self._inode)
        listener.close()
        for fd in list(self._connections):
            self._drop(fd)

    def _accept(self) -> None:
        assert self._listener is not None
        for _ in range(_ACCEPTED_AT_ONCE):
            try:
                accepted, _ = self._listener.accept()
            except BlockingIOError:
                return
            except ConnectionAbortedError:
                continue
            except OSError as error:  # out of descriptors: give some back, and let the others have the processor
                _LOG.warning("control.deaf error=%s connections=%d", error, len(self._connections))
                self._drop_longest_silent()
                self._deaf_until_s = self._clock() + _DEAF_S
                return
            try:
                self._welcome(accepted)
            except OSError as error:  # what the kernel cannot say of a peer is no reason to let it in, nor to end
                _LOG.warning("control.lost_peer error=%s", error)
                accepted.close()

    def _welcome(self, accepted: socket.socket) -> None:
        accepted.setblocking(False)
        peer = peer_of(accepted)
        connection = ControlConnection(accepted, peer, self._safe_answer, now_s=self._clock())
        if not is_permitted(accepted, self._group):
            _LOG.warning("control.not_permitted pid=%d uid=%d gid=%d", *peer)
            allowed = f" and members of {self._group_name}" if self._group_name else ""
            connection.refuse(
                Refusal(
                    code="not_permitted",
                    message=f"user {peer.uid} may not control this supervisor: root, its own user{allowed} may",
                    next_step="ask as one of these, or name a group in supervisor.control_group",
                )
            )
            connection.close()
            return
        if len(self._connections) >= self._connections_at_most:
            self._drop_longest_silent()
        self._connections[connection.fd] = connection

    def _safe_answer(self, body: RequestBody, peer: Peer) -> ReplyBody:
        kind = body.__struct_config__.tag
        level = logging.DEBUG if isinstance(body, Status) else logging.INFO
        _LOG.log(level, "control.asked request=%s pid=%d uid=%d", kind, peer.pid, peer.uid)
        try:
            return self._answer(body, peer)
        except Exception as error:  # noqa: BLE001 - the edge of one request: said, logged; the next is served
            _LOG.exception("control.answer_failed request=%s", kind)
            return Refusal(
                code="internal_error",
                message=f"answering {kind} failed: {type(error).__name__}: {error}",
                next_step="read the supervisor's log, which has the traceback",
            )

    def _drop_longest_silent(self) -> None:
        if self._connections:
            self._drop(min(self._connections, key=lambda fd: self._connections[fd].active_at_s))

    def _drop(self, fd: int) -> None:
        connection = self._connections.pop(fd, None)
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.close()
