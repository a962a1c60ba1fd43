"""One client of a replay: its requests set free the captured replies, at the captured pace."""

import asyncio
import logging
import time

from tickring.simulator.control.replay_plan import CapturedReply, ReplayPlan, ReplyGroup, RequestKey, is_cancel, key_of
from tickring.simulator.control.reply_ids import with_request_id
from tickring.simulator.wire import versions
from tickring.simulator.wire.decode_requests import BadRequest, decode_request
from tickring.simulator.wire.frames import frame
from tickring.simulator.wire.replies import CurrentTime, CurrentTimeInMillis, ErrorReply, Reply
from tickring.simulator.wire.reply_encoder import ReplyEncoder
from tickring.simulator.wire.requests import NamedRequest, Request

__all__ = ["ReplaySession"]

_logger = logging.getLogger(__name__)

_NOT_CAPTURED = 321  # "error validating request"
_WAITING_BYTES_AT_MOST = 1 << 20  # of one client that reads more slowly than the capture plays


class ReplaySession:
    """Lives from the client's hello to its end; runs one task per request that is being answered."""

    def __init__(self, plan: ReplayPlan, writer: asyncio.StreamWriter, speed: float) -> None:
        self._plan = plan
        self._writer = writer
        self._speed = speed
        self._waiting: dict[RequestKey, list[ReplyGroup]] = {}
        for group in plan.groups:
            self._waiting.setdefault(group.key, []).append(group)
        self._playing: dict[int, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, payload: bytes) -> None:
        """Take one message of the client."""
        try:
            request = decode_request(payload, self._plan.server_version)
        except BadRequest as error:
            _logger.warning("replay.bad_request reason=%s", error)
            if error.req_id is not None:
                self._refuse(error.req_id, str(error))
            return
        request_id: int | None = getattr(request, "req_id", None)
        if is_cancel(request):
            if request_id is not None and (playing := self._playing.pop(request_id, None)) is not None:
                playing.cancel()
            return
        groups = self._waiting.get(key_of(request))
        if groups:
            self._play(groups.pop(0), request_id)
        else:
            self._miss(request, request_id)

    async def end(self) -> None:
        """Stop all replies."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _play(self, group: ReplyGroup, request_id: int | None) -> None:
        task = asyncio.create_task(self._send(group.replies, request_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if request_id is not None:
            self._playing[request_id] = task
            task.add_done_callback(lambda done: self._forget(request_id, done))

    def _forget(self, request_id: int, done: asyncio.Task[None]) -> None:
        if self._playing.get(request_id) is done:
            del self._playing[request_id]

    async def _send(self, replies: list[CapturedReply], request_id: int | None) -> None:
        begun = time.monotonic()
        version = self._plan.server_version
        for reply in replies:
            wait_s = begun + reply.after_s / self._speed - time.monotonic()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            payload = reply.payload
            if reply.request_id is not None and request_id is not None:
                payload = with_request_id(payload, version, request_id)
            self._writer.write(frame(payload))
            if self._writer.transport.get_write_buffer_size() > _WAITING_BYTES_AT_MOST:
                await self._writer.drain()

    def _miss(self, request: Request, request_id: int | None) -> None:
        match request:
            case NamedRequest(name="current_time"):
                self._say(CurrentTime(time_s=int(time.time())))
            case NamedRequest(name="current_time_in_millis"):
                self._say(CurrentTimeInMillis(time_ms=time.time_ns() // 1_000_000))
            case _:
                _logger.warning("replay.not_captured request=%r", request)
                if request_id is not None:
                    self._refuse(request_id, f"{type(request).__name__} was not made in the capture, or fewer times")

    def _refuse(self, request_id: int, text: str) -> None:
        self._say(ErrorReply(req_id=request_id, code=_NOT_CAPTURED, text=text))

    def _say(self, reply: Reply) -> None:
        if versions.LOWEST <= self._plan.server_version <= versions.HIGHEST:
            self._writer.write(ReplyEncoder(self._plan.server_version).encode(reply))
