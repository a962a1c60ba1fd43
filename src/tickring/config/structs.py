"""Every setting with its range and its default. Times are in seconds, sizes in bytes, rates per second.

A process takes its configuration once, at the start, and hands on the part that each module needs. Whatever waits,
retries or gives up does so after a time that stands here, so that tests may run at a tenth.
"""

from typing import Annotated, Literal

import msgspec

__all__ = [
    "Config",
    "ContractConfig",
    "FeederConfig",
    "FilesConfig",
    "GatewayConfig",
    "LogConfig",
    "SegmentConfig",
    "SimulatorConfig",
    "StreamConfig",
    "SupervisorConfig",
]

Seconds = Annotated[float, msgspec.Meta(gt=0, le=86_400)]
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
    messages_per_s: Annotated[float, msgspec.Meta(gt=0, le=1000)] = 45.0
    """Requests to the gateway; IB closes connections that send more than 50."""
    resolve_timeout_s: Seconds = 10.0
    """An unanswered reqContractDetails is sent again after this."""
    subscribe_timeout_s: Seconds = 15.0
    """A reqMktData that has brought nothing, not even an error, is cancelled and sent again after this."""
    retry_s: Seconds = 60.0
    """A refused subscription or an unresolved symbol is tried again after this."""
    stop_timeout_s: Seconds = 2.0
    """From SIGTERM to the end of the process."""
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


class FilesConfig(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The JSON files beside the segment."""

    data_root: str = "data/ib"
    """Quotes go to `<data_root>/stream/{symbol}.json`, the status to `_status.json` beside them."""
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

    heartbeat_period_s: Seconds = 0.1
    """Its loop looks at every child and stamps the header this often."""
    restart_first_s: Seconds = 0.5
    """Wait before a child that ended is started again; doubled for each end that follows within `good_run_s`."""
    restart_limit_s: Seconds = 30.0
    """No wait is longer than this."""
    good_run_s: Seconds = 60.0
    """A child that ran this long starts again after the first wait."""
    fence_timeout_s: Seconds = 5.0
    """A feeder that cannot be proven dead within this gets a new segment put in its place."""
    grace_s: Seconds = 3.0
    """From SIGTERM to SIGKILL, on top of the feeder's own `stop_timeout_s`."""


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
    simulator: SimulatorConfig = SimulatorConfig()
    contracts: dict[str, ContractConfig] = {}
    """By our symbol, for those that need more than their name."""
