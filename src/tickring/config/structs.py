"""Every setting with its range and its default. Times are in seconds, sizes in bytes, rates per second.

A process takes its configuration once, at the start, and hands on the part that each module needs. Whatever waits,
retries or gives up does so after a time that stands here, so that tests may run at a tenth.
"""

from typing import Annotated, Literal

import msgspec

__all__ = [
    "Config",
    "ContractConfig",
    "DatabaseConfig",
    "FeederConfig",
    "FilesConfig",
    "GatewayConfig",
    "LogConfig",
    "PlannerConfig",
    "SegmentConfig",
    "SessionsConfig",
    "SimulatorConfig",
    "StreamConfig",
    "SupervisorConfig",
]

Seconds = Annotated[float, msgspec.Meta(gt=0, le=86_400)]
LongSeconds = Annotated[float, msgspec.Meta(gt=0, le=31_536_000)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all sections."""


class SegmentConfig(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The shared memory."""

    name: str = "default"
    """A name (`/dev/shm/tickring-<name>`) or a directory with a slash in it."""
    capacity: Annotated[int, msgspec.Meta(ge=1, le=1 << 20)] = 10_000
    """Symbols at once."""
    depth: Annotated[int, msgspec.Meta(ge=4, le=1 << 16)] = 64
    """Records kept per symbol; a power of two."""
    heartbeat_limit_s: Seconds = 1.0
    """Older than this, the feeder's stamp makes every quote `feed_down`."""
    vouch_limit_s: Seconds = 10.0
    """Older than this, the last proof makes a quote `stale`."""


class GatewayConfig(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The gateway or TWS, and how long we wait for it."""

    host: str = "127.0.0.1"
    """Name or address."""
    port: Port = 4002
    """TWS live 7496, TWS paper 7497, Gateway live 4001, Gateway paper 4002."""
    client_id: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] = 47
    """Unique per gateway while connected; neither 0 nor the gateway's master id."""
    max_server_version: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0
    """The highest protocol version asked for; 0: as high as the installed ibapi speaks. 200: no protobuf."""
    market_data_type: Literal[1, 2, 3, 4] = 1
    """The worst that is accepted: 1 live, 2 frozen, 3 delayed, 4 delayed-frozen."""
    connect_timeout_s: Seconds = 5.0
    """Until the TCP connection stands."""
    hello_timeout_s: Seconds = 10.0
    """From there until nextValidId."""
    half_message_timeout_s: Seconds = 10.0
    """From the beginning of a message to its end; later, the stream cannot be followed and the connection is dead."""
    backoff_first_s: Seconds = 1.0
    """Wait before the first reconnection; doubled for each one that follows without a session in between."""
    backoff_limit_s: Seconds = 60.0
    """No wait is longer than this."""
    outbound_limit_bytes: Annotated[int, msgspec.Meta(ge=4096, le=1 << 26)] = 1 << 20
    """Requests that may wait for the socket; more means that the connection is dead."""
    outbound_deadline_s: Seconds = 5.0
    """The oldest waiting byte may be this old."""
    receive_bytes: Annotated[int, msgspec.Meta(ge=4096, le=1 << 24)] = 1 << 18
    """At most this much is taken from the socket at once."""


class FeederConfig(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The feeder's loop."""

    heartbeat_period_s: Seconds = 0.05
    """The loop stamps the header this often, also when nothing happens."""
    fast_lane: bool = True
    """Ticks of confirmed streams bypass ibapi's decoder; false: every message takes the long way."""
    messages_per_s: Annotated[float, msgspec.Meta(gt=0, le=1000)] = 45.0
    """Requests to the gateway; IB closes connections that send more than 50."""
    resolve_timeout_s: Seconds = 10.0
    """An unanswered reqContractDetails is sent again after this."""
    subscribe_timeout_s: Seconds = 15.0
    """A reqMktData that has brought nothing, not even an error, is cancelled and sent again after this."""
    retry_s: Seconds = 60.0
    """A refused subscription or an unresolved symbol is tried again after this."""
    fallback_after_s: Seconds = 5.0
    """A symbol whose stream has brought no price this long after it was asked for is asked for as a snapshot."""
    fallback_period_s: Seconds = 60.0
    """And again this often, until the stream serves it."""
    snapshot_timeout_s: Seconds = 12.0
    """A snapshot that has brought no price within this is followed by a request for history."""
    snapshots_open_max: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 50
    """Snapshots at once; each takes a market data line while it is open."""
    history_timeout_s: Seconds = 30.0
    """Bars that have not come within this are not waited for."""
    history_open_max: Annotated[int, msgspec.Meta(ge=1, le=50)] = 20
    """Historical requests at once; IB serves 50."""
    history_window_s: Seconds = 600.0
    """IB counts historical requests over this time."""
    history_window_max: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 60
    """Historical requests in it; who comes later waits in a queue that the status shows."""
    history_identical_s: Seconds = 15.0
    """Between two identical historical requests, and after IB has said that there were too many."""
    history_contract_s: Seconds = 2.0
    """Within this time at most `history_contract_max` historical requests concern one contract, exchange and kind."""
    history_contract_max: Annotated[int, msgspec.Meta(ge=1, le=100)] = 5
    """IB allows fewer than six."""
    stop_timeout_s: Seconds = 2.0
    """From SIGTERM to the end of the process; what hangs longer is ended with its traceback in the log."""
    poison_dir: str = ""
    """Where messages that could not be taken apart are kept, one file per kind; empty: only counted and logged."""
    poison_period_s: Seconds = 10.0
    """At most one log line about such messages in this time."""


class ContractConfig(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a symbol is named to IB, where it is not a US stock over SMART."""

    symbol: str = ""
    """IB's symbol if ours is another (`BRK.B` for IB's `BRK B`); empty: the same."""
    sec_type: str = "STK"
    """STK, CASH, FUT, IND ..."""
    exchange: str = "SMART"
    """Where the request goes."""
    primary_exchange: str = ""
    """Tells listings of one name apart: NASDAQ, ARCA, TSE ..."""
    currency: str = "USD"
    """Of the listing."""
    con_id: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] = 0
    """IB's contract id; 0: found by the rest."""
    local_symbol: str = ""
    """The exchange's own name, where the rest is not enough."""
    trading_class: str = ""
    """As IB shows it in the contract's details."""


class StreamConfig(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is streamed."""

    project_id: Annotated[int, msgspec.Meta(ge=0)] = 1
    """Of the project that the symbols belong to."""
    api_mode: Literal["live", "paper", "mock"] = "paper"
    """Which kind of account the gateway must have; another one's prices are shown to nobody."""
    symbols: tuple[str, ...] = ()
    """In a variable or flag with commas between them: `SPY,QQQ,BRK B`."""
    data_limit_s: Annotated[float, msgspec.Meta(ge=2, le=3600)] = 10.0
    """Without a price of any symbol for longer, while the market is open, the stream is `degraded`."""
    heartbeat_timeout_s: Annotated[float, msgspec.Meta(ge=5, le=300)] = 30.0
    """A stream whose heartbeat in the state file is older is `stale` there, which is an alert."""


class FilesConfig(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The JSON files beside the segment."""

    data_root: str = "data/ib"
    """Quotes go to `<data_root>/stream/{symbol}.json`, the status to `_status.json` beside them; locks to `locks`."""
    state_dir: str = "data/state"
    """How long streams have run goes to `<state_dir>/streaming.json`."""
    writes_per_s: Annotated[float, msgspec.Meta(gt=0, le=1000)] = 4.0
    """Of one symbol; the newest always gets written."""
    status_period_s: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    """`_status.json` is written this often, also when nothing happens."""
    fsync: bool = False
    """Whether a file survives a loss of power; costs a disk write each."""
    file_mode: Annotated[int, msgspec.Meta(ge=0o400, le=0o666)] = 0o644
    """Permissions of every file, whatever the umask."""
    retry_s: Seconds = 1.0
    """After a file could not be written (disk full, directory gone)."""


class LogConfig(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is told to stderr or the journal."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """Nothing below it is told."""


class SupervisorConfig(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The process that starts the others and keeps them running."""

    autostart: bool = True
    """Begin a run at once; false: the first `tickring start` does. `tickring run` always begins one."""
    heartbeat_period_s: Seconds = 0.1
    """Its loop looks at every child and stamps the header this often."""
    heartbeat_limit_s: Annotated[float, msgspec.Meta(ge=0.5, le=300)] = 2.0
    """A feeder whose stamp is older than this hangs: it is ended and another one started."""
    child_heartbeat_limit_s: Annotated[float, msgspec.Meta(ge=0.5, le=3600)] = 30.0
    """The same for the other children, which may wait for a disk."""
    start_limit_s: Seconds = 30.0
    """From its start until its first stamp a child may take this long."""
    traceback_s: Seconds = 0.5
    """A child that hangs has this long to leave its stacks in the log, before SIGKILL."""
    restart_first_s: Seconds = 0.5
    """A child that ended is started again at once; its next wait is up to this, doubled for each end that follows."""
    restart_limit_s: Seconds = 30.0
    """No wait is longer than this."""
    good_run_s: Seconds = 60.0
    """A child that ran this long, the feeder with data, is forgiven all ends before."""
    restart_max: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 5
    """More ends than this within `restart_period_s`, and it is only started every `slow_retry_s`."""
    restart_period_s: Seconds = 60.0
    """Over which ends are counted."""
    slow_retry_s: Seconds = 60.0
    """Between the starts of a child that ended too often; for ever, until it has a good run."""
    fence_timeout_s: Seconds = 5.0
    """A feeder that cannot be proven dead within this gets a new segment put in its place."""
    grace_s: Seconds = 3.0
    """From SIGTERM to SIGKILL, on top of the feeder's own `stop_timeout_s`."""
    stop_limit_s: Seconds = 20.0
    """The whole way down takes no longer than this: what still runs then gets SIGKILL."""
    ready_limit_s: Seconds = 30.0
    """A start that is not done within this is declared degraded, and systemd told that the service is up."""
    control_group: str = ""
    """The group whose members may give orders over the control socket; empty: root and the service's user alone."""
    control_connections: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 64
    """Clients of the control socket at a time; beyond it the one that has been silent longest is closed."""
    control_idle_s: Seconds = 300.0
    """A client of the control socket that asks nothing for so long is closed."""
    control_stuck_s: Seconds = 10.0
    """A client of the control socket may take so long to finish one request, or to read one reply."""


class DatabaseConfig(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where projects, snapshots, contracts and the event log lie."""

    url: str = "sqlite:///data/tickring.db"
    """`sqlite:///FILE` (a relative one: of the working directory) or `postgresql://USER@HOST/NAME`, without a
    password."""
    busy_timeout_s: Seconds = 5.0
    """A lock of another process is waited for this long."""
    connect_timeout_s: Seconds = 5.0
    """PostgreSQL: until the connection stands."""
    statement_timeout_s: Seconds = 10.0
    """PostgreSQL: a statement that takes longer is given up."""


class PlannerConfig(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which symbols are streamed, and how often that is asked."""

    origin: Literal["auto", "static", "database", "file", "http", "sql"] = "auto"
    """Where the symbols come from; auto: `stream.symbols` if it names some, else the database."""
    snapshot: Literal["chosen", "latest", "none"] = "chosen"
    """The project's decision snapshot: as `tickring snapshot use` chose it, always the newest, or none (theme only)."""
    decision_snapshot_id: Annotated[int, msgspec.Meta(ge=0)] = 0
    """This snapshot and no other; 0: as `snapshot` says."""
    snapshot_age_limit_s: LongSeconds = 345_600.0
    """The latest snapshot is refused when it was decided longer ago than this; four days span a long weekend."""
    refresh_interval_s: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 30.0
    """The set is asked for again this often."""
    refresh_jitter: Annotated[float, msgspec.Meta(ge=0, le=0.5)] = 0.1
    """Each wait is longer or shorter by up to this part of it, so that several machines do not ask at once."""
    refresh_timeout_s: Seconds = 15.0
    """An answer that takes longer is told as slow; the set stays as it was meanwhile."""
    max_symbols: Annotated[int, msgspec.Meta(ge=1, le=1 << 20)] = 100
    """Positions and working orders are streamed above it too; all else is left out beyond it, and said to be."""
    min_hold_s: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 60.0
    """Whatever was subscribed stays at least this long."""
    unsubscribe_grace_s: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 120.0
    """A symbol wanted no longer is kept for this long, unless another one needs its place."""
    heartbeat_period_s: Seconds = 0.25
    """The planner stamps its line in the header this often."""
    stop_timeout_s: Seconds = 1.0
    """At its end the planner waits this long for the database to take how the run ended."""
    file_path: str = ""
    """Origin file: CSV with a column `symbol`, or JSON; read again when it changes."""
    http_url: str = ""
    """Origin http: answers GET with JSON as the file has it."""
    http_token_file: str = ""
    """Origin http: holds the bearer token to send; empty: none is sent."""
    http_timeout_s: Seconds = 10.0
    """Origin http: for the whole answer."""
    sql_url: str = ""
    """Origin sql: the database to ask, as `database.url`; it is opened for reading only."""
    sql_query: str = ""
    """Origin sql: one SELECT; the first column is the symbol."""
    answer_limit_bytes: Annotated[int, msgspec.Meta(ge=1024, le=1 << 28)] = 8 << 20
    """Origins file and http: nothing longer is read."""


class SessionsConfig(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When markets are open."""

    days: Annotated[int, msgspec.Meta(ge=1, le=60)] = 7
    """So many days ahead are computed and sent to the feeder."""
    always_open: bool = False
    """Every market counts as open: for a simulated gateway that trades day and night."""
    extended_hours: bool = False
    """Pre-market and post-market count as open, where the calendar has them (US stocks)."""
    calendars: tuple[str, ...] = ()
    """Exchanges with another calendar than the one built in, or with none: `HKFE=XHKG`, by IB's exchange code."""


class SimulatorConfig(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The gateway that `tickring run` starts itself when none is named."""

    always_open: bool = True
    """Trading day and night; false: the exchange's calendar."""
    seed: int = 1
    """Another number, another market."""
    sample_s: Annotated[float, msgspec.Meta(ge=0.001, le=60)] = 0.25
    """Each symbol is looked at for changes this often."""
    lines: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 100
    """Market data lines of all clients."""
    generated: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
    """So many more listings SIM00001, SIM00002, ..."""
    max_server_version: Annotated[int, msgspec.Meta(ge=157, le=226)] = 200
    """From 201 on the session is partly protobuf."""


class Config(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole."""

    segment: SegmentConfig = SegmentConfig()
    gateway: GatewayConfig = GatewayConfig()
    feeder: FeederConfig = FeederConfig()
    stream: StreamConfig = StreamConfig()
    files: FilesConfig = FilesConfig()
    log: LogConfig = LogConfig()
    supervisor: SupervisorConfig = SupervisorConfig()
    database: DatabaseConfig = DatabaseConfig()
    planner: PlannerConfig = PlannerConfig()
    sessions: SessionsConfig = SessionsConfig()
    simulator: SimulatorConfig = SimulatorConfig()
    contracts: dict[str, ContractConfig] = {}
    """By our symbol, for those that need more than their name."""
