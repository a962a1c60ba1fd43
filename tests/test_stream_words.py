"""The one table behind all words of the stream: docs/states.md against the code, and what `connected` promises."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickring.feeder_status import FeederStatus
from tickring.reader import ReaderStatus
from tickring.states import ApiMode, Connection, RunState
from tickring.stream_facts import StreamFacts, facts_from
from tickring.stream_words import StreamWords, stream_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAGE = Path(__file__).parent.parent / "docs" / "states.md"
AT_WORK = {RunState.STARTING, RunState.RUNNING, RunState.DEGRADED}
NEVER = float("inf")

GOOD = StreamFacts(
    is_run_on=True,
    supervisor_state=RunState.RUNNING,
    feeder_state=RunState.RUNNING,
    connection=Connection.CONNECTED,
    is_epoch_taken=True,
    is_superseded=False,
    supervisor_heartbeat_age_s=0.1,
    heartbeat_age_s=0.1,
    heartbeat_limit_s=1.0,
    data_age_s=0.5,
    data_limit_s=10.0,
    in_session=True,
    desired=2,
    confirmed=2,
    on_fallback=0,
    silent=0,
    degraded_share=0.1,
)

# ---- the page against the code ---------------------------------------------------------------------------------------


def feeder_is_lost(facts: StreamFacts) -> bool:
    """As the page explains it."""
    return (
        facts.heartbeat_age_s > facts.heartbeat_limit_s or not facts.is_epoch_taken or facts.feeder_state not in AT_WORK
    )


CONDITIONS: dict[str, Callable[[StreamFacts], bool]] = {
    "no segment": lambda facts: False,  # noqa: ARG005 - these facts are of a segment; `None` is tested alone
    "superseded": lambda facts: facts.is_superseded,
    "supervisor failed": lambda facts: facts.supervisor_state == "failed",
    "run off": lambda facts: not (facts.is_run_on and facts.supervisor_state in AT_WORK),
    "feeder lost": feeder_is_lost,
    "supervisor silent": lambda facts: facts.supervisor_heartbeat_age_s > facts.heartbeat_limit_s,
    "supervisor starting": lambda facts: facts.supervisor_state == "starting",
    "feeder starting": lambda facts: facts.feeder_state == "starting",
    "gateway suspect": lambda facts: facts.connection == "suspect",
    "gateway away": lambda facts: facts.connection != "connected",
    "no data yet": lambda facts: facts.data_age_s == NEVER,
    "nothing wanted": lambda facts: facts.desired == 0,
    "market closed": lambda facts: facts.in_session is not None and not facts.in_session,
    "part degraded": lambda facts: "degraded" in (facts.supervisor_state, facts.feeder_state),
    "fallback only": lambda facts: facts.confirmed == 0 and (facts.on_fallback > 0 or facts.rotated > 0),
    "none confirmed": lambda facts: facts.confirmed == 0,
    "data old": lambda facts: facts.data_age_s > facts.data_limit_s,
    "much on fallback": lambda facts: facts.on_fallback > 0 and facts.on_fallback >= facts.desired / 10,
    "much silent": lambda facts: facts.silent > 0 and facts.silent >= facts.desired / 10,
    "fallback in use": lambda facts: facts.on_fallback > 0,
    "some silent": lambda facts: facts.silent > 0,
    "some unconfirmed": lambda facts: facts.confirmed + facts.rotated < facts.desired,
    "some rotated": lambda facts: facts.rotated > 0,
    "else": lambda facts: True,  # noqa: ARG005
}
"""What the page's conditions mean, said a second time."""


def cells_of(line: str) -> list[str]:
    """The cells of a line of a table, without the marks of code."""
    return [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]


