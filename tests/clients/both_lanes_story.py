"""Stories for both lanes: frames of a gateway, ordinary and odd, with what may happen to streams in between."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, TypeAlias

from tickring.simulator.wire.protobuf_fields import int_field, message_field
from tickring.simulator.wire.protobuf_ticks import ProtobufTicks
from tickring.simulator.wire.replies import ErrorReply, MarketDataType, TickReqParams
from tickring.simulator.wire.reply_encoder import ReplyEncoder
from tickring.simulator.wire.text_ticks import TextTicks

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Step", "Story"]

Step: TypeAlias = list[str | bool]

SYMBOLS = 5
FIRST_REQ_ID = 1000
PROTOBUF_TICKS = 206
PRICE_TYPES = (1, 2, 4, 6, 7, 9, 14, 37, 66, 67, 68, 72, 73, 75, 76)
SIZE_TYPES = (0, 3, 5, 8, 21, 27, 69, 70, 71, 74, 86)
ODD_NUMBERS = (
    *("", "-1", "0", "-0", "0.0", "1E2", "1.5e-3", "2147483647", "9223372036854775807", "1.7976931348623157E308"),
    *("-9223372036854775808", "123456789012345", "1234567890123456", "0.1234567890123456789", "nan", "Infinity", "inf"),
    *(
        "+5",
        " 5",
        "5 ",
        "1_000",
        "007",
        "0x10",
        "1.",
        ".5",
        "--1",
        "1e400",
        "12a",
        "\u0663",
        "5\\n",
        "600.25",
        "-5",
        "5.5",
    ),
)


class Story:
    """One seed, one story."""

    def __init__(self, server_version: int, seed: int) -> None:
        self._random = random.Random(seed)
        self._version = server_version
        self._has_raw_ids = server_version > 200
        self._is_protobuf = server_version >= PROTOBUF_TICKS
        self._ticks = ProtobufTicks() if self._is_protobuf else TextTicks(server_version)
        self._encode = ReplyEncoder(server_version).encode
        self._ids = {f"S{number}": FIRST_REQ_ID + number for number in range(SYMBOLS)}
        self._next_id = FIRST_REQ_ID + SYMBOLS

    def beginning(self) -> list[Step]:
        """Every stream confirmed, with all its prices."""
        frames = b"".join(
            self._encode(MarketDataType(req_id=req_id, data_type=1)) + self._ticks.tick_price(req_id, 1, 10.0, 100.0, 1)
            for req_id in self._ids.values()
        )
        return [["bytes", frames.hex()]]

    def ordinary(self, count: int) -> bytes:
        """Ticks as a gateway sends them all day."""
        return b"".join(
            self._tick(self._random.choice(list(self._ids.values())), PRICE_TYPES[:8]) for _ in range(count)
        )

    def steps(self, messages: int) -> list[Step]:
        """About so many messages of all kinds, in reads of any length."""
        steps, waiting = self.beginning(), bytearray()
        for _ in range(messages):
            if self._random.random() < 0.02:
                steps.append(["bytes", bytes(waiting).hex()])
                waiting.clear()
                steps += self._event()
            waiting += self._message()
            if self._random.random() < 0.2:
                cut = self._random.randrange(len(waiting) + 1)
                steps.append(["bytes", bytes(waiting[:cut]).hex()])
                del waiting[:cut]
        return [*steps, ["bytes", bytes(waiting).hex()]]

    # ---- what happens to streams ----

    def _event(self) -> list[Step]:
        symbol = self._random.choice(list(self._ids))
        match self._random.randrange(4):
            case 0:
                return [["stale", symbol]]
            case 1:
                self._ids[symbol], self._next_id = self._next_id, self._next_id + 1
                return [["again", symbol]]
            case 2:
                return [["suspect", True]]
            case _:
                return [["suspect", False]]

    # ---- messages ----

    def _message(self) -> bytes:
        dice = self._random.random()
        if dice < 0.7:
            return self._tick(self._req_id(), PRICE_TYPES)
        if dice < 0.78:
            kind = self._random.choice((0, 1, 1, 1, 2, 3, 4, 5))
            return self._encode(MarketDataType(req_id=self._req_id(), data_type=kind))
        if dice < 0.8:
            return self._encode(ErrorReply(req_id=self._req_id(), code=2104, text="a farm", time_ms=1))
        if dice < 0.82:
            return self._encode(TickReqParams(req_id=self._req_id(), min_tick=0.01, bbo_exchange="x"))
        frame = self._odd_protobuf() if self._is_protobuf else self._odd_text()
        if dice > 0.95:
            frame = self._damaged(frame)
        return frame

    def _req_id(self) -> int:
        if self._random.random() < 0.05:
            return self._random.choice((FIRST_REQ_ID, FIRST_REQ_ID + 1, 1, 999, self._next_id + 7))
        return self._random.choice(list(self._ids.values()))

    def _tick(self, req_id: int, price_types: Sequence[int]) -> bytes:
        price = round(self._random.uniform(5.0, 15.0), 2)
        size = float(self._random.randrange(1, 60))
        dice = self._random.random()
        if dice < 0.5:
            price_type = self._random.choice((1, 2, 4) if dice < 0.4 else price_types)
            return self._ticks.tick_price(req_id, price_type, self._random.choice((price, price, price, -1.0)), size, 1)
        if dice < 0.9:
            return self._ticks.tick_size(req_id, self._random.choice(SIZE_TYPES), size)
        if dice < 0.95:
            return self._ticks.tick_generic(req_id, self._random.choice((49, 90, 46)), self._random.choice((0.0, 1.0)))
        number, text = self._random.choice(((45, "1795270000"), (88, "1795270007"), (32, "KQ"), (45, "1795270001")))
        return self._ticks.tick_string(req_id, number, text)

    def _odd_text(self) -> bytes:
        """Any of the four kinds with any texts for fields."""
        number = self._random.choice((1, 2, 45, 46))
        fields = ["6", str(self._req_id()), str(self._random.choice((*PRICE_TYPES, *SIZE_TYPES, 45, 49, 300, -2)))]
        fields += [self._random.choice(ODD_NUMBERS) for _ in range(3 if number == 1 else 1)]
        if self._random.random() < 0.2:
            fields.append("7")
        if self._random.random() < 0.2:
            fields.pop()
        body = "".join(f"{field}\0" for field in fields).encode()
        return _framed(number.to_bytes(4, "big") + body if self._has_raw_ids else b"%d\0" % number + body)

    def _odd_protobuf(self) -> bytes:
        """Any of the four kinds with fields absent, doubled, in another order or of another kind."""
        number = self._random.choice((1, 2, 45, 46))
        texts = [self._random.choice(ODD_NUMBERS).encode() for _ in range(2)]
        fields = [
            int_field(1, self._req_id()),
            int_field(2, self._random.choice((*PRICE_TYPES, *SIZE_TYPES, 45, 49, 300))),
            b"\x19" + self._random.randbytes(8) if number in {1, 45} else message_field(3, texts[0]),
        ]
        if number == 1:
            fields += [message_field(4, texts[1]), int_field(5, self._random.choice((0, 1, 7, 300)))]
        match self._random.randrange(5):
            case 0:
                fields.pop(self._random.randrange(len(fields)))
            case 1:
                fields.append(self._random.choice(fields))
            case 2:
                self._random.shuffle(fields)
            case 3:
                fields.append(int_field(9, 1))
            case _:
                pass
        return _framed((number + 200).to_bytes(4, "big") + b"".join(fields))

    def _damaged(self, frame: bytes) -> bytes:
        """One byte of the payload is another one."""
        payload = bytearray(frame[4:])
        payload[self._random.randrange(len(payload))] = self._random.randrange(256)
        return _framed(bytes(payload))


def _framed(payload: bytes) -> bytes:
    return len(payload).to_bytes(4, "big") + payload
