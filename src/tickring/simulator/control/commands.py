"""Everything the simulator can be told to do wrong, as it stands in a control line or a timeline file.

One JSON object: `{"do": "mute", "symbol": "SPY"}`. Unknown words, unknown keys and values out of range are refused by
name. docs/simulator.md has an example of each.
"""

from typing import Annotated, Literal

import msgspec

__all__ = ["COMMANDS", "Command"]

Seconds = Annotated[float, msgspec.Meta(ge=0, le=86_400)]
Count = Annotated[int, msgspec.Meta(ge=1, le=10_000_000)]
RefusalCode = Literal[200, 354, 10089, 10090, 10091, 10167, 10168, 10186, 10197]
Farm = str  # "usfarm", "ushmds", "secdefil" or a name of your own


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="do"):
    """Base of all commands."""


# ---- silence ----


class Mute(Command, frozen=True, kw_only=True, tag="mute"):
    """No more ticks of one symbol, one farm or everything; nothing is said about it."""

    symbol: str | None = None
    farm: Farm | None = None


class Unmute(Command, frozen=True, kw_only=True, tag="unmute"):
    """Takes back `mute`; without a symbol and farm everything."""

    symbol: str | None = None
    farm: Farm | None = None


class HalfOpen(Command, frozen=True, kw_only=True, tag="half_open"):
    """Sockets stay open, nothing is read or written on them any more; new connections work."""


class Slow(Command, frozen=True, kw_only=True, tag="slow"):
    """Every answer to a request waits so long. 0 ends it."""

    seconds: Seconds


# ---- connections ----


class Reset(Command, frozen=True, kw_only=True, tag="rst"):
    """All client sockets are closed with RST."""


class Finish(Command, frozen=True, kw_only=True, tag="fin"):
    """All client sockets are closed in order."""


class Refuse(Command, frozen=True, kw_only=True, tag="refuse"):
    """The port is closed for so long; connected clients stay."""

    seconds: Seconds


class Restart(Command, frozen=True, kw_only=True, tag="restart"):
    """The nightly restart: sockets closed, port away, an empty session afterwards.

    For `ghost_seconds` after coming back the client ids of before are still taken (326). The next valid order id is
    lower than before unless `next_valid_id` says otherwise.
    """

    seconds: Seconds = 2.0
    ghost_seconds: Seconds = 0.0
    next_valid_id: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = None


# ---- links behind the gateway ----


class LinkDown(Command, frozen=True, kw_only=True, tag="link_down"):
    """1100 (or 2110): the gateway has lost IB's servers. `repeat` times, as in a night's reset."""

    code: Literal[1100, 2110] = 1100
    repeat: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1


class LinkUp(Command, frozen=True, kw_only=True, tag="link_up"):
    """1101: data requests are lost, and really forgotten. 1102: kept, and ticks follow unless `data` is false."""

    code: Literal[1101, 1102]
    data: bool = True


class FarmCode(Command, frozen=True, kw_only=True, tag="farm"):
    """A farm notice 2103...2108, 2119, 2157, 2158. 2103 stops the farm's ticks, 2104 resumes them or not (`data`)."""

    code: Literal[2103, 2104, 2105, 2106, 2107, 2108, 2119, 2157, 2158]
    farm: Farm = "usfarm"
    data: bool = True


# ---- permissions and limits ----


class Permission(Command, frozen=True, kw_only=True, tag="permission"):
    """From now on requests for the symbol (or all) are answered with this code as a gateway would; null ends it."""

    code: RefusalCode | None
    symbol: str | None = None


class CompetingSession(Command, frozen=True, kw_only=True, tag="competing_session"):
    """Another log-in takes the live data (10197 for each request, or nothing if `silent`); `start=false`: it leaves.

    `resume`: whether data comes back on the old requests by itself.
    """

    start: bool = True
    silent: bool = False
    resume: bool = True


class Lines(Command, frozen=True, kw_only=True, tag="lines"):
    """Market data lines of all clients together, and how many of them others have; one more is answered with 101.

    Who has a line keeps it. None: as before.
    """

    limit: Annotated[int, msgspec.Meta(ge=0, le=100_000)] | None = None
    taken: Annotated[int, msgspec.Meta(ge=0, le=100_000)] | None = None


