"""Outages as a person is told of them: reset times, deadlines, farms, clocks, codes; events in any order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.config.structs import GatewayConfig
from tickring.episodes import EpisodeBook, EpisodeKind, Severity
from tickring.feeder.clock_check import ClockCheck, ClockSkew
from tickring.feeder.error_counts import ErrorCounts
from tickring.feeder.farm_table import FarmTable, name_of_farm
from tickring.feeder.gateway_outage import GatewayOutage
from tickring.feeder.reset_times import REGIONS, ResetTimes
from tickring.feeder_status import OTHER_CODES

CONFIG = GatewayConfig()
S = 1_000_000_000
MOMENTS_S = st.integers(1_700_000_000, 1_900_000_000)
NEW_YORK, ZURICH, HONG_KONG = (ZoneInfo(name) for name in ("America/New_York", "Europe/Zurich", "Asia/Hong_Kong"))


def ns(*moment: int, zone: ZoneInfo) -> int:
    """A time of day somewhere, as ns since 1970."""
    return int(datetime(*moment, tzinfo=zone).timestamp()) * S  # type: ignore[misc,arg-type]


# ---- reset times -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("region", "moment", "zone", "is_expected"),
    [
        ("north_america", (2026, 3, 4, 23, 50), NEW_YORK, True),
        ("north_america", (2026, 3, 5, 0, 30), NEW_YORK, True),
        ("north_america", (2026, 3, 5, 1, 45), NEW_YORK, False),
        ("north_america", (2026, 3, 5, 9, 31), NEW_YORK, False),
        ("north_america", (2026, 3, 7, 2, 59), NEW_YORK, True),  # Saturday morning, the weekend's reset
        ("north_america", (2026, 3, 8, 2, 30), NEW_YORK, False),  # the next night
        ("europe", (2026, 3, 4, 6, 30), ZURICH, True),
        ("europe", (2026, 3, 4, 8, 0), ZURICH, False),
        ("europe", (2026, 7, 3, 23, 30), NEW_YORK, True),
        ("asia", (2026, 3, 4, 5, 0), HONG_KONG, True),
        ("asia", (2026, 3, 4, 20, 30), HONG_KONG, True),
        ("asia", (2026, 3, 4, 12, 0), HONG_KONG, False),
    ],
)
def test_reset_times_are_those_of_the_region(
    region: str, moment: tuple[int, ...], zone: ZoneInfo, is_expected: bool
) -> None:
    """By the clock of the place, in summer and winter, over midnight and over the weekend."""
    assert (ResetTimes(region).end_ns(ns(*moment, zone=zone)) is not None) is is_expected


@given(st.sampled_from(sorted(REGIONS)), MOMENTS_S)
def test_a_window_lasts_until_its_end(region: str, moment_s: int) -> None:
    """Whatever the moment: the end lies ahead, by less than six hours, and the last second before it is still in."""
    resets = ResetTimes(region)
    end_ns = resets.end_ns(moment_s * S)
    if end_ns is not None:
        assert moment_s * S < end_ns < (moment_s + 6 * 3600) * S
        assert resets.end_ns(end_ns - S) is not None


def test_no_day_is_all_reset() -> None:
    """Over a year, with both changes of the clock, each region is expected to work nine tenths of the time."""
    hours = [datetime(2026, 1, 1, 0, 7, tzinfo=UTC) + timedelta(minutes=20 * place) for place in range(72 * 365)]
    for region in REGIONS:
        resets = ResetTimes(region)
        expected = sum(resets.end_ns(int(hour.timestamp()) * S) is not None for hour in hours)
        assert 0.03 < expected / len(hours) < 0.17


# ---- how bad it is ---------------------------------------------------------------------------------------------------


def test_an_outage_by_day_is_a_warning_and_then_critical() -> None:
    """Outside the reset times nothing delays the deadline."""
    outage = GatewayOutage(CONFIG, ResetTimes("north_america"))
    noon_ns = ns(2026, 3, 4, 12, 0, zone=NEW_YORK)
    assert outage.lost(0.0, noon_ns)
    before = outage.severity
    assert before is Severity.WARNING
    assert not outage.lost(10.0, noon_ns + 10 * S)
    assert not outage.has_become_critical(299.0, noon_ns + 299 * S)
    assert outage.has_become_critical(300.0, noon_ns + 300 * S)
    assert not outage.has_become_critical(301.0, noon_ns + 301 * S)
    assert outage.severity is Severity.CRITICAL


def test_an_outage_in_a_reset_is_expected_until_its_deadline() -> None:
    """At night: a note; critical ten minutes after the end of the window, and not later."""
    outage = GatewayOutage(CONFIG, ResetTimes("north_america"))
    begin_ns = ns(2026, 3, 5, 0, 15, zone=NEW_YORK)
    outage.lost(0.0, begin_ns)
    assert outage.severity is Severity.INFO
    deadline_s = 90 * 60 + 600
    assert not outage.has_become_critical(deadline_s - 1.0, begin_ns + (deadline_s - 1) * S)
    assert outage.has_become_critical(float(deadline_s), begin_ns + deadline_s * S)


def test_an_outage_that_runs_into_a_reset_waits_for_its_end_once() -> None:
    """What broke just before the window is not critical in the middle of it, and never waits for another window."""
    outage = GatewayOutage(CONFIG, ResetTimes("asia"))
    begin_ns = ns(2026, 3, 4, 4, 26, zone=HONG_KONG)
    outage.lost(0.0, begin_ns)
    assert outage.severity is Severity.WARNING
    assert not outage.has_become_critical(300.0, begin_ns + 300 * S)
    end_s = (2 * 60 + 19) * 60 + 600
    assert outage.has_become_critical(float(end_s), begin_ns + end_s * S)


@given(
    st.sampled_from(sorted(REGIONS)),
    MOMENTS_S,
    st.lists(st.tuples(st.floats(0.1, 3000.0), st.sampled_from(["lost", "answered", "check"])), max_size=60),
)
def test_every_outage_becomes_critical_once_or_ends(
    region: str, moment_s: int, events: list[tuple[float, str]]
) -> None:
    """Whenever it begins: critical at most once, never later than the longest window and its grace allow."""
    outage = GatewayOutage(CONFIG, ResetTimes(region))
    start_ns = moment_s * S
    now_s, began_s, times = 0.0, None, 0
    for step_s, event in events:
        now_s += step_s
        now_ns = start_ns + int(now_s * S)
        if event == "lost":
            assert outage.lost(now_s, now_ns) is (began_s is None)
            began_s = now_s if began_s is None else began_s
        elif event == "answered":
            outage.answered()
            began_s, times = None, 0
        elif outage.has_become_critical(now_s, now_ns):
            times += 1
            assert began_s is not None
            assert now_s - began_s >= CONFIG.outage_critical_s
        if event == "check" and began_s is not None and now_s - began_s > 300 + 4 * 3600 + 600:
            assert outage.severity is Severity.CRITICAL
        assert times <= 1
        assert (outage.severity is None) is (began_s is None)


def test_an_episode_that_gets_worse_is_news_once() -> None:
    """The same episode under its own id, with another severity; closed ones and repetitions are no news."""
    book = EpisodeBook("feeder-1")
    kind, scope = EpisodeKind.GATEWAY_LOST, "gateway"
    opened = book.open(kind, scope, cause="refused", severity=Severity.INFO, now_s=0.0, now_ns=0)
    worse = book.worsen(kind, scope, Severity.CRITICAL)
    assert opened is not None
    assert worse is not None
    assert (worse.episode_id, worse.severity, worse.cause) == (opened.episode_id, Severity.CRITICAL, "refused")
    assert book.since(opened.sequence) == [worse]
    assert book.worsen(kind, scope, Severity.CRITICAL) is None
    book.close(kind, scope, now_s=1.0, now_ns=S)
    assert book.worsen(kind, scope, Severity.CRITICAL) is None


# ---- farms -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Market data farm connection is OK:usfarm", "usfarm"),
        ("Market data farm connection is broken:usfarm.nj", "usfarm.nj"),
        ("HMDS data farm connection is inactive but should be available upon demand.ushmds", "ushmds"),
        ("Market data farm connection is inactive but should be available upon demand.usfarm.nj", "usfarm.nj"),
        ("Sec-def data farm connection is OK: secdefil ", "secdefil"),
        ("Market data farm is connecting:eufarm", "eufarm"),
        ("Verbindung unterbrochen", ""),
        ("", ""),
        (":" + "x" * 200, ""),
    ],
)
def test_a_farm_is_known_by_the_end_of_its_notice(text: str, name: str) -> None:
    """After the colon, or after the full stop where IB writes one; other languages name none."""
    assert name_of_farm(text) == name


def test_twenty_flaps_are_one_outage() -> None:
    """A farm that flaps is out until it has been well for a while."""
    farms = FarmTable(15.0)
    begun, over, now_s = 0, 0, 0.0
    for _ in range(20):
        begun += farms.notice(2103, "broken:usfarm", now_s) is not None
        over += len(farms.recovered(now_s))
        now_s += 3.0
        farms.notice(2104, "OK:usfarm", now_s)
        over += len(farms.recovered(now_s + 11.9))
        now_s += 12.0
    assert (begun, over) == (1, 0)
    assert farms.farms["usfarm"].outages == 20
    assert farms.recovered(now_s + 3.0) == ["usfarm"]
    assert farms.recovered(now_s + 100.0) == []


CODES = st.sampled_from([2103, 2104, 2105, 2106, 2107, 2108, 2110, 2119, 2157, 2158, 1100, 7])
NAMES = st.one_of(st.sampled_from(["usfarm", "eufarm", "ushmds", ""]), st.from_regex(r"[a-z]{3,5}", fullmatch=True))


@given(st.lists(st.tuples(st.floats(0.0, 40.0), CODES, NAMES), max_size=200))
def test_every_outage_of_a_farm_begins_and_ends_once(events: list[tuple[float, int, str]]) -> None:
    """Whatever is told of whom: begin and end come in turn, only a broken farm is out, and the table is bounded."""
    farms, now_s, out = FarmTable(15.0), 0.0, set[str]()
    for step_s, code, name in events:
        now_s += step_s
        broken = farms.notice(code, f"a farm:{name}" if name else "a farm", now_s)
        if broken is not None:
            assert code in {2103, 2105, 2157}
            assert broken.name not in out
            out.add(broken.name)
        recovered = farms.recovered(now_s)
        assert set(recovered) <= out
        out -= set(recovered)
        assert farms.outages() == sorted(out)
        assert len(farms.farms) <= 64
        assert all(farms.farms[one].word != "broken" for one in recovered)


# ---- clocks ----------------------------------------------------------------------------------------------------------


@given(st.floats(-500.0, 500.0), st.floats(0.0, 8.0), st.floats(0.0, 8.0), st.floats(0.0, 1e6))
def test_the_true_skew_lies_in_the_range(skew_s: float, there_s: float, back_s: float, asked_s: float) -> None:
    """However slow the answer: the range holds the truth, and no finding is made of clocks that agree."""
    check, wall_s = ClockCheck(300.0, 0.0), 1_700_000_000.0 + asked_s
    check.asked(asked_s, wall_s)
    gateway_s = int(wall_s + there_s + skew_s)
    took_s = there_s + back_s
    skew = check.answered(gateway_s, asked_s + took_s, wall_s + took_s)
    assert skew is not None
    assert skew.low_s - 1e-3 <= skew_s <= skew.high_s + 1e-3
    assert not skew.exceeds(abs(skew_s) + 1e-3)
    if abs(skew_s) > 2.0 + 1.0 + took_s:
        assert skew.exceeds(2.0)


@given(
    st.floats(-20.0, 20.0),
    st.lists(st.tuples(st.floats(0.1, 25.0), st.sampled_from(["ask", "ask", "answer", "lose"])), max_size=60),
)
def test_answers_that_come_late_or_never_make_no_skew(skew_s: float, events: list[tuple[float, str]]) -> None:
    """Questions may stay without an answer and answers may be late: what is said holds the truth all the same."""
    check, now_s, asked = ClockCheck(300.0, 0.0), 0.0, list[float]()
    for step_s, event in events:
        now_s += step_s
        if event == "ask":
            check.asked(now_s, now_s)
            asked.append(now_s)
        elif event == "lose" or not asked or now_s - asked[0] > 59.0:
            asked = asked[1:]
        else:
            skew = check.answered(int(asked.pop(0) + skew_s + 1000) - 1000, now_s, now_s)
            if skew is not None:
                assert skew.low_s - 1e-6 <= skew_s <= skew.high_s + 1e-6


def test_a_clock_that_is_set_amid_a_question_spoils_it() -> None:
    """A step of this machine's own clock is no skew of the gateway's; neither is an answer that nobody asked for."""
    check = ClockCheck(300.0, 0.0)
    assert check.is_due(0.0)
    assert check.answered(1000, 1.0, 1000.0) is None
    check.asked(1.0, 1000.0)
    assert not check.is_due(300.9)
    assert check.is_due(301.0)
    assert check.answered(1000, 1.1, 1090.1) is None
    check.asked(301.0, 2000.0)
    assert check.answered(2000, 301.2, 2000.2) == ClockSkew(pytest.approx(-0.2), pytest.approx(1.0))  # type: ignore[arg-type]


# ---- codes -----------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 200), max_size=500))
def test_every_error_is_counted_and_the_table_is_bounded(codes: list[int]) -> None:
    """Nothing is lost of the sum; codes beyond the first 64 share a line."""
    counts = ErrorCounts()
    for code in codes:
        counts.count(code)
    assert sum(counts.by_code.values()) == len(codes)
    assert len(counts.by_code) <= 65
    assert (OTHER_CODES in counts.by_code) is (len(set(codes)) > 64)
