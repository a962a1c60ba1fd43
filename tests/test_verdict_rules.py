"""The verdict against an independent model (tests/verdict_model.py), whole groups of inputs multiplied out.

Every record against typical feeds, every feed against typical records; together more than a million cases.
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.verdict_model import (
    CLOCK_TOLERANCE_NS,
    CONNECTION_NUMBER,
    DATA_TYPE_NUMBER,
    EPOCH,
    FIELD_BIT,
    LIMIT_NS,
    MODE_NUMBER,
    NOW_NS,
    PRICES,
    RULES,
    RUN_STATE_NUMBER,
    SOURCE_NUMBER,
    STATE_NUMBER,
    Case,
    expected,
    judged,
)
from tickring.states import ApiMode, Connection, DataType, Field, QuoteState, RunState, Source
from tickring.verdict import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum

ROOT = Path(__file__).parent.parent
LAYOUT_H = ROOT / "src" / "tickring" / "native" / "layout.h"
VERDICTS_MD = ROOT / "docs" / "verdicts.md"


def check_all(bases: Iterable[Case], **axes: list[object]) -> set[Reason]:
    """Compare core and model over the product of the axes on every base; return the reasons that were met."""
    met: set[Reason] = set()
    names = list(axes)
    for base in bases:
        for values in itertools.product(*axes.values()):
            changes: dict[str, Any] = dict(zip(names, values, strict=True))
            case = base._replace(**changes)
            answer = judged(case)
            if answer != expected(case):
                pytest.fail(f"{case}\n  the core says {answer}\n  the table says {expected(case)}")
            met.add(answer[1])
    return met


STAMPS: list[object] = [
    NOW_NS - 1,
    NOW_NS - LIMIT_NS - 1,  # old
    0,  # never
    -1,
    NOW_NS + CLOCK_TOLERANCE_NS + 1,  # from the future
]
LIMITS: list[object] = [LIMIT_NS, 0, -1]
EPOCHS: list[object] = [EPOCH, EPOCH + 1, 0]
MODE_WORDS: list[object] = [*MODE_NUMBER]
ACCEPTED: list[object] = [
    frozenset(some)
    for size in range(5)
    for some in itertools.combinations([*list(ApiMode)[1:], "unknown number 31"], size)
]

MOCK = Case(
    record_mode=ApiMode.MOCK,
    supervisor_mode=ApiMode.MOCK,
    feeder_mode=ApiMode.MOCK,
    accepted=frozenset({ApiMode.MOCK}),
)

OF_THE_FEED = {Reason.SUPERSEDED, Reason.SUPERVISOR_STATE, Reason.NO_FEEDER, Reason.FEEDER_STATE, Reason.HEARTBEAT}
NOT_FROM_A_RECORD = {
    *(Reason.RETIRED, Reason.UNKNOWN_SYMBOL, Reason.OVERTAKEN),
    *(Reason.TOO_OLD, Reason.NO_BID, Reason.NO_ASK, Reason.NO_MID),
}


def test_every_record_is_judged_as_the_table_says() -> None:
    """Every combination of what a record holds, under good, mock, cut-off and dead feeds, gets the table's verdict."""
    feeds = [Case(), MOCK, Case(connection=Connection.SUSPECT), Case(heartbeat_ns=NOW_NS - LIMIT_NS - 1)]
    met = check_all(
        feeds,
        state=[*STATE_NUMBER],
        source=[*SOURCE_NUMBER],
        data_type=[*DATA_TYPE_NUMBER],
        record_epoch=[EPOCH & 0xFFFF, 8, 0],
        has=[PRICES, FIELD_BIT[Field.CLOSE]],
        vouched_ns=STAMPS,
        vouch_limit_ns=LIMITS[:2],
        is_newest=[True, False],
    )
    assert met == set(Reason) - NOT_FROM_A_RECORD - OF_THE_FEED - {Reason.OTHER_API_MODE} | {Reason.HEARTBEAT}


def test_every_feed_is_judged_as_the_table_says() -> None:
    """Every combination of what the header lines say, with a live and a closed record, gets the table's verdict."""
    records = [Case(), Case(state=QuoteState.CLOSED, data_type=DataType.FROZEN)]
    met = check_all(
        records,
        is_superseded=[False, True],
        supervisor_state=[*RUN_STATE_NUMBER],
        feeder_state=[*RUN_STATE_NUMBER],
        connection=[*CONNECTION_NUMBER],
        supervisor_epoch=EPOCHS,
        feeder_epoch=EPOCHS,
        heartbeat_ns=STAMPS,
        heartbeat_limit_ns=LIMITS[:2],
    )
    assert met == OF_THE_FEED | {Reason.VOUCHED, Reason.MARKET_CLOSED, Reason.OLD_EPOCH, Reason.CONNECTION}


def test_every_set_of_account_kinds_is_judged_as_the_table_says() -> None:
    """A price is shown only where both lines and the record itself name a kind of account that the reader accepts."""
    met = check_all(
        [Case(), Case(is_newest=False), Case(feeder_state=RunState.STOPPED)],
        supervisor_mode=MODE_WORDS,
        feeder_mode=MODE_WORDS,
        record_mode=[*ApiMode],
        accepted=ACCEPTED,
        source=[Source.IB_STREAM, Source.IB_SNAPSHOT, Source.SAMPLE, Source.NONE],
        has=[PRICES, FIELD_BIT[Field.CLOSE], 0],
    )
    assert met == {
        *(Reason.VOUCHED, Reason.OTHER_API_MODE, Reason.NO_PRICE, Reason.NOT_NEWEST, Reason.FEEDER_STATE),
        *(Reason.SOURCE, Reason.FROM_SNAPSHOT),
    }


