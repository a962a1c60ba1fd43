"""What goes through the supervisor's control socket: requests, replies and the report on everything, as plain structs.

Used by the supervisor, which answers, and by whoever asks: command line, api. Times are ISO 8601 in UTC
(`tickring.iso_time`), durations seconds. Unknown keys of a later release are ignored.
"""

from __future__ import annotations

import msgspec

from tickring.alerter_status import AlerterStatus
from tickring.config.structs import ContractConfig
from tickring.episodes import Episode
from tickring.feeder_answers import ContractAnswer
from tickring.feeder_status import FeederStatus
from tickring.job_lock import LockHolder

__all__ = [
    "PROTOCOL_VERSION",
    "AlertTest",
    "AlertTestAsked",
    "AskContract",
    "ChildReport",
    "ContractAsked",
    "ContractFetched",
    "Done",
    "EpisodeList",
    "Episodes",
    "FetchContract",
    "LockHolder",
    "Refusal",
    "Reload",
    "Reloaded",
    "Reply",
    "ReplyBody",
    "Request",
    "RequestBody",
    "Restart",
    "RunReport",
    "SimulatorAnswer",
    "SimulatorCommand",
    "Start",
    "Started",
    "Status",
    "Stop",
    "Stopped",
    "StreamReport",
    "Subscribe",
    "SupervisorReport",
    "Transition",
    "Unsubscribe",
]

PROTOCOL_VERSION = 1


# ---- requests ----


class Status(msgspec.Struct, frozen=True, tag="status"):
    """Tell everything: answered by `SupervisorReport`."""


class Start(msgspec.Struct, frozen=True, kw_only=True, tag="start"):
    """Begin a run: answered by `Started`, or refused with `ib_stream_lock_busy`. None: as configured."""

    project_id: int | None = None
    decision_snapshot_id: int | None = None
    refresh_interval_s: float | None = None
    max_symbols: int | None = None
    symbols: tuple[str, ...] | None = None
    by: str = ""
    """Who asks, for the record: `cli`, `api`."""


class Stop(msgspec.Struct, frozen=True, kw_only=True, tag="stop"):
    """End the run; supervisor, segment and files stay. Answered by `Stopped`, also when nothing ran."""

    by: str = ""


class Restart(msgspec.Struct, frozen=True, tag="restart"):
    """End a child and start it again at once. Answered by `Done`."""

    child: str


class Subscribe(msgspec.Struct, frozen=True, tag="subscribe"):
    """Stream these too, until the run ends. Answered by `Done`; the report tells how far each is."""

    symbols: dict[str, ContractConfig]


class Unsubscribe(msgspec.Struct, frozen=True, tag="unsubscribe"):
    """Stream these no longer. Answered by `Done`."""

    symbols: tuple[str, ...]


class Reload(msgspec.Struct, frozen=True, tag="reload"):
    """Read the configuration again. Answered by `Reloaded`."""


class AskContract(msgspec.Struct, frozen=True, tag="ask_contract"):
    """Have the feeder ask the gateway what is behind this description. Answered by `ContractAsked`."""

    symbol: str
    """Ours."""
    contract: ContractConfig


class FetchContract(msgspec.Struct, frozen=True, tag="fetch_contract"):
    """Tell what the gateway has answered. Answered by `ContractFetched`."""

    question: int


class Episodes(msgspec.Struct, frozen=True, tag="episodes"):
    """Tell what has opened or closed after that sequence: answered by `EpisodeList`. 0: everything that is known."""

    since: int = 0


class AlertTest(msgspec.Struct, frozen=True, tag="alert_test"):
    """Have the alerter send a message that says it is a test. Answered by `AlertTestAsked`."""

    sink: str = ""
    """One address, as the report names it; empty: every one."""


class SimulatorCommand(msgspec.Struct, frozen=True, tag="simulator"):
    """Hand a command to the embedded simulator; refused unless the prices are mock. Answered by `SimulatorAnswer`."""

    do: str
    values: dict[str, str | int | float | bool | None] = {}


RequestBody = (
    Status
    | Start
    | Stop
    | Restart
    | Subscribe
    | Unsubscribe
    | Reload
    | AskContract
    | FetchContract
    | Episodes
    | AlertTest
    | SimulatorCommand
)


class Request(msgspec.Struct, frozen=True):
    """One frame to the supervisor."""

    id: int
    """Comes back in the reply."""
    body: RequestBody
    version: int = PROTOCOL_VERSION


# ---- what a report consists of ----


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the stream's state machine."""

    sequence: int
    at: str
    state: str
    status: str
    cause: str
    """In words."""
    code: str
    """A stable word for programs: `heartbeat_lost`, `gateway_lost` ..."""


class StreamReport(msgspec.Struct, frozen=True, kw_only=True):
    """How the stream is, in the three vocabularies of docs/states.md."""

    state: str
    status: str
    """`connected`, `degraded` or `disconnected`."""
    mode: str
    """`STREAM` or `POLL`."""
    health: str
    """`running`, `stale` or `not_running`."""
    since: str
    since_s: float
    cause: str
    code: str
    transitions: tuple[Transition, ...] = ()
    """The newest last."""


