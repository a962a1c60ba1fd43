"""Ask a running supervisor, from the command line, the api or a script.

    with SupervisorClient("default") as supervisor:
        print(supervisor.status().stream.status)
        supervisor.subscribe({"SPY": ContractConfig()})

Nothing is sent twice: a request goes out again only where the kernel says that the one before reached nobody.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import time
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar, cast

import msgspec

from tickring.control.codec import decode_reply, encode_request
from tickring.control.framing import REPLY_BYTES_AT_MOST, REQUEST_BYTES_AT_MOST, FrameCutter, framed
from tickring.control.messages import (
    AlertTest,
    AlertTestAsked,
    AskContract,
    ContractAsked,
    ContractFetched,
    Done,
    EpisodeList,
    Episodes,
    FetchContract,
    Refusal,
    Reload,
    Reloaded,
    Request,
    Restart,
    SimulatorAnswer,
    SimulatorCommand,
    Start,
    Started,
    Status,
    Stop,
    Stopped,
    Subscribe,
    SupervisorReport,
    Unsubscribe,
)
from tickring.control.socket_address import socket_address
from tickring.errors import (
    BadReply,
    ControlNotPermitted,
    FrameTooLong,
    RequestRefused,
    StreamLockBusy,
    SupervisorNotRunning,
    SupervisorSilent,
)
from tickring.job_lock import STREAM_JOB
from tickring.names import SegmentPaths

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tickring.config.structs import ContractConfig
    from tickring.control.messages import Reply, ReplyBody, RequestBody
    from tickring.errors import TickringError
    from tickring.feeder_answers import ContractAnswer

__all__ = ["SupervisorClient"]

_READ_BYTES: Final = 64 * 1024
_CROWDED_WAIT_S: Final = 0.02
_LOOK_AGAIN_S: Final = 0.05
_NOBODY: Final = (FileNotFoundError, NotADirectoryError, ConnectionRefusedError)

AnswerT = TypeVar("AnswerT", bound=msgspec.Struct)


class SupervisorClient:
    """One connection, made with the first request and again when the supervisor has closed it meanwhile.

    `timeout_s` bounds each request from connecting to the whole answer. Threads: one at a time. Processes: not across
    a fork.
    """

    def __init__(self, segment: str | Path = "default", *, timeout_s: float = 10.0) -> None:
        """`segment`: its name, or its directory. Touches nothing yet.

        Raises:
            InvalidName: neither of the two.
        """
        self.path = SegmentPaths.of(segment).control_socket
        self._timeout_s = timeout_s
        self._ids = itertools.count(1)
        self._socket: socket.socket | None = None
        self._cutter = FrameCutter(bytes_at_most=REPLY_BYTES_AT_MOST)

    def ask(self, body: RequestBody) -> ReplyBody:
        """Return the answer to one request, also where it is a `Refusal`.

        Raises:
            SupervisorNotRunning: nobody listens, or it ended before it answered.
            SupervisorSilent: no answer within `timeout_s`; what was asked may have been done.
            ControlNotPermitted: this user may not connect.
            BadReply: what came back is no answer.
            FrameTooLong: the request has more than a mebibyte.
        """
        deadline_s = time.monotonic() + self._timeout_s
        request = Request(next(self._ids), body)
        frame = framed(encode_request(request), bytes_at_most=REQUEST_BYTES_AT_MOST)
        kind = body.__struct_config__.tag
        try:
            self._send(frame, deadline_s)
            while True:
                reply = self._receive(deadline_s, body)
                if reply.id in {request.id, 0}:  # 0: it could not even read the id
                    return reply.body
        except TimeoutError:
            self.close()
            raise SupervisorSilent(
                f"no answer to {kind} within {self._timeout_s:g} s; {_doubt(body)}", path=str(self.path)
            ) from None
        except BaseException:
            self.close()
            raise

    def status(self) -> SupervisorReport:
        """Return what the supervisor knows.

        Raises:
            RequestRefused: it was not done. For `start`: StreamLockBusy, where a run is on. Else as `ask`; the same for
            all that follow.
        """
        return self._expect(Status(), SupervisorReport)

    def start(
        self,
        *,
        project_id: int | None = None,
        decision_snapshot_id: int | None = None,
        refresh_interval_s: float | None = None,
        max_symbols: int | None = None,
        symbols: Iterable[str] | None = None,
        by: str = "",
    ) -> Started:
        """Begin a run; None: as configured. `by`: who asks, for the record."""
        start = Start(
            project_id=project_id,
            decision_snapshot_id=decision_snapshot_id,
            refresh_interval_s=refresh_interval_s,
            max_symbols=max_symbols,
            symbols=None if symbols is None else tuple(symbols),
            by=by,
        )
        return self._expect(start, Started)

    def stop(self, *, by: str = "") -> Stopped:
        """End the run; also when nothing runs."""
        return self._expect(Stop(by=by), Stopped)

    def restart(self, child: str) -> Done:
        """End a child and start it again."""
        return self._expect(Restart(child), Done)

    def subscribe(self, symbols: Mapping[str, ContractConfig]) -> Done:
        """Stream these too until the run ends."""
        return self._expect(Subscribe(dict(symbols)), Done)

    def unsubscribe(self, symbols: Iterable[str]) -> Done:
        """Stream these no longer."""
        return self._expect(Unsubscribe(tuple(symbols)), Done)

    def reload(self) -> Reloaded:
        """Have the configuration read again."""
        return self._expect(Reload(), Reloaded)

    def resolve_contract(self, symbol: str, contract: ContractConfig, *, within_s: float = 15.0) -> ContractAnswer:
        """Have the gateway asked what is behind a description, and return what it says, also if it knows nothing.

        Raises:
            SupervisorSilent: the feeder has not answered within `within_s`.
            RequestRefused: `no_run`, `no_feeder`.
        """
        deadline_s = time.monotonic() + within_s
        question = self._expect(AskContract(symbol, contract), ContractAsked).question
        while True:
            answer = self._expect(FetchContract(question), ContractFetched).answer
            if answer is not None:
                return answer
            if time.monotonic() >= deadline_s:
                raise SupervisorSilent(f"the feeder has not answered within {within_s:g} s", path=str(self.path))
            time.sleep(_LOOK_AGAIN_S)

    def episodes(self, since: int = 0) -> EpisodeList:
        """Return what has opened or closed after that sequence; 0: everything that is known."""
        return self._expect(Episodes(since), EpisodeList)

    def test_alerts(self, sink: str = "") -> AlertTestAsked:
        """Have the alerter send a test message to one address, or to every one."""
        return self._expect(AlertTest(sink), AlertTestAsked)

    def simulator(self, do: str, **values: str | float | bool | None) -> dict[str, Any]:
        """Have the embedded simulator do a command, and return its result."""
        answer = self._expect(SimulatorCommand(do, values), SimulatorAnswer)
        return cast("dict[str, Any]", msgspec.json.decode(answer.result))

    def close(self) -> None:
        """Close the connection; the next request makes another. Idempotent."""
        connection, self._socket = self._socket, None
        self._cutter.clear()
        if connection is not None:
            connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _expect(self, body: RequestBody, expected: type[AnswerT]) -> AnswerT:
        answer = self.ask(body)
        if isinstance(answer, Refusal):
            raise self._refusal_error(answer)
        if not isinstance(answer, expected):
            raise BadReply(f"{answer.__struct_config__.tag} is no answer to {body.__struct_config__.tag}")
        return answer

    def _refusal_error(self, refusal: Refusal) -> TickringError:
        match refusal.code:
            case "ib_stream_lock_busy":
                return StreamLockBusy(STREAM_JOB, str(self.path.parent), refusal.holder)
            case "not_permitted":
                return ControlNotPermitted(f"{refusal.message}; {refusal.next_step}", path=str(self.path))
            case _:
                return RequestRefused(refusal.code, refusal.message, refusal.next_step)

    def _send(self, frame: bytes, deadline_s: float) -> None:
        if self._socket is not None:
            try:
                return self._send_all(self._socket, frame, deadline_s)
            except (BrokenPipeError, ConnectionResetError):  # closed for its idleness: this request has reached nobody
                self.close()
        self._socket = self._connected(deadline_s)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # turned away: the reason is there to be read
            self._send_all(self._socket, frame, deadline_s)
        return None

    def _send_all(self, connection: socket.socket, frame: bytes, deadline_s: float) -> None:
        connection.settimeout(_left_s(deadline_s))
        connection.sendall(frame, socket.MSG_NOSIGNAL)  # the command line lets SIGPIPE end it

    def _connected(self, deadline_s: float) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            while True:
                connection.settimeout(_left_s(deadline_s))
                try:
                    with socket_address(self.path) as address:
                        connection.connect(address)
                    return connection
                except BlockingIOError:  # its queue is full: others have come at the same moment
                    time.sleep(min(_CROWDED_WAIT_S, _left_s(deadline_s)))
        except _NOBODY as error:
            connection.close()
            raise SupervisorNotRunning(
                f"no supervisor listens there ({error.strerror}); start it with `tickring run`, or its systemd unit",
                path=str(self.path),
            ) from None
        except PermissionError:
            connection.close()
            raise ControlNotPermitted(
                "this user may not connect; ask as root, as the service's user, or as a member of the group that "
                "supervisor.control_group names",
                path=str(self.path),
            ) from None
        except BaseException:
            connection.close()
            raise

    def _receive(self, deadline_s: float, body: RequestBody) -> Reply:
        assert self._socket is not None
        while True:
            try:
                payload = self._cutter.next()
            except FrameTooLong as error:
                raise BadReply(f"{self.path}: announces {error}") from None
            if payload is not None:
                return decode_reply(payload)
            self._socket.settimeout(_left_s(deadline_s))
            try:
                data = self._socket.recv(_READ_BYTES)
            except ConnectionResetError:
                data = b""
            if not data:
                kind = body.__struct_config__.tag
                raise SupervisorNotRunning(
                    f"closed the connection before it answered {kind}; {_doubt(body)}", path=str(self.path)
                )
            self._cutter.add(data)


def _doubt(body: RequestBody) -> str:
    if isinstance(body, Status):
        return "it is overloaded, stopped or ending: look at its process and its log"
    return "it may be done, or be done yet: look with `tickring status`"


def _left_s(deadline_s: float) -> float:
    left_s = deadline_s - time.monotonic()
    if left_s <= 0:
        raise TimeoutError
    return left_s
