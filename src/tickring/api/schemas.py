"""The documents of stream and quotes, as plain structs: what is encoded, what OpenAPI shows, what clients decode.

Times are ISO 8601 in UTC with a `Z`, durations seconds, sizes shares, prices in the instrument's currency. None (null):
absent, or never.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from tickring.control.messages import ChildReport, RunReport, Transition
from tickring.episodes import Episode
from tickring.feeder_status import FeederStatus, LastError
from tickring.states import ApiMode, Connection, DataType, QuoteState, Source
from tickring.verdict import Reason, Verdict

__all__ = [
    "AboutDocument",
    "EpisodesDocument",
    "FeedLook",
    "HistoryDocument",
    "HistoryTick",
    "LivingDocument",
    "QuoteDocument",
    "QuotesDocument",
    "ReadyDocument",
    "SimulatorAnswerDocument",
    "SimulatorFault",
    "StartRequest",
    "StartedDocument",
    "StateRow",
    "StatesDocument",
    "StoppedDocument",
    "StreamHealthDocument",
    "StreamLook",
    "StreamStatusDocument",
    "SupervisorLook",
]

_Number = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


# ---- the stream ----


class StartRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Begin a run. Null or left out: as configured."""

    project_id: _Number
    decision_snapshot_id: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = None
    refresh_interval_seconds: Annotated[float, msgspec.Meta(ge=0.1, le=3600)] | None = None
    """Ask again for the symbols so often."""
    max_symbols: Annotated[int, msgspec.Meta(ge=1, le=1 << 20)] | None = None


class StartedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The run has begun; how far it is tells the status."""

    run_id: str
    project_id: int
    status_url: str


class StoppedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing runs now."""

    was_running: bool
    run_id: str | None
    """Of the run that ended; null: nothing ran."""


class StreamLook(msgspec.Struct, frozen=True, kw_only=True):
    """How the stream is, in the three vocabularies of docs/states.md."""

    state: str
    status: Literal["connected", "degraded", "disconnected"]
    mode: Literal["STREAM", "POLL"]
    health: Literal["running", "stale", "not_running"]
    since: str | None
    """Null: only the supervisor knows, and it does not answer."""
    since_s: float | None
    cause: str
    code: str
    transitions: tuple[Transition, ...] = ()
    """The newest last."""


class SupervisorLook(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the supervisor answers. Null: it has not told."""

    state: Literal["running", "silent", "not_running", "not_permitted"]
    """`silent`: it is there and does not answer. `not_permitted`: this service's user may not ask it."""
    why: str | None = None
    """Why it has not answered."""
    pid: int | None = None
    started_at: str | None = None
    uptime_s: float | None = None
    version: str | None = None


class StreamStatusDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The whole: as the supervisor tells it, else what segment and files say without it."""

    stream: StreamLook | None
    run: RunReport | None
    """Null: none is on, or nobody is there who knows."""
    children: tuple[ChildReport, ...]
    feeder: FeederStatus | None
    """The feeder's own words; of the past where `epoch` is another than the segment's."""
    supervisor_alive: bool
    supervisor: SupervisorLook
    episodes: tuple[Episode, ...]
    """Those that are open."""
    api_mode: str
    segment: str
    epoch: int | None
    gateway: str | None
    notes: tuple[str, ...]
    """What an operator should know."""
    at: str


class EpisodesDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong, from when to when."""

    episodes: tuple[Episode, ...]
    """Closed and open ones, in the order of their last change."""
    book: str
    """Another one than before: the sequence begins anew."""
    sequence: int
    """What to ask for next as `since`."""
    supervisor_alive: bool
    at: str


class StateRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table of docs/states.md."""

    state: str
    status: str
    mode: str
    health: str
    code: str
    cause: str


class StatesDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The table, and the way that the stream has taken through it."""

    states: tuple[StateRow, ...]
    """In the order in which they are tried: the first that holds counts."""
    current: str
    """The `code` of the row that holds now."""
    transitions: tuple[Transition, ...]
    """The newest last; empty: the supervisor does not answer."""
    at: str


class StreamHealthDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The stream's health in one look."""

    connected: bool
    mode: Literal["STREAM", "POLL"]
    stale: bool
    """It should deliver and does not."""
    stale_threshold_s: float
    """Without a price of any symbol for longer, while the market is open, it is stale."""
    last_tick_ts: str | None
    """Of the newest price of any symbol."""
    last_tick_age_s: float | None
    subscriptions: int
    """Symbols that shall be streamed."""
    confirmed: int
    reconnect_attempts: int
    """Connections to the gateway that failed or were lost since the last data."""
    last_error: LastError | None
    state: str
    cause: str
    code: str
    at: str


# ---- quotes ----


class QuoteDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One look at one symbol, with the verdict of that look."""

    symbol: str
    bid: float | None
    ask: float | None
    last: float | None
    bid_size: float | None
    ask_size: float | None
    last_size: float | None
    volume: float | None
    open: float | None
    high: float | None
    low: float | None
    close: float | None
    mid: float | None
    spread: float | None
    ts: str | None
    """When the newest price was received, to the millisecond."""
    last_trade_at: str | None
    source: Source
    verdict: Verdict
    """Only `live` and `quiet` may be traded on."""
    reason: Reason
    """Which rule gave the verdict."""
    market_data_type: DataType
    api_mode: ApiMode
    state: QuoteState
    age_s: float | None
    """Since the quote changed."""
    vouched_age_s: float | None
    """Since the feed proved itself for this symbol."""
    is_halted: bool
    sequence: int


class FeedLook(msgspec.Struct, frozen=True, kw_only=True):
    """The feed as a whole, from the segment's header."""

    is_good: bool
    verdict: Verdict | None
    """What every quote reads while the feed is not good."""
    reason: Reason | None
    connection: Connection
    api_mode: ApiMode
    """Of the gateway's accounts."""
    heartbeat_age_s: float | None
    heartbeat_limit_s: float
    segment_id: str


class QuotesDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Quotes by symbol. Each is a look of its own."""

    quotes: tuple[QuoteDocument, ...]
    total: int
    """Without `limit` and `offset`."""
    epoch: int
    feed: FeedLook
    at: str


class HistoryTick(msgspec.Struct, frozen=True, kw_only=True):
    """One record. All but the newest read `past`."""

    ts: str | None
    bid: float | None
    ask: float | None
    last: float | None
    bid_size: float | None
    ask_size: float | None
    last_size: float | None
    volume: float | None
    sequence: int
    source: Source
    verdict: Verdict
    state: QuoteState
    market_data_type: DataType
    is_state_only: bool
    """Only the state changed, the prices stand as before."""


class HistoryDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The last records of one symbol."""

    symbol: str
    ticks: tuple[HistoryTick, ...]
    """Newest first."""


# ---- the service itself ----


class LivingDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The service answers."""

    status: Literal["ok"]
    at: str


class ReadyDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Quotes can be served and the feed is good."""

    status: Literal["ready"]
    at: str


class AboutDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What a client has to know before it asks for anything else."""

    version: str
    api_mode: str
    """`mock`, `paper` or `live`: whose prices are shown."""
    needs_token: bool
    """Whether reading needs the token too; changing something always does."""
    features: tuple[str, ...]
    throttle_ms: int
    """A WebSocket is told of one symbol at most once in this time."""


class SimulatorFault(msgspec.Struct, frozen=True, kw_only=True):
    """A command for the embedded simulator; its other keys are the command's values (docs/simulator.md)."""

    command: str


class SimulatorAnswerDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The simulator's own answer."""

    result: dict[str, Any]
