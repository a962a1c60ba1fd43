"""The verdict words: may this quote be trusted now, and why.

Settled in docs/verdicts.md and computed by the native core (native/verdict.c). A verdict belongs to the *read* that
gave it: the same record can read `live` now and `feed_down` two seconds later. The order of the members is the order
of the numbers in native/layout.h; the core compares them when it is imported.
"""

from enum import StrEnum

__all__ = ["GOOD", "Reason", "Verdict"]


class Verdict(StrEnum):
    """From the best to the worst. Only `live` and `quiet` are good."""

    LIVE = "live"
    """Streaming, vouched for within the limit, in this epoch."""
    QUIET = "quiet"
    """As live, but the name has not traded or moved for long; the feed has proved that it would tell."""
    CLOSED = "closed"
    """The market is closed: the last values of the session."""
    DELAYED = "delayed"
    """Streaming, but the exchange's delayed feed."""
    FALLBACK = "fallback"
    """From a snapshot or history because the stream does not serve this symbol."""
    STALE = "stale"
    """Last known values; nothing vouches for them now."""
    FEED_DOWN = "feed_down"
    """The feeder is dead, silent, fenced or not running: nothing in this segment moves."""
    PAST = "past"
    """A row of history: a newer record of this symbol exists."""
    MISSING = "missing"
    """No price: unknown or retired symbol, nothing received yet, or an account kind this reader does not accept."""
    CONTENDED = "contended"
    """No consistent copy could be taken within the bound; read again."""


class Reason(StrEnum):
    """Which rule gave the verdict (docs/verdicts.md); the last four say why a batch could not price a position."""

    VOUCHED = "vouched"
    QUIET_NAME = "quiet_name"
    MARKET_CLOSED = "market_closed"
    DELAYED_DATA = "delayed_data"
    FROM_SNAPSHOT = "from_snapshot"
    FROM_HISTORY = "from_history"
    IN_FALLBACK = "in_fallback"
    NOT_VOUCHED = "not_vouched"
    DATA_TYPE = "data_type"
    SOURCE = "source"
    MARKED_STALE = "marked_stale"
    NOT_CONFIRMED = "not_confirmed"
    NO_PERMISSION = "no_permission"
    COMPETING_SESSION = "competing_session"
    UNRESOLVED = "unresolved"
    UNKNOWN_STATE = "unknown_state"
    CONNECTION = "connection"
    OLD_EPOCH = "old_epoch"
    HEARTBEAT = "heartbeat"
    FEEDER_STATE = "feeder_state"
    NO_FEEDER = "no_feeder"
    SUPERVISOR_STATE = "supervisor_state"
    SUPERSEDED = "superseded"
    NOT_NEWEST = "not_newest"
    NO_PRICE = "no_price"
    OTHER_API_MODE = "other_api_mode"
    RETIRED = "retired"
    UNKNOWN_SYMBOL = "unknown_symbol"
    OVERTAKEN = "overtaken"
    TOO_OLD = "too_old"
    NO_BID = "no_bid"
    NO_ASK = "no_ask"
    NO_MID = "no_mid"


GOOD = frozenset({Verdict.LIVE, Verdict.QUIET})
"""What `require` accepts unless told otherwise."""