def test_every_set_of_values_is_judged_as_the_table_says() -> None:
    """Bid, ask or last alone make a price; sizes, close, open, high, low and times do not."""
    met = check_all(
        [Case(), Case(connection=Connection.DISCONNECTED)], has=[*range(1 << len(Field))], is_newest=[True, False]
    )
    assert met == {Reason.VOUCHED, Reason.CONNECTION, Reason.NOT_NEWEST, Reason.NO_PRICE}


def test_every_proof_is_judged_as_the_table_says() -> None:
    """A proof counts within a limit that is set, in every state and data type; a closed market alone needs none."""
    near = [
        0,
        1,
        CLOCK_TOLERANCE_NS - 1,
        CLOCK_TOLERANCE_NS,
        CLOCK_TOLERANCE_NS + 1,
        LIMIT_NS - 1,
        LIMIT_NS,
        LIMIT_NS + 1,
    ]
    met = check_all(
        [Case(state=state, data_type=data_type) for state in STATE_NUMBER for data_type in DATA_TYPE_NUMBER],
        vouched_ns=[-1, 0, 1, *sorted({NOW_NS + sign * offset for offset in near for sign in (-1, 1)})],
        vouch_limit_ns=[*LIMITS, 1],
        heartbeat_ns=[NOW_NS, *STAMPS[1:3]],
    )
    assert {Reason.NOT_VOUCHED, Reason.VOUCHED, Reason.HEARTBEAT, Reason.MARKET_CLOSED} < met


# ---- limits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stamp", "limit", "reason"),
    [("heartbeat_ns", "heartbeat_limit_ns", Reason.HEARTBEAT), ("vouched_ns", "vouch_limit_ns", Reason.NOT_VOUCHED)],
)
@pytest.mark.parametrize("limit_ns", [1, LIMIT_NS, NOW_NS - 1])
def test_a_stamp_counts_up_to_its_limit_and_not_a_nanosecond_longer(
    stamp: str, limit: str, reason: Reason, limit_ns: int
) -> None:
    """A proof exactly as old as the limit is good, one nanosecond older is not; so for the future's tolerance."""

    def reason_at(stamp_ns: int) -> Reason:
        changes: dict[str, Any] = {stamp: stamp_ns, limit: limit_ns}
        return judged(Case()._replace(**changes))[1]

    assert reason_at(NOW_NS - limit_ns) is Reason.VOUCHED
    assert reason_at(NOW_NS - limit_ns - 1) is reason
    assert reason_at(NOW_NS + CLOCK_TOLERANCE_NS) is Reason.VOUCHED
    assert reason_at(NOW_NS + CLOCK_TOLERANCE_NS + 1) is reason
    assert reason_at(2**63 - 1) is reason
    assert reason_at(-(2**63)) is reason


@pytest.mark.parametrize("limit", ["heartbeat_limit_ns", "vouch_limit_ns"])
def test_the_largest_limit_does_not_overflow(limit: str) -> None:
    """With the largest limit that fits, the oldest stamp still counts, and one from the future still does not."""
    stamp = {"heartbeat_limit_ns": "heartbeat_ns", "vouch_limit_ns": "vouched_ns"}[limit]
    oldest: dict[str, Any] = {limit: 2**63 - 1, stamp: 1}
    assert judged(Case()._replace(**oldest))[0] is Verdict.LIVE
    from_the_future: dict[str, Any] = {limit: 2**63 - 1, stamp: NOW_NS + CLOCK_TOLERANCE_NS + 1}
    assert judged(Case()._replace(**from_the_future))[0] is not Verdict.LIVE


# ---- words and numbers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "members"),
    [
        ("TR_STATES", QuoteState),
        ("TR_SOURCES", Source),
        ("TR_DATA_TYPES", DataType),
        ("TR_API_MODES", ApiMode),
        ("TR_RUN_STATES", RunState),
        ("TR_CONNECTIONS", Connection),
        ("TR_VERDICTS", Verdict),
        ("TR_REASONS", Reason),
        ("TR_FIELDS", Field),
    ],
)
def test_the_numbers_of_the_words_are_their_places_in_the_list(table: str, members: type[StrEnum]) -> None:
    """`list(Verdict)[number]` is the word that native/layout.h gives that number, and so for every kind of word."""
    text = LAYOUT_H.read_text()
    block = re.search(rf"#define {table}\(X\)((?:.*\\\n)+.*\n)", text)
    assert block is not None
    rows = re.findall(r"X\((\d+), \w+, \"(\w+)\"\)", block[1])
    assert [(int(number), word) for number, word in rows] == list(enumerate(members))


def test_the_documented_rules_stand_in_this_order() -> None:
    """The table of docs/verdicts.md names the verdicts and reasons of the rules in the order in which they apply."""
    rows = re.findall(r"^\| \d+ \| .* \| `(\w+)` \| `(\w+)` \|$", VERDICTS_MD.read_text(), re.MULTILINE)
    of_a_record = [row for row in rows if row[1] not in {"overtaken", "unknown_symbol", "retired"}]
    assert len(rows) - len(of_a_record) == 3
    assert of_a_record == list(dict.fromkeys((str(verdict), str(reason)) for _, verdict, reason in RULES))
