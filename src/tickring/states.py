"""Words for what a quote is and where it came from, and for the processes behind it.

Numbers in the segment, words everywhere else. The order of the members is the order of the numbers in native/layout.h;
the core compares them when it is imported.
"""

from enum import StrEnum

__all__ = ["ApiMode", "Connection", "DataType", "Field", "QuoteState", "RunState", "Source"]


class QuoteState(StrEnum):
    """What the feeder last said of one symbol; travels in every record."""

    EMPTY = "empty"
    PENDING = "pending"
    LIVE = "live"
    QUIET = "quiet"
    CLOSED = "closed"
    STALE = "stale"
    NO_PERMISSION = "no_permission"
    COMPETING_SESSION = "competing_session"
    UNRESOLVED = "unresolved"
    FALLBACK = "fallback"


class Source(StrEnum):
    """Where the values came from. `sample` is made up without a gateway and can be live in mock mode only."""

    NONE = "none"
    IB_STREAM = "ib_stream"
    IB_SNAPSHOT = "ib_snapshot"
    IB_HISTORY = "ib_history"
    SAMPLE = "sample"


class DataType(StrEnum):
    """IB's market data types by number 1-4 (TWS API, "Market Data Types"); `unknown` until the gateway has said."""

    UNKNOWN = "unknown"
    REALTIME = "realtime"
    FROZEN = "frozen"
    DELAYED = "delayed"
    DELAYED_FROZEN = "delayed_frozen"


class ApiMode(StrEnum):
    """Which kind of account stands behind the prices: DU... is paper, the simulator's SIM... mock, all else live."""

    UNKNOWN = "unknown"
    LIVE = "live"
    PAPER = "paper"
    MOCK = "mock"


class RunState(StrEnum):
    """States of the supervisor, the feeder and the other children."""

    UNKNOWN = "unknown"
    STARTING = "starting"
    RUNNING = "running"
    DEGRADED = "degraded"
    BACKING_OFF = "backing_off"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


class Connection(StrEnum):
    """The feeder's connection to its gateway."""

    UNKNOWN = "unknown"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    SUSPECT = "suspect"
    DISCONNECTED = "disconnected"


class Field(StrEnum):
    """The values of a quote, in the order of their has-bits."""

    BID = "bid"
    ASK = "ask"
    LAST = "last"
    BID_SIZE = "bid_size"
    ASK_SIZE = "ask_size"
    LAST_SIZE = "last_size"
    VOLUME = "volume"
    CLOSE = "close"
    OPEN = "open"
    HIGH = "high"
    LOW = "low"
    LAST_TRADE_S = "last_trade_s"
