"""What each code of the gateway's `error` message means, what the feeder does, and what an operator can do.

One table for the feeder, the command line and the alerts. Codes are hints; data is proof: a code alone makes no quote
good. Source: IB's message codes (TWS API, "Message Codes") and what users report of them (docs/gateway-codes.md is made
from this table). Codes from 10000 on and the 21xx family arrive as `error` like all others, but many are notices.
"""

from enum import StrEnum
from typing import NamedTuple

__all__ = ["GATEWAY_CODES", "OWN", "GatewayCode", "Reaction", "code_of"]


class Reaction(StrEnum):
    """What a code asks of the feeder."""

    INFO = "info"
    """Nothing; told at debug level."""
    NOTE = "note"
    """Counted and kept as the last error; whether its request lives shows by its ticks."""
    ADVISORY = "advisory"
    """The request goes on: delayed or partial data follows."""
    NO_PERMISSION = "no_permission"
    COMPETING = "competing"
    UNRESOLVED = "unresolved"
    """The contract is unknown or ambiguous."""
    REFUSED = "refused"
    """This request is dead; the same may work later."""
    PACING = "pacing"
    """Too much is asked of the gateway."""
    NO_LINE = "no_line"
    """All market data lines are in use."""
    HISTORY = "history"
    """The historical service's answer to this request."""
    AGAIN = "again"
    """The request id was refused: ask with a new one."""
    LINK_DOWN = "link_down"
    LINK_UP_LOST = "link_up_lost"
    LINK_UP_KEPT = "link_up_kept"
    FARM_DOWN = "farm_down"
    FARM_UP = "farm_up"
    LOST = "lost"
    """The connection is of no use any more."""
    PORT_MOVED = "port_moved"
    """The gateway drops the connection and listens elsewhere."""
    ID_TAKEN = "id_taken"
    """The client id belongs to somebody else; the gateway closes the connection."""


class GatewayCode(NamedTuple):
    """One row. Texts are short sentences without a full stop."""

    code: int
    reaction: Reaction
    meaning: str
    feeder: str
    """What the feeder does by itself."""
    advice: str
    """What an operator can do; empty: nothing is needed."""


OWN = 0
"""The feeder's own errors: sockets, messages that cannot be decoded, wrong configuration. No code of the gateway."""

_NOTED = "counts it and keeps it as the last error"
_SILENT = "nothing"
_STALE = "marks what it concerns stale until each symbol ticks again"
_RETRY = "tries again after feeder.retry_s, from fallback meanwhile where it may"
_ORDERS = "nothing: it sends no orders"


