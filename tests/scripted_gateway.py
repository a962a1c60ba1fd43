"""A gateway of few words and a client of fewer, for what stands between them: recorder and replay."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Self

from tickring.simulator.wire import replies
from tickring.simulator.wire.decode_requests import decode_request
from tickring.simulator.wire.frames import FrameCutter, HelloReader, frame, server_hello
from tickring.simulator.wire.replies import Reply
from tickring.simulator.wire.reply_encoder import ReplyEncoder
from tickring.simulator.wire.requests import Contract, NamedRequest, ReqAccountSummary, ReqMktData, Request, StartApi

ACCOUNTS = ("DU7654321", "U7654321")
LIMIT_S = 20.0
TIME_TEXT = "20260105 09:30:00 Eastern Standard Time"


class ScriptedGateway:
    """Answers each request with what `script` says, at the version it negotiates up to `max_version`."""

    def __init__(self, max_version: int, script: Callable[[Request], list[Reply]]) -> None:
        self._max_version = max_version
        self._script = script
        self.requests: list[Request] = []
        self._arrived = asyncio.Condition()
        self.options = ""

    async def __aenter__(self) -> Self:
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._welcome, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        self.place = f"{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def has(self, count: int) -> None:
        """Wait until so many requests have arrived."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.requests) >= count)

    def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            hello_reader, cutter = HelloReader(), FrameCutter()
            hello = None
            while hello is None:
                data = await reader.read(4096)
                if not data:
                    return
                hello = hello_reader.feed(data)
            self.options = hello.options
            version = min(hello.max_version, self._max_version)
            writer.write(server_hello(version, TIME_TEXT))
            encoder = ReplyEncoder(version)
            data = hello_reader.rest
            while True:
                for payload in cutter.feed(data):
                    async with self._arrived:
                        self.requests.append(decode_request(payload, version))
                        self._arrived.notify_all()
                    for reply in self._script(self.requests[-1]):
                        writer.write(encoder.encode(reply))
                data = await reader.read(4096)
                if not data:
                    return
        finally:
            writer.close()


def usual_answers(request: Request) -> list[Reply]:
    """A session with two accounts, one position, one stream and one summary."""
    match request:
        case StartApi():
            return [
                replies.ManagedAccounts(accounts=ACCOUNTS),
                replies.NextValidId(order_id=9),
                replies.ErrorReply(req_id=-1, code=2104, text=f"usfarm of {ACCOUNTS[0]} and the unnamed DF1111111"),
            ]
        case ReqMktData(req_id=req_id):
            price = 600.0 + len(request.contract.symbol)
            return [
                replies.MarketDataType(req_id=req_id, data_type=1),
                replies.TickPrice(req_id=req_id, tick_type=1, price=price, size=3.0, attributes=1),
                replies.TickString(req_id=req_id, tick_type=45, value="1700000000"),
            ]
        case ReqAccountSummary(req_id=req_id):
            lines = [
                replies.AccountSummary(req_id=req_id, account=name, tag="Cash", value="1", currency="USD")
                for name in ACCOUNTS
            ]
            return [*lines, replies.AccountSummaryEnd(req_id=req_id)]
        case NamedRequest(name="positions"):
            return [
                replies.Position(account=ACCOUNTS[1], contract=request_contract(), position=5.0, average_cost=1.0),
                replies.PositionEnd(),
            ]
        case NamedRequest(name="current_time"):
            return [replies.CurrentTime(time_s=1_700_000_000)]
        case _:
            return []


def request_contract() -> Contract:
    """What the account holds."""
    return Contract(con_id=756733, symbol="SPY", sec_type="STK", exchange="ARCA", currency="USD")


def contract_details(req_id: int) -> replies.ContractDetails:
    """The one listing that fits."""
    return replies.ContractDetails(
        req_id=req_id,
        contract=request_contract(),
        market_name="SPY",
        min_tick=0.01,
        long_name="SPDR S&P 500",
        order_types="",
        valid_exchanges="SMART,ARCA",
        market_rule_ids="26,26",
    )


class RawClient:
    """Sends payloads, collects payloads."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self._cutter = FrameCutter()
        self._ready: list[bytes] = []

    @classmethod
    async def connect(cls, place: str, versions: str) -> Self:
        """Connect and say hello."""
        host, port = place.rsplit(":", 1)
        client = cls(*await asyncio.open_connection(host, int(port)))
        client.writer.write(b"API\0" + frame(versions.encode()))
        return client

    def send(self, *payloads: bytes) -> None:
        """Send frames."""
        for payload in payloads:
            self.writer.write(frame(payload))

    async def payloads(self, count: int) -> list[bytes]:
        """The next payloads."""
        async with asyncio.timeout(LIMIT_S):
            while len(self._ready) < count:
                data = await self._reader.read(65536)
                if not data:
                    raise ConnectionError(f"closed with {len(self._ready)} of {count} payloads: {self._ready}")
                self._ready += self._cutter.feed(data)
        taken, self._ready = self._ready[:count], self._ready[count:]
        return taken

    async def rest(self) -> list[bytes]:
        """Everything until the server closes or resets the connection."""
        with contextlib.suppress(ConnectionResetError):
            async with asyncio.timeout(LIMIT_S):
                while data := await self._reader.read(65536):
                    self._ready += self._cutter.feed(data)
        taken, self._ready = self._ready, []
        return taken

    async def close(self) -> None:
        """Close in order."""
        self.writer.close()
        await self.writer.wait_closed()


START_API = b"71\x002\x007\0\0"
POSITIONS = b"61\x001\0"
CURRENT_TIME = b"49\x001\0"


def stream(req_id: int, symbol: str) -> bytes:
    """The text form of reqMktData."""
    contract = [b"0", symbol.encode(), b"STK", b"", b"0.0", b"", b"", b"SMART", b"", b"USD", b"", b""]
    return b"\0".join([b"1", b"11", b"%d" % req_id, *contract, b"0", b"", b"0", b"0", b"", b""])


def summary(req_id: int) -> bytes:
    """The text form of reqAccountSummary."""
    return b"62\x001\x00%d\0All\0Cash\0" % req_id


def cancel(req_id: int) -> bytes:
    """The text form of cancelMktData."""
    return b"2\x002\x00%d\0" % req_id


def raw_id(payload: bytes) -> bytes:
    """A text payload as it looks from version 201 on."""
    message_id, _, body = payload.partition(b"\0")
    return int(message_id).to_bytes(4, "big") + body