def page_rows() -> list[tuple[list[str], StreamWords]]:
    """The page's table: conditions and words of each row."""
    lines = PAGE.read_text().splitlines()
    start = lines.index("| when | state | status | mode | health | code | cause |") + 2
    rows: list[tuple[list[str], StreamWords]] = []
    for line in itertools.takewhile(lambda line: line.startswith("|"), lines[start:]):
        when, *words = cells_of(line)
        rows.append((when.split(" and "), StreamWords(*words)))  # type: ignore[arg-type]
    return rows


def every_combination() -> Iterator[StreamFacts]:
    """Every value of every word with every side of every limit."""
    counts = [
        *((0, 0, 0, 0, 0), (2, 0, 0, 0, 0), (2, 2, 0, 0, 0), (2, 1, 0, 0, 0), (2, 0, 1, 0, 0), (2, 1, 1, 0, 0)),
        *((0, 1, 0, 0, 0), (20, 19, 1, 1, 0), (20, 18, 2, 2, 0), (20, 18, 0, 2, 0), (20, 19, 0, 1, 0)),
        *((20, 18, 1, 2, 0), (20, 10, 0, 0, 10), (20, 9, 1, 0, 10), (20, 9, 0, 1, 10), (20, 9, 0, 0, 10)),
        *((20, 0, 0, 0, 20), (20, 8, 2, 0, 10)),
    ]
    flags = itertools.product((True, False), repeat=4)
    for is_run_on, is_epoch_taken, is_beating, is_supervised in flags:
        for supervisor, feeder, connection in itertools.product(RunState, RunState, Connection):
            for is_superseded, in_session, data_age_s, count in itertools.product(
                (False, True) if supervisor is RunState.RUNNING else (False,),
                (True, False, None),
                (10.0, 10.1, NEVER),
                counts,
            ):
                yield StreamFacts(
                    is_run_on,
                    supervisor,
                    feeder,
                    connection,
                    is_epoch_taken,
                    is_superseded,
                    0.0 if is_supervised else 1.1,
                    1.0 if is_beating else 1.1,
                    1.0,
                    data_age_s,
                    10.0,
                    in_session,
                    *count[:4],
                    rotated=count[4],
                )


@pytest.mark.timeout(300)
def test_the_page_says_what_the_code_does_for_every_combination() -> None:
    """The first row of docs/states.md whose conditions hold is the row that the code returns, and every row is met."""
    rows = page_rows()
    judged = [([CONDITIONS[phrase] for phrase in when], words) for when, words in rows]
    met: set[StreamWords] = {stream_words(None)}
    for facts in every_combination():
        expected = next(words for holds, words in judged if all(one(facts) for one in holds))
        found = stream_words(facts)
        assert found == expected, facts
        met.add(found)
    assert stream_words(None) == rows[0][1]
    assert rows[0][0] == ["no segment"]
    assert met == {words for _when, words in rows}


def test_the_page_explains_every_condition() -> None:
    """A phrase of the table has its line below, and there is no line for one that is not used."""
    lines = PAGE.read_text().splitlines()
    start = lines.index("| condition | holds when |") + 2
    explained = [cells_of(line)[0] for line in itertools.takewhile(lambda line: line.startswith("|"), lines[start:])]
    assert {*explained, "else"} == {phrase for when, _words in page_rows() for phrase in when} == set(CONDITIONS)


def test_codes_are_stable_words_and_tell_rows_apart() -> None:
    """Small letters and `_`, each once."""
    codes = [words.code for _when, words in page_rows()]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z][a-z_]+", code) for code in codes)


# ---- what the words promise ------------------------------------------------------------------------------------------