class MessageRate(Command, frozen=True, kw_only=True, tag="message_rate"):
    """Requests a second per client: above it 100, at the third strike the socket is closed. 0: no limit."""

    limit: Annotated[int, msgspec.Meta(ge=0, le=100_000)]


class SendError(Command, frozen=True, kw_only=True, tag="error"):
    """One error message of any code to all clients, to a request id or to whoever has asked for the symbol."""

    code: int
    text: str = ""
    req_id: int = -1
    symbol: str | None = None


# ---- broken bytes ----


class Garbage(Command, frozen=True, kw_only=True, tag="garbage"):
    """So many random bytes in the middle of the stream (from the seed)."""

    count: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 64


class AbsurdLength(Command, frozen=True, kw_only=True, tag="absurd_length"):
    """A length prefix that no message has, and a few bytes after it."""

    length: Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)] = 0x7FFFFFF0


class Truncate(Command, frozen=True, kw_only=True, tag="truncate"):
    """Half a message, then the socket is closed (`close`) or nothing more is sent on it."""

    close: bool = True


class Split(Command, frozen=True, kw_only=True, tag="split"):
    """How bytes are handed to the socket from now on: whole writes, byte by byte, or in odd pieces."""

    mode: Literal["whole", "bytes", "odd"]


class Exact4096(Command, frozen=True, kw_only=True, tag="exact_4096"):
    """Exactly 4096 bytes of whole messages (ticks), or cut inside one, then for so long nothing at all."""

    seconds: Seconds = 1.5
    cut: bool = False


class UnknownMessage(Command, frozen=True, kw_only=True, tag="unknown_message"):
    """A message id that no client knows."""

    message_id: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] = 190


class BadNumber(Command, frozen=True, kw_only=True, tag="bad_number"):
    """A tick whose price is no number."""

    text: str = "abc"


class Burst(Command, frozen=True, kw_only=True, tag="burst"):
    """So many ticks of the subscriptions as fast as the sockets take them."""

    count: Count


# ---- clock and market ----


class ClockOffset(Command, frozen=True, kw_only=True, tag="clock_offset"):
    """The gateway's clock is wrong by so many seconds."""

    seconds: Annotated[float, msgspec.Meta(ge=-1e7, le=1e7)]


class MarketPhase(Command, frozen=True, kw_only=True, tag="market"):
    """Open or close the market now; `auto` goes back to the calendar."""

    phase: Literal["open", "closed", "auto"]


class Halt(Command, frozen=True, kw_only=True, tag="halt"):
    """Trading in the symbol is halted (1), by a volatility pause (2), or goes on (0)."""

    symbol: str
    value: Literal[0, 1, 2] = 1


class SetPrice(Command, frozen=True, kw_only=True, tag="price"):
    """Move the symbol's price by a factor, as a split or bad news would."""

    symbol: str
    factor: Annotated[float, msgspec.Meta(gt=0, le=1000)]


# ---- account ----


class Hold(Command, frozen=True, kw_only=True, tag="hold"):
    """The first account holds so many shares of the symbol from now on: 0 is flat, negative short."""

    symbol: str
    quantity: Annotated[float, msgspec.Meta(ge=-1e12, le=1e12)]
    average_cost: Annotated[float, msgspec.Meta(ge=0, le=1e9)] = 0.0


class WorkingOrder(Command, frozen=True, kw_only=True, tag="order"):
    """Another program has this limit order in the book; `quantity` 0: it has none of the symbol any more."""

    symbol: str
    side: Literal["BUY", "SELL"] = "BUY"
    quantity: Annotated[float, msgspec.Meta(ge=0, le=1e12)]
    filled: Annotated[float, msgspec.Meta(ge=0, le=1e12)] = 0.0
    limit_price: Annotated[float, msgspec.Meta(gt=0, le=1e9)] = 1.0


# ---- looking ----


class Status(Command, frozen=True, kw_only=True, tag="status"):
    """Answered with what the simulator is: port, clients, subscriptions, faults that stand, ticks sent."""


class Quit(Command, frozen=True, kw_only=True, tag="quit"):
    """The process ends."""


COMMANDS: tuple[type[Command], ...] = tuple(Command.__subclasses__())
"""Every command, in the order of this file."""
