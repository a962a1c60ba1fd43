"""The verdict as an ordered table of rules, the first that applies counts: a model to hold the native core against.

It speaks in words and evidence, the core in numbers; `judged` translates one `Case` and asks the core.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tickring import _core
from tickring.states import ApiMode, Connection, DataType, Field, QuoteState, RunState, Source
from tickring.verdict import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import StrEnum

NOW_NS = 3_600_000_000_000
LIMIT_NS = 2_000_000_000
CLOCK_TOLERANCE_NS = 1_000_000  # how far in the future a stamp may lie and still count as now (native/verdict.h)
EPOCH = 0x1_0007  # its low 16 bits travel in records
FIELD_BIT = {field: 1 << number for number, field in enumerate(Field)}


class Case(NamedTuple):
    """Everything a verdict depends on. Words that this release does not know are plain strings."""

    state: str = QuoteState.LIVE
    source: str = Source.IB_STREAM
    data_type: str = DataType.REALTIME
    record_epoch: int = EPOCH & 0xFFFF
    has: int = FIELD_BIT[Field.BID] | FIELD_BIT[Field.ASK]
    record_mode: str = ApiMode.LIVE
    is_newest: bool = True
    vouched_ns: int = NOW_NS - 1
    vouch_limit_ns: int = LIMIT_NS
    is_superseded: bool = False
    supervisor_state: str = RunState.RUNNING
    feeder_state: str = RunState.RUNNING
    connection: str = Connection.CONNECTED
    supervisor_epoch: int = EPOCH
    feeder_epoch: int = EPOCH
    heartbeat_ns: int = NOW_NS - 1
    heartbeat_limit_ns: int = LIMIT_NS
    supervisor_mode: str = ApiMode.LIVE
    feeder_mode: str = ApiMode.LIVE
    accepted: frozenset[str] = frozenset({ApiMode.LIVE})


# ---- the model -------------------------------------------------------------------------------------------------------

PRICES = FIELD_BIT[Field.BID] | FIELD_BIT[Field.ASK] | FIELD_BIT[Field.LAST]


def is_fresh(stamp_ns: int, limit_ns: int) -> bool:
    """Stamped at all, a limit is set, no older than it, and not from the future."""
    return stamp_ns > 0 and limit_ns > 0 and -CLOCK_TOLERANCE_NS <= NOW_NS - stamp_ns <= limit_ns


RULES: list[tuple[Callable[[Case], bool], Verdict, Reason]] = [
    # nothing that this reader may show
    (lambda c: not {c.supervisor_mode, c.feeder_mode} <= c.accepted, Verdict.MISSING, Reason.OTHER_API_MODE),
    (lambda c: c.has != 0 and c.record_mode not in c.accepted, Verdict.MISSING, Reason.OTHER_API_MODE),
    (lambda c: not c.has & PRICES, Verdict.MISSING, Reason.NO_PRICE),
    (lambda c: not c.is_newest, Verdict.PAST, Reason.NOT_NEWEST),
    # the feed as a whole
    (lambda c: c.is_superseded, Verdict.FEED_DOWN, Reason.SUPERSEDED),
    (
        lambda c: c.supervisor_state not in {"starting", "running", "degraded"},
        Verdict.FEED_DOWN,
        Reason.SUPERVISOR_STATE,
    ),
    (lambda c: not c.supervisor_epoch == c.feeder_epoch != 0, Verdict.FEED_DOWN, Reason.NO_FEEDER),
    (lambda c: c.feeder_state not in {"running", "degraded"}, Verdict.FEED_DOWN, Reason.FEEDER_STATE),
    (lambda c: not is_fresh(c.heartbeat_ns, c.heartbeat_limit_ns), Verdict.FEED_DOWN, Reason.HEARTBEAT),
    # this symbol: old news
    (lambda c: c.record_epoch != c.feeder_epoch & 0xFFFF, Verdict.STALE, Reason.OLD_EPOCH),
    (lambda c: c.connection != "connected", Verdict.STALE, Reason.CONNECTION),
    (lambda c: c.state in {"empty", "pending"}, Verdict.STALE, Reason.NOT_CONFIRMED),
    (lambda c: c.state == "stale", Verdict.STALE, Reason.MARKED_STALE),
    (lambda c: c.state == "no_permission", Verdict.STALE, Reason.NO_PERMISSION),
    (lambda c: c.state == "competing_session", Verdict.STALE, Reason.COMPETING_SESSION),
    (lambda c: c.state == "unresolved", Verdict.STALE, Reason.UNRESOLVED),
    (lambda c: c.state not in {"live", "quiet", "closed", "fallback"}, Verdict.STALE, Reason.UNKNOWN_STATE),
    # this symbol: where it came from
    (lambda c: c.source == "ib_snapshot", Verdict.FALLBACK, Reason.FROM_SNAPSHOT),
    (lambda c: c.source == "ib_history", Verdict.FALLBACK, Reason.FROM_HISTORY),
    (lambda c: c.source not in {"ib_stream", "sample"}, Verdict.STALE, Reason.SOURCE),
    (lambda c: c.source == "sample" and c.record_mode != "mock", Verdict.STALE, Reason.SOURCE),
    (lambda c: c.state == "fallback", Verdict.FALLBACK, Reason.IN_FALLBACK),
    (
        lambda c: c.data_type not in {"realtime", "delayed", "frozen", "delayed_frozen"},
        Verdict.STALE,
        Reason.DATA_TYPE,
    ),
    (lambda c: "frozen" in c.data_type and c.state != "closed", Verdict.STALE, Reason.DATA_TYPE),
    (
        lambda c: c.state != "closed" and not is_fresh(c.vouched_ns, c.vouch_limit_ns),
        Verdict.STALE,
        Reason.NOT_VOUCHED,
    ),
    (lambda c: "delayed" in c.data_type, Verdict.DELAYED, Reason.DELAYED_DATA),
    (lambda c: c.state == "closed", Verdict.CLOSED, Reason.MARKET_CLOSED),
    (lambda c: c.state == "quiet", Verdict.QUIET, Reason.QUIET_NAME),
    (lambda _: True, Verdict.LIVE, Reason.VOUCHED),
]


def expected(case: Case) -> tuple[Verdict, Reason]:
    """What the table says."""
    return next((verdict, reason) for applies, verdict, reason in RULES if applies(case))


# ---- the core --------------------------------------------------------------------------------------------------------

UNKNOWN_NUMBERS = {"unknown number 31": 31, "unknown number 32": 32, "unknown number 201": 201}


def numbers(members: type[StrEnum]) -> dict[str, int]:
    """Word to number: the place in the list, and numbers that no member has."""
    return {**{str(word): number for number, word in enumerate(members)}, **UNKNOWN_NUMBERS}


STATE_NUMBER, SOURCE_NUMBER, DATA_TYPE_NUMBER = numbers(QuoteState), numbers(Source), numbers(DataType)
RUN_STATE_NUMBER, CONNECTION_NUMBER, MODE_NUMBER = numbers(RunState), numbers(Connection), numbers(ApiMode)


def judged(case: Case) -> tuple[Verdict, Reason]:
    """What the core says."""
    return _core.judge(
        (
            STATE_NUMBER[case.state],
            SOURCE_NUMBER[case.source],
            DATA_TYPE_NUMBER[case.data_type],
            case.record_epoch,
            case.has,
            MODE_NUMBER[case.record_mode],
        ),
        (
            case.supervisor_epoch,
            case.feeder_epoch,
            case.heartbeat_ns,
            case.heartbeat_limit_ns,
            case.vouch_limit_ns,
            RUN_STATE_NUMBER[case.supervisor_state],
            RUN_STATE_NUMBER[case.feeder_state],
            CONNECTION_NUMBER[case.connection],
            MODE_NUMBER[case.supervisor_mode],
            MODE_NUMBER[case.feeder_mode],
            int(case.is_superseded),
        ),
        case.vouched_ns,
        NOW_NS,
        sum(1 << MODE_NUMBER[mode] for mode in case.accepted),
        case.is_newest,
    )