_AGES = st.one_of(st.floats(min_value=0, max_value=100), st.just(NEVER), st.just(float("nan")))
_COUNTS = st.integers(-1, 5)
_FACTS = st.builds(
    StreamFacts,
    is_run_on=st.booleans(),
    supervisor_state=st.sampled_from(RunState),
    feeder_state=st.sampled_from(RunState),
    connection=st.sampled_from(Connection),
    is_epoch_taken=st.booleans(),
    is_superseded=st.booleans(),
    supervisor_heartbeat_age_s=_AGES,
    heartbeat_age_s=_AGES,
    heartbeat_limit_s=st.floats(min_value=0.05, max_value=300),
    data_age_s=_AGES,
    data_limit_s=st.floats(min_value=0.1, max_value=60),
    in_session=st.sampled_from([True, False, None]),
    desired=_COUNTS,
    confirmed=_COUNTS,
    on_fallback=_COUNTS,
    silent=_COUNTS,
    degraded_share=st.floats(min_value=0.01, max_value=1),
    rotated=_COUNTS,
)
_NEARLY_GOOD = st.sets(st.sampled_from(StreamFacts._fields), max_size=3).flatmap(
    lambda changed: _FACTS.map(lambda drawn: GOOD._replace(**{name: getattr(drawn, name) for name in changed}))
)


@settings(max_examples=600)
@given(facts=_FACTS | _NEARLY_GOOD)
def test_connected_is_never_said_without_proof(facts: StreamFacts) -> None:
    """No combination without data within the limit of session time reports `connected`, nor one without its process."""
    if stream_words(facts).status != "connected":
        return
    assert facts.is_run_on
    assert not facts.is_superseded
    assert facts.is_epoch_taken
    assert facts.heartbeat_age_s <= facts.heartbeat_limit_s
    assert facts.connection is Connection.CONNECTED
    assert facts.desired > 0
    assert facts.in_session is False or facts.data_age_s <= facts.data_limit_s
    assert facts.in_session is False or facts.confirmed > 0
    for many in (facts.on_fallback, facts.silent):
        assert facts.in_session is False or many <= 0 or many < facts.degraded_share * facts.desired


@settings(max_examples=600)
@given(facts=_FACTS | _NEARLY_GOOD)
def test_the_three_vocabularies_never_contradict_each_other(facts: StreamFacts) -> None:
    """`disconnected` is `not_running` and the reverse; `POLL` only while fallback serves; `stale` is `degraded`."""
    words = stream_words(facts)
    assert (words.status == "disconnected") == (words.health == "not_running")
    if words.health == "stale":
        assert words.status == "degraded"
    if words.mode == "POLL":
        assert facts.confirmed <= 0 < max(facts.on_fallback, facts.rotated)
        assert facts.connection is Connection.CONNECTED


@pytest.mark.parametrize(
    ("change", "state", "status"),
    [
        ({}, "streaming", "connected"),
        ({"in_session": None}, "streaming", "connected"),
        ({"data_age_s": 10.01}, "silent", "degraded"),
        ({"data_age_s": 10.01, "in_session": None}, "silent", "degraded"),
        ({"data_age_s": NEVER, "in_session": False}, "closed", "connected"),
        ({"connection": Connection.DISCONNECTED}, "gateway_lost", "degraded"),
        ({"connection": Connection.CONNECTING, "data_age_s": NEVER}, "connecting", "degraded"),
        ({"confirmed": 0, "on_fallback": 2}, "fallback", "degraded"),
        ({"confirmed": 1, "on_fallback": 1}, "mixed", "degraded"),
        ({"confirmed": 49, "desired": 50, "on_fallback": 1, "silent": 1}, "mixed", "connected"),
        ({"confirmed": 49, "desired": 50, "silent": 1}, "partial", "connected"),
        ({"confirmed": 45, "desired": 50, "silent": 5}, "mixed", "degraded"),
        ({"confirmed": 1}, "partial", "connected"),
        ({"confirmed": 100, "desired": 140, "rotated": 40}, "mixed", "connected"),
        ({"confirmed": 100, "desired": 140, "rotated": 39}, "partial", "connected"),
        ({"confirmed": 100, "desired": 140, "rotated": 26, "on_fallback": 14}, "mixed", "degraded"),
        ({"confirmed": 0, "desired": 140, "rotated": 140}, "fallback", "degraded"),
        ({"feeder_state": RunState.STOPPED}, "feeder_lost", "degraded"),
        ({"heartbeat_age_s": 1.01}, "feeder_lost", "degraded"),
        ({"heartbeat_age_s": 1.01, "supervisor_heartbeat_age_s": 1.01}, "service_lost", "disconnected"),
        ({"supervisor_heartbeat_age_s": NEVER}, "streaming", "connected"),
        ({"supervisor_state": RunState.DEGRADED}, "impaired", "degraded"),
        ({"is_run_on": False}, "stopped", "disconnected"),
        ({"supervisor_state": RunState.STOPPED}, "stopped", "disconnected"),
    ],
)
def test_what_one_change_makes_of_a_good_stream(change: dict[str, object], state: str, status: str) -> None:
    """Each thing that goes wrong has its own state."""
    words = stream_words(GOOD._replace(**change))  # type: ignore[arg-type]
    assert (words.state, words.status) == (state, status)


