"""The page of the benchmarks: goals held against a run, numbers as people read them, absent peers named."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from bench._harness.machine import describe_machine
from bench._harness.results import Answer, Noise, Peer, Row, Run, Table
from bench._harness.statistics import SPREAD, compare, percentile, summarise
from bench._report import document
from bench._report.goals import goals_of
from bench._report.markdown import as_markdown
from bench._report.numbers import duration, quantity

QUIET = Noise(0.1, 0.0, 0.5, 0.0, [], 10.0, 10.1)


def _row(contender: str, way: str, ns: float) -> Row:
    return Row(contender, way, {"median": ns, "p10": ns * 0.9, "p90": ns * 1.1}, 50)


def _run(noise: Noise = QUIET) -> Run:
    """A run in which tickring reads in 100 ns and LMDB in 1,400 ns; everything else is missing."""
    rows = [
        _row("lmdb", "begin, get, abort", 1_400.0),
        _row("tickring", "by handle", 100.0),
        _row("tickring", "without a verdict (twin build)", 80.0),
    ]
    tables = [
        compare(Table(name, name, "ns", list(SPREAD), list(rows)), ("tickring", "by handle"))
        for name in ("changed", "unchanged")
    ]
    peers = [
        Peer("tickring", "tickring", "tickring 0", "handles", "", None),
        Peer("lmdb", "LMDB in tmpfs", "lmdb 1", "transactions", "verdict", None),
        Peer("manager", "Manager", "", "", "", "manager not found; pip install manager"),
    ]
    machine = describe_machine()
    answer = Answer("read_one_quote", "Reading?", False, 1.0, machine, noise, peers, tables, {}, ["A note."])
    return Run("make bench", "today", "abc", 60.0, [answer], {"value_a_book": "it ended with 1"})


def test_goals_are_met_missed_or_not_measured() -> None:
    """A goal is never called met without its numbers."""
    goals = {goal.goal: goal for goal in goals_of(_run())}
    states = [goal.state for goal in goals.values()]
    assert goals["read: at least 15x faster than LMDB"][1:3] == ("14.0x", "**missed**")
    assert [goal.measured for goal in goals.values() if goal.state == "met"] == ["1.25x"]
    assert states.count("not measured") == len(states) - 2


def test_ratio_is_to_the_reference_row() -> None:
    """The reference reads 1; what takes 14 times as long reads 14; the fastest stands first."""
    table = _run().answers[0].tables[0]
    assert [row.ratio for row in table.rows] == [pytest.approx(0.8), 1.0, 14.0]


def test_page_names_caveats_first_then_goals_absent_and_failed() -> None:
    """What the numbers do not show stands above every number; what is not there is named."""
    page = as_markdown(_run(), {"read_one_quote": ["benchmarks/read.svg"]})
    order = [
        "make bench",
        "do not show",
        "## Goals",
        "## Contenders",
        "pip install manager",
        "read.svg",
        "it ended with 1",
    ]
    places = [page.index(text) for text in order]
    assert places == sorted(places)
    assert "BUSY" not in page
    assert "BUSY" in as_markdown(_run(Noise(3.0, 120.0, 90.0, 0.0, ["pytest (pid 7) 90 %"], 10.0, 10.0)), {})


def test_kept_run_makes_the_same_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--from` gives the page again, from the JSON beside it; without matplotlib there are just no pictures."""

    def no_pictures(_run: Run, _directory: Path) -> dict[str, list[str]]:
        raise ImportError("No module named 'matplotlib'")

    monkeypatch.setattr(document, "draw", no_pictures)
    document.write_document(_run(), tmp_path)
    page = (tmp_path / "benchmarks.md").read_text()
    kept = msgspec.json.decode((tmp_path / "benchmarks" / "run.json").read_bytes(), type=Run)
    document.write_document(kept, tmp_path)
    assert (tmp_path / "benchmarks.md").read_text() == page


def test_speed_that_changed_is_told_apart_from_neighbours() -> None:
    """A neighbour on the host shows in nothing but the speed of an empty loop."""
    assert not QUIET.is_busy
    changed = Noise(0.0, 0.0, 0.0, 0.0, [], 10.0, 13.0)
    assert changed.is_unsteady
    assert not changed.is_busy
    assert not QUIET.is_unsteady
    assert "changed its speed" in as_markdown(_run(changed), {})


def test_numbers() -> None:
    """Three digits and a unit; percentiles between two samples are interpolated."""
    assert [duration(ns) for ns in (9.5, 74.06, 999.9, 1_930, 12e6, 1.2e9)] == [
        "9.50 ns",
        "74.1 ns",
        "1.00 µs",
        "1.93 µs",
        "12.0 ms",
        "1.20 s",
    ]
    assert [quantity(value) for value in (0, 950, 12_345, 3.4e6)] == ["0", "950", "12.3 k", "3.40 M"]
    assert percentile([1.0, 2.0, 3.0, 4.0], 50.0) == 2.5
    assert summarise([3.0, 1.0, 2.0], SPREAD) == {"median": 2.0, "p10": 1.2, "p90": 2.8}