class RunReport(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the stream, from start to stop."""

    run_id: str
    started_at: str
    by: str
    project_id: int
    decision_snapshot_id: int | None = None
    symbols: int = 0
    """Wanted."""


class ChildReport(msgspec.Struct, frozen=True, kw_only=True):
    """One child. None: it does not run, or cannot be told."""

    name: str
    state: str
    """`tickring.states.RunState`."""
    pid: int | None = None
    uptime_s: float | None = None
    restarts: int = 0
    heartbeat_age_s: float | None = None
    heartbeat_limit_s: float | None = None
    cpu_percent: float | None = None
    rss_bytes: int | None = None
    threads: int | None = None
    open_files: int | None = None
    last_exit: str | None = None
    """In words: how the life before ended."""
    starts_in_s: float | None = None
    """Until the next start, where it waits for one."""


# ---- replies ----


class SupervisorReport(msgspec.Struct, frozen=True, kw_only=True, tag="report"):
    """Everything the supervisor knows, as of `at`."""

    at: str
    pid: int
    started_at: str
    uptime_s: float
    version: str
    segment: str
    data_root: str
    api_mode: str
    epoch: int
    stream: StreamReport
    run: RunReport | None
    children: tuple[ChildReport, ...]
    feeder: FeederStatus | None
    gateway: str
    """`HOST:PORT`."""
    is_embedded: bool
    """The gateway is our own simulator."""
    notes: tuple[str, ...] = ()
    """What an operator should know: retrying slowly, configuration that waits for a restart ..."""
    alerter: AlerterStatus | None = None
    """As the alerter wrote last; None: there is none."""


class Started(msgspec.Struct, frozen=True, tag="started"):
    """The run has begun; whether it streams tells the report."""

    run_id: str


class Stopped(msgspec.Struct, frozen=True, tag="stopped"):
    """Nothing runs now; `run_id` is what ended, None if nothing ran."""

    run_id: str | None = None


class Reloaded(msgspec.Struct, frozen=True, kw_only=True, tag="reloaded"):
    """Names of settings."""

    applied: tuple[str, ...] = ()
    needs_restart: tuple[str, ...] = ()


class ContractAsked(msgspec.Struct, frozen=True, tag="contract_asked"):
    """The question is on its way; its answer is there within `feeder.resolve_timeout_s`."""

    question: int


class ContractFetched(msgspec.Struct, frozen=True, tag="contract_fetched"):
    """None: there is no answer yet."""

    answer: ContractAnswer | None = None


class EpisodeList(msgspec.Struct, frozen=True, kw_only=True, tag="episodes"):
    """Episodes of feeder and supervisor in one sequence, and what is needed to judge them."""

    book: str
    """Another one than in the answer before: another supervisor, whose sequence begins anew."""
    sequence: int
    """Of the newest change: what to ask for next."""
    episodes: tuple[Episode, ...] = ()
    """As of their last change, in its order; `sequence` is this list's."""
    forgotten: int = 0
    """The newest end that is kept no longer. Who had heard less has missed some; `since` 0 tells what is open."""
    untold: int = 0
    """Episodes that found no place, because so many were open."""
    status: str
    """Of the stream: `connected`, `degraded` or `disconnected`."""
    is_run_on: bool
    in_session: bool | None = None
    """Whether the market of any wanted symbol is open; None: not known."""
    test: int = 0
    """The number of the newest test message that was asked for."""
    test_sink: str = ""


class AlertTestAsked(msgspec.Struct, frozen=True, tag="alert_test"):
    """The alerter sends it with its next look; the report's `alerter.tests` tells what became of it."""

    number: int


class SimulatorAnswer(msgspec.Struct, frozen=True, tag="simulator"):
    """The simulator's own answer, as JSON."""

    result: msgspec.Raw = msgspec.Raw(b"{}")


class Done(msgspec.Struct, frozen=True, tag="done"):
    """It is done, or under way as the report tells."""

    text: str = ""


class Refusal(msgspec.Struct, frozen=True, kw_only=True, tag="refusal"):
    """It was not done."""

    code: str
    """Stable: `ib_stream_lock_busy`, `bad_request`, `unknown_child`, `no_run`, `not_mock`, `not_permitted` ..."""
    message: str
    next_step: str
    holder: LockHolder | None = None


ReplyBody = (
    SupervisorReport
    | Started
    | Stopped
    | Reloaded
    | ContractAsked
    | ContractFetched
    | EpisodeList
    | AlertTestAsked
    | SimulatorAnswer
    | Done
    | Refusal
)


class Reply(msgspec.Struct, frozen=True):
    """One frame from the supervisor."""

    id: int
    """Of the request; 0 if that could not be read."""
    body: ReplyBody
    version: int = PROTOCOL_VERSION
