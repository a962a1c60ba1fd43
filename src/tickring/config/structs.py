"""Every setting with its range and its default. Times are in seconds, sizes in bytes, rates per second.

A process takes its configuration once, at the start, and hands on the part that each module needs. Whatever waits,
retries or gives up does so after a time that stands here, so that tests may run at a tenth.
"""

from typing import Annotated, Literal

import msgspec

from tickring.config.alerts_section import AlertsConfig
from tickring.config.api_section import ApiConfig
from tickring.config.feeder_section import FeederConfig
from tickring.config.gateway_section import GatewayConfig
from tickring.config.liveness_section import LivenessConfig
from tickring.config.section import LongSeconds, Seconds, Section
from tickring.config.websocket_section import WebSocketConfig

__all__ = [
    "AlertsConfig",
    "ApiConfig",
    "Config",
    "ContractConfig",
    "DatabaseConfig",
    "FeederConfig",
    "FilesConfig",
    "GatewayConfig",
    "LivenessConfig",
    "LogConfig",
    "PlannerConfig",
    "SegmentConfig",
    "SessionsConfig",
    "SimulatorConfig",
    "StreamConfig",
    "SupervisorConfig",
    "WebSocketConfig",
]


class SegmentConfig(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
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


class ContractConfig(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
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


class StreamConfig(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is streamed."""

    project_id: Annotated[int, msgspec.Meta(ge=0)] = 1
    """Of the project that the symbols belong to."""
    api_mode: Literal["live", "paper", "mock"] = "paper"
    """Which kind of account the gateway must have; another one's prices are shown to nobody."""
    symbols: tuple[str, ...] = ()
    """In a variable or flag with commas between them: `SPY,QQQ,BRK B`."""
    data_limit_s: Annotated[float, msgspec.Meta(ge=2, le=3600)] = 10.0
    """Without a price of any symbol for longer, while the market is open, the stream is `degraded`."""
    stream_health_timeout_s: Annotated[float, msgspec.Meta(ge=2, le=3600)] = 30.0
    """Without a price of any symbol for longer, while the market is open, the stream's health is `stale`."""
    heartbeat_timeout_s: Annotated[float, msgspec.Meta(ge=5, le=300)] = 30.0
    """A stream whose heartbeat in the state file is older is `stale` there, which is an alert."""


class FilesConfig(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
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


class LogConfig(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is told to stderr or the journal."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """Nothing below it is told."""
    format: Literal["auto", "text", "json"] = "auto"
    """`auto`: JSON where stderr is systemd's journal, text for people elsewhere."""
    repeats_per_minute: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 3
    """The same line is told so often within a minute, and then as a number; 0: every time."""


class SupervisorConfig(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
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
    disk_free_min_bytes: Annotated[int, msgspec.Meta(ge=0)] = 256 << 20
    """Less room than this where the files lie is told as a full disk; 0: only what cannot be written is."""
    lock_wait_s: Annotated[float, msgspec.Meta(gt=0, le=10)] = 2.0
    """The loop waits so long for the disk of a run's lock: then the start is refused, or the end leaves it alone."""
    disk_stuck_s: Seconds = 15.0
    """A disk that does not answer for so long, or files that nobody has written meanwhile, count as a full one."""
    control_group: str = ""
    """The group whose members may give orders over the control socket; empty: root and the service's user alone."""
    control_connections: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 64
    """Clients of the control socket at a time; beyond it the one that has been silent longest is closed."""
    control_idle_s: Seconds = 300.0
    """A client of the control socket that asks nothing for so long is closed."""
    control_stuck_s: Seconds = 10.0
    """A client of the control socket may take so long to finish one request, or to read one reply."""


class DatabaseConfig(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
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


class PlannerConfig(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
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
    read_positions: bool = True
    """Positions and working orders are read from the gateway; false: the database has those that others write."""
    positions_period_s: Seconds = 30.0
    """All of them are asked for this often, which renews their age; a changed position is told at once."""
    contract_age_limit_s: LongSeconds = 604_800.0
    """A contract that the gateway told longer ago is asked again while its market is closed, after twice this also
    while it is open."""
    contract_period_s: Seconds = 2.0
    """Between two such questions, and those about contracts of which hours and tick size are not known yet."""
    contract_retry_s: LongSeconds = 3600.0
    """A question about a contract that brought no single answer is asked again after this."""
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


class SessionsConfig(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When markets are open."""

    days: Annotated[int, msgspec.Meta(ge=1, le=60)] = 7
    """So many days ahead are computed and sent to the feeder."""
    always_open: bool = False
    """Every market counts as open: for a simulated gateway that trades day and night."""
    extended_hours: bool = False
    """Pre-market and post-market count as open, where the calendar has them (US stocks)."""
    calendars: tuple[str, ...] = ()
    """Exchanges with another calendar than the one built in, or with none: `HKFE=XHKG`, by IB's exchange code."""


class SimulatorConfig(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
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


class Config(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole."""

    segment: SegmentConfig = SegmentConfig()
    gateway: GatewayConfig = GatewayConfig()
    feeder: FeederConfig = FeederConfig()
    liveness: LivenessConfig = LivenessConfig()
    stream: StreamConfig = StreamConfig()
    files: FilesConfig = FilesConfig()
    log: LogConfig = LogConfig()
    supervisor: SupervisorConfig = SupervisorConfig()
    database: DatabaseConfig = DatabaseConfig()
    planner: PlannerConfig = PlannerConfig()
    sessions: SessionsConfig = SessionsConfig()
    simulator: SimulatorConfig = SimulatorConfig()
    alerts: AlertsConfig = AlertsConfig()
    api: ApiConfig = ApiConfig()
    websocket: WebSocketConfig = WebSocketConfig()
    contracts: dict[str, ContractConfig] = msgspec.field(default_factory=dict[str, ContractConfig])
    """By our symbol, for those that need more than their name."""
