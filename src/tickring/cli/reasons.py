"""What each reason means for the person who looks, and what to do about it: two sentences per reason.

The rules themselves are in docs/verdicts.md. A test holds the table complete.
"""

from typing import NamedTuple

from tickring.verdict import Reason

__all__ = ["REASONS", "ReasonWords"]


class ReasonWords(NamedTuple):
    """Whole sentences."""

    why: str
    do: str


REASONS: dict[Reason, ReasonWords] = {
    Reason.VOUCHED: ReasonWords("Streaming, and the feed has just proved it.", "Trade on it."),
    Reason.QUIET_NAME: ReasonWords(
        "Nothing has moved for long, and the feed has proved that it would tell.", "Trade on it."
    ),
    Reason.MARKET_CLOSED: ReasonWords(
        "The market is closed: these are the last values of the session.", "Value a book at them; nothing is traded."
    ),
    Reason.DELAYED_DATA: ReasonWords(
        "The exchange's delayed feed: usually 15 minutes behind.",
        "Look, do not trade; subscribe to real-time data for this exchange if you need it.",
    ),
    Reason.FROM_SNAPSHOT: ReasonWords(
        "From a snapshot, because the stream does not serve this symbol.",
        "Value with care; the feeder goes back to the stream by itself.",
    ),
    Reason.FROM_HISTORY: ReasonWords(
        "From a historical bar, because neither stream nor snapshot serves this symbol.",
        "Value with care; the feeder goes back to the stream by itself.",
    ),
    Reason.IN_FALLBACK: ReasonWords(
        "The feeder holds this symbol in fallback: the stream does not serve it.",
        "Value with care; the feeder goes back to the stream by itself.",
    ),
    Reason.NOT_VOUCHED: ReasonWords(
        "The feed has not proved itself for this symbol within the limit.",
        "Do not price with it; if it stays so, look at the gateway's data farms and the feeder's log.",
    ),
    Reason.DATA_TYPE: ReasonWords(
        "Its market data type is no proof of a current price.",
        "Do not price with it; frozen or unnamed data while the market is open usually mean a missing subscription.",
    ),
    Reason.SOURCE: ReasonWords(
        "Its source is not a stream that this mode accepts.",
        "Do not price with it; sample prices count in mock mode only.",
    ),
    Reason.MARKED_STALE: ReasonWords(
        "The feeder marked it stale: these are the last known values.",
        "Do not price with it; the feeder's log says why.",
    ),
    Reason.NOT_CONFIRMED: ReasonWords(
        "Subscribed, but no tick has confirmed the subscription yet.",
        "Wait some seconds; if it stays so, look at the contract and its market data subscription.",
    ),
    Reason.NO_PERMISSION: ReasonWords(
        "The account has no market data permission for it.",
        "Subscribe to the exchange's data, then restart the feeder.",
    ),
    Reason.COMPETING_SESSION: ReasonWords(
        "Another session of the same user took the market data.",
        "End that session (TWS or a phone), or give the feeder a user of its own.",
    ),
    Reason.UNRESOLVED: ReasonWords(
        "The contract is not resolved, so nothing can be subscribed.", "Check the symbol's definition."
    ),
    Reason.UNKNOWN_STATE: ReasonWords(
        "The feeder wrote a state that this release does not know.", "Upgrade this side to the feeder's release."
    ),
    Reason.CONNECTION: ReasonWords(
        "The feeder is not connected to its gateway.",
        "Look whether the gateway runs and is logged in; the feeder connects again by itself.",
    ),
    Reason.OLD_EPOCH: ReasonWords(
        "Written by an earlier life of the feeder; the present one has no tick of it yet.",
        "Wait some seconds; if it stays so, the symbol is no longer wanted or its subscription fails.",
    ),
    Reason.HEARTBEAT: ReasonWords(
        "The feeder's heartbeat is older than the limit: dead, stopped or stuck.",
        "Stop trading on it; see `tickring segment`.",
    ),
    Reason.FEEDER_STATE: ReasonWords(
        "The feeder says itself that it is not running.", "Stop trading on it; start the feeder."
    ),
    Reason.NO_FEEDER: ReasonWords(
        "No feeder has taken the present epoch: it is starting, or its start fails.",
        "Wait some seconds; if it stays so, read the supervisor's log.",
    ),
    Reason.SUPERVISOR_STATE: ReasonWords(
        "The supervisor says itself that it is not running.", "Stop trading on it; start the service."
    ),
    Reason.SUPERSEDED: ReasonWords(
        "This segment was replaced or removed.",
        "Readers move by themselves to the next one; if none comes, start the service.",
    ),
    Reason.NOT_NEWEST: ReasonWords("A newer record of this symbol exists.", "Compute with it, do not trade on it."),
    Reason.NO_PRICE: ReasonWords(
        "Streamed, but no bid, ask or last is known.",
        "Wait for the first tick; if it stays so, look at the market data subscription.",
    ),
    Reason.OTHER_API_MODE: ReasonWords(
        "The prices are not known to be of an account kind this reader was opened for.",
        "Choose it with --api-mode if it is meant; right after a start the gateway has not named its accounts yet.",
    ),
    Reason.RETIRED: ReasonWords("The symbol is no longer streamed.", "Ask for it again in the symbols to stream."),
    Reason.UNKNOWN_SYMBOL: ReasonWords(
        "The symbol is not streamed.", "Check its spelling, or ask for it to be streamed."
    ),
    Reason.OVERTAKEN: ReasonWords("The writer overtook every attempt to copy it.", "Read again."),
    Reason.TOO_OLD: ReasonWords("The proof is older than the caller's own limit.", "Read again, or raise the limit."),
    Reason.NO_BID: ReasonWords("There is no bid to sell at.", "Price it at something else, or wait for a bid."),
    Reason.NO_ASK: ReasonWords("There is no ask to buy at.", "Price it at something else, or wait for an ask."),
    Reason.NO_MID: ReasonWords("There is no mid: a side is absent or the market is crossed.", "Use one side, or wait."),
}