def _rows() -> list[GatewayCode]:
    r = Reaction
    return [
        GatewayCode(
            100,
            r.PACING,
            "too many messages in a second; after the third time the gateway closes the session",
            "sends half as many a second for feeder.pacing_slow_s",
            "look for other programs on this gateway; lower feeder.messages_per_s",
        ),
        GatewayCode(
            101,
            r.NO_LINE,
            "all market data lines are in use, this program's and those of the user's TWS windows",
            "takes the lines in use for all there are, serves the rest by snapshots in turn, tries more now and then",
            "stream fewer symbols, close watch lists, or buy quote boosters",
        ),
        GatewayCode(102, r.AGAIN, "the request id is in use", "asks again with a new id", ""),
        GatewayCode(103, r.NOTE, "the order id is in use", _ORDERS, ""),
        GatewayCode(110, r.NOTE, "the price does not fit the tick size", _ORDERS, ""),
        GatewayCode(
            162,
            r.HISTORY,
            "the historical service: no data, no permission, asked too often, or a cancel confirmed (see its text)",
            "takes it as the answer; waits where it was asked too often",
            "",
        ),
        GatewayCode(165, r.INFO, "a notice of the historical service", _SILENT, ""),
        GatewayCode(
            200,
            r.UNRESOLVED,
            "there is no such contract, or several fit",
            "leaves the symbol out, names the candidates and tries again later",
            "name exchange, primary exchange, currency or con_id in [contracts]",
        ),
        GatewayCode(201, r.NOTE, "an order was rejected", _ORDERS, "see its text"),
        GatewayCode(202, r.INFO, "an order was cancelled", _ORDERS, ""),
        GatewayCode(203, r.NOTE, "this security may not be traded by this account", _ORDERS, ""),
        GatewayCode(300, r.INFO, "there is no request with this id: late cancel or ended snapshot", _SILENT, ""),
        GatewayCode(309, r.NOTE, "all depth-of-book lines are in use", _NOTED, ""),
        GatewayCode(316, r.NOTE, "depth of book was halted", _NOTED, ""),
        GatewayCode(317, r.NOTE, "depth of book was reset", _NOTED, ""),
        GatewayCode(320, r.REFUSED, "the gateway could not read a request", _RETRY, "report it with the log"),
        GatewayCode(
            321,
            r.REFUSED,
            "the gateway found a request invalid",
            _RETRY,
            "its text says what; is the API read-only, an exchange missing?",
        ),
        GatewayCode(322, r.AGAIN, "the request id is in use, or there are too many requests", "asks again", ""),
        GatewayCode(
            326,
            r.ID_TAKEN,
            "the client id is in use; the gateway closes the connection",
            "asks again for gateway.client_id_patience_s, an old session may still be dying; then uses a reserved id",
            "if it stays, another program has it: choose another gateway.client_id",
        ),
        GatewayCode(
            354,
            r.NO_PERMISSION,
            "no market data subscription for this symbol",
            "marks the symbol no_permission and tries rarely",
            "subscribe at IB, or allow delayed data: gateway.market_data_type = 3",
        ),
        GatewayCode(366, r.INFO, "there is no such historical request (any more)", _SILENT, ""),
        GatewayCode(399, r.INFO, "a remark on an order, mostly a warning", _SILENT, ""),
        GatewayCode(420, r.REFUSED, "real-time bars: no permission, or asked too often", _RETRY, ""),
        GatewayCode(460, r.NOTE, "no trading permission", _ORDERS, ""),
        GatewayCode(
            502,
            r.LOST,
            "the client library could not connect",
            "connects again with growing waits",
            "is the gateway up, its API enabled, host and port right?",
        ),
        GatewayCode(503, r.NOTE, "the gateway is too old for a call", _NOTED, "update the gateway"),
        GatewayCode(504, r.LOST, "not connected", "connects again", ""),
        GatewayCode(
            507, r.LOST, "the connection was cut amid a message; often a client id in use", "connects again", ""
        ),
        GatewayCode(
            1100,
            r.LINK_DOWN,
            "the gateway has lost its link to IB; comes again and again during resets",
            "marks everything stale and keeps the connection",
            "nothing during IB's reset times; else look at the network and IB's system status",
        ),
        GatewayCode(
            1101,
            r.LINK_UP_LOST,
            "the link to IB is back, subscriptions are lost",
            "subscribes everything anew",
            "",
        ),
        GatewayCode(
            1102,
            r.LINK_UP_KEPT,
            "the link to IB is back, subscriptions are kept",
            "believes each symbol again by its own tick, and asks anew for those that stay mute",
            "",
        ),
        GatewayCode(
            1300,
            r.PORT_MOVED,
            "the gateway's port has changed (the text names the new one)",
            "connects there with gateway.follow_port; else tells it and tries gateway.port",
            "set gateway.port",
        ),
        GatewayCode(2103, r.FARM_DOWN, "a market data farm is broken", _STALE, "see IB's system status if it stays"),
        GatewayCode(
            2104, r.FARM_UP, "a market data farm is fine", "waits for each symbol's tick, asks anew for mute ones", ""
        ),
        GatewayCode(2105, r.INFO, "a historical data farm is broken", _SILENT, ""),
        GatewayCode(2106, r.INFO, "a historical data farm is fine", _SILENT, ""),
        GatewayCode(2107, r.INFO, "a historical data farm sleeps until it is needed", _SILENT, ""),
        GatewayCode(2108, r.INFO, "a market data farm sleeps until it is needed", _SILENT, ""),
        GatewayCode(2109, r.INFO, "an order's outside-hours attribute was ignored", _SILENT, ""),
        GatewayCode(
            2110,
            r.LINK_DOWN,
            "the gateway has lost its link to IB and restores it by itself",
            "as 1100",
            "",
        ),
        GatewayCode(2119, r.INFO, "a market data farm is being connected", _SILENT, ""),
        GatewayCode(2137, r.INFO, "a remark on an order", _SILENT, ""),
        GatewayCode(2148, r.INFO, "a remark on an order", _SILENT, ""),
        GatewayCode(2157, r.INFO, "the contract data farm is broken", _SILENT, ""),
        GatewayCode(2158, r.INFO, "the contract data farm is fine", _SILENT, ""),
        GatewayCode(2169, r.INFO, "a remark on an order", _SILENT, ""),
        GatewayCode(
            10089,
            r.NO_PERMISSION,
            "the API needs another subscription for this symbol; delayed data may follow",
            "marks the symbol no_permission; ticks that follow win",
            "subscribe at IB, or allow delayed data: gateway.market_data_type = 3",
        ),
        GatewayCode(
            10090,
            r.ADVISORY,
            "part of the data is not subscribed, the rest follows",
            "goes on with what comes",
            "",
        ),
        GatewayCode(
            10091,
            r.NO_PERMISSION,
            "part of the data needs another subscription; the rest, or delayed data, may follow",
            "marks the symbol no_permission; ticks that follow win",
            "subscribe at IB, or allow delayed data: gateway.market_data_type = 3",
        ),
        GatewayCode(10092, r.NOTE, "depth of book is not to be had for this contract", _NOTED, ""),
        GatewayCode(10147, r.NOTE, "the order to cancel was not found", _ORDERS, ""),
        GatewayCode(10148, r.NOTE, "the order cannot be cancelled in its state", _ORDERS, ""),
        GatewayCode(
            10167,
            r.ADVISORY,
            "not subscribed: delayed data follows",
            "goes on; every quote is marked delayed",
            "subscribe at IB if live data is meant",
        ),
        GatewayCode(
            10168,
            r.NO_PERMISSION,
            "not subscribed, and delayed data is not enabled",
            "marks the symbol no_permission and tries rarely",
            "subscribe at IB, or allow delayed data: gateway.market_data_type = 3",
        ),
        GatewayCode(10182, r.NOTE, "the live updates of a request have ended", _NOTED, ""),
        GatewayCode(
            10186,
            r.NO_PERMISSION,
            "not subscribed, and delayed data is not enabled",
            "marks the symbol no_permission and tries rarely",
            "subscribe at IB, or allow delayed data: gateway.market_data_type = 3",
        ),
        GatewayCode(10189, r.REFUSED, "tick-by-tick data is not to be had", _RETRY, ""),
        GatewayCode(10190, r.REFUSED, "too many tick-by-tick requests", _RETRY, ""),
        GatewayCode(
            10197,
            r.COMPETING,
            "another session of this user takes the data (TWS, mobile, web)",
            "marks the symbols competing_session, serves them from fallback, and tries one until all return",
            "log the other session out, or give the API a user of its own",
        ),
        GatewayCode(10225, r.NOTE, "a bust event has ended a bar subscription", _NOTED, ""),
        GatewayCode(10268, r.NOTE, "the order attribute eTradeOnly is not supported", _ORDERS, ""),
        GatewayCode(10269, r.NOTE, "the order attribute firmQuoteOnly is not supported", _ORDERS, ""),
    ]


GATEWAY_CODES = {row.code: row for row in _rows()}
"""Every code that is known here."""


def code_of(code: int) -> GatewayCode:
    """Return the row of a code; one that is not known is noted, and whether its request lives shows by its ticks."""
    found = GATEWAY_CODES.get(code)
    if found is not None:
        return found
    if code == OWN:
        return GatewayCode(OWN, Reaction.NOTE, "the feeder's own: socket, message or configuration", _NOTED, "")
    return GatewayCode(code, Reaction.NOTE, "not known here", _NOTED, "the gateway's own text says more")