# ---- where the facts come from ---------------------------------------------------------------------------------------

HEADER = ReaderStatus(
    path="",
    segment_id="",
    layout_version=1,
    segment_bytes=0,
    capacity=1,
    depth=4,
    active_symbols=0,
    epoch=7,
    feeder_epoch=7,
    supervisor_state=RunState.RUNNING,
    feeder_state=RunState.RUNNING,
    connection=Connection.CONNECTED,
    api_mode=ApiMode.MOCK,
    gateway_api_mode=ApiMode.MOCK,
    is_superseded=False,
    supervisor_pid=1,
    supervisor_heartbeat_age_s=0.2,
    feeder_pid=2,
    heartbeat_age_s=0.5,
    heartbeat_limit_s=1.0,
    vouch_limit_s=10.0,
    children=(),
    counters={},
    histograms={},
    reader_stats={},
)
TOLD = FeederStatus(
    epoch=7,
    pid=2,
    written_at="",
    desired=3,
    confirmed=2,
    last_data_mono_ns=5_000_000_000,
    fallback={"SPY": "ib_snapshot", "QQQ": "ib_snapshot"},
    rotated_served=1,
    silent=1,
    degraded_share=0.5,
    in_session=True,
)


def test_facts_are_taken_from_header_and_feeder() -> None:
    """Each from its own place."""
    facts = facts_from(HEADER, TOLD, data_limit_s=3.0, now_mono_ns=7_500_000_000)
    assert facts == StreamFacts(
        is_run_on=True,
        supervisor_state=RunState.RUNNING,
        feeder_state=RunState.RUNNING,
        connection=Connection.CONNECTED,
        is_epoch_taken=True,
        is_superseded=False,
        supervisor_heartbeat_age_s=0.2,
        heartbeat_age_s=0.5,
        heartbeat_limit_s=1.0,
        data_age_s=2.5,
        data_limit_s=3.0,
        in_session=True,
        desired=3,
        confirmed=2,
        on_fallback=1,
        silent=1,
        degraded_share=0.5,
        rotated=1,
    )


def test_what_an_earlier_life_of_the_feeder_said_is_no_fact() -> None:
    """After a restart nothing is confirmed and no data has come, whatever still stands in the file."""
    facts = facts_from(HEADER._replace(epoch=8, feeder_epoch=8), TOLD)
    assert facts is not None
    assert facts == facts_from(HEADER, None)
    assert (facts.data_age_s, facts.desired, facts.confirmed, facts.on_fallback) == (NEVER, 0, 0, 0)
    assert facts.in_session is None


def test_the_callers_own_knowledge_goes_first() -> None:
    """Whether a run is on and whether it is session time; without it, header and feeder are believed."""
    facts = facts_from(HEADER, TOLD, is_run_on=False, in_session=False)
    assert facts is not None
    assert (facts.is_run_on, facts.in_session) == (False, False)
    stopped = facts_from(HEADER._replace(supervisor_state=RunState.STOPPED), TOLD)
    assert stopped is not None
    assert not stopped.is_run_on
    assert facts_from(None, TOLD) is None
