"""What a simulator is told when it starts."""

from typing import Annotated, Literal

import msgspec

__all__ = ["GatewaySettings", "Holding", "OpenOrder"]


class Holding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A position of the first account."""

    symbol: str
    quantity: float
    """Shares, negative when short."""
    average_cost: float
    """Dollars a share."""


class OpenOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A limit order of the first account that another program has placed; it is never filled by itself."""

    symbol: str
    side: Literal["BUY", "SELL"]
    quantity: Annotated[float, msgspec.Meta(gt=0)]
    """Shares, filled or not."""
    filled: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    limit_price: Annotated[float, msgspec.Meta(gt=0)] = 1.0


class GatewaySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of a gateway's settings; the defaults are a paper gateway of today with a calm market."""

    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] = 4002
    """0: any free port."""
    seed: int = 1
    """Prices, sizes, trades and broken bytes are the same for the same seed."""
    max_server_version: Annotated[int, msgspec.Meta(ge=157, le=226)] = 200
    """The session's version is the smaller of this and the client's maximum; from 201 on parts are protobuf."""
    sample_s: Annotated[float, msgspec.Meta(ge=0.001, le=60)] = 0.25
    """How often each subscription is looked at for changes; IB does about 0.25 s for stocks."""
    always_open: bool = False
    """A market without calendar: regular trading day and night."""
    generated: Annotated[int, msgspec.Meta(ge=0, le=99_999)] = 0
    """So many symbols SIM00001, SIM00002, ... beside the named ones."""
    listings: str = ""
    """A TOML file of further listings."""
    accounts: tuple[str, ...] = ("SIM1000001",)
    holdings: tuple[Holding, ...] = (
        Holding(symbol="SPY", quantity=200.0, average_cost=480.25),
        Holding(symbol="AAPL", quantity=100.0, average_cost=171.5),
        Holding(symbol="TSLA", quantity=-50.0, average_cost=265.0),
    )
    orders: tuple[OpenOrder, ...] = ()
    cash: float = 250_000.0
    """Dollars."""
    next_valid_id: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] = 1
    lines: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 100
    """Market data lines of all clients together."""
    message_rate: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 50
    """Requests a second and client; 0 = no limit."""
    clients: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 32
    history_pacing: bool = True
    """Whether IB's limits on historical requests are enforced."""
    pace: Annotated[float, msgspec.Meta(ge=0, le=10)] = 1.0
    """Factor on everything the gateway takes its time for (first ticks, snapshot ends, farm notices); 0 = at once."""
    clock_offset_s: float = 0.0
    control: str = ""
    """Where commands are taken: a unix socket's path or `127.0.0.1:port`; empty = nowhere."""
    timeline: str = ""
    """A file of commands with their times."""
    log: str = ""
    """A file for everything sent and received."""
