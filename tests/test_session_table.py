"""The table of sessions that the feeder asks: pure, small, and silent about what it does not know."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.session_table import MarketPhase, OpenSpan, SessionTable, SessionTables

TABLE = SessionTable(
    calendar="XHKG",
    from_ns=0,
    until_ns=1000,
    spans=(
        OpenSpan(100, 200, "2026-11-23"),
        OpenSpan(300, 400, "2026-11-23"),
        OpenSpan(600, 650, "2026-11-24", MarketPhase.PRE),
        OpenSpan(650, 800, "2026-11-24"),
    ),
)


@pytest.mark.parametrize(
    ("at_ns", "is_open", "next_ns"),
    [
        (-1, None, 0), (0, False, 100), (99, False, 100), (100, True, 200), (199, True, 200), (200, False, 300),
        (350, True, 400), (400, False, 600), (600, True, 800), (649, True, 800), (650, True, 800), (799, True, 800),
        (800, False, 1000), (999, False, 1000), (1000, None, None), (5000, None, None),
    ],
)  # fmt: skip
def test_a_moment_is_open_closed_or_unknown(at_ns: int, is_open: bool | None, next_ns: int | None) -> None:
    """The opening belongs to a session, the close does not; spans that touch are one; outside nothing is known."""
    assert TABLE.is_open(at_ns) is is_open
    assert TABLE.next_change(at_ns) == next_ns
    assert bool(TABLE.reason(at_ns)) is (is_open is None)


def test_the_span_says_phase_and_trading_day() -> None:
    """Pre-market is told from regular hours."""
    span = TABLE.span_at(620)
    assert span is not None
    assert (span.phase, span.session) == (MarketPhase.PRE, "2026-11-24")
    assert TABLE.span_at(500) is None


def test_a_table_that_could_not_be_computed_is_neither_open_nor_closed() -> None:
    """It fails closed: None with the reason, at every moment."""
    table = SessionTable(calendar="", from_ns=0, until_ns=1000, unknown="exchange 'XYZ' has no calendar here")
    for at_ns in (-5, 0, 500, 1000):
        assert table.is_open(at_ns) is None
        assert table.next_change(at_ns) is None
        assert table.reason(at_ns) == "exchange 'XYZ' has no calendar here"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"spans": (OpenSpan(300, 400, "b"), OpenSpan(100, 200, "a"))}, "overlaps"),
        ({"spans": (OpenSpan(100, 301, "a"), OpenSpan(300, 400, "b"))}, "overlaps"),
        ({"spans": (OpenSpan(100, 100, "a"),)}, "is empty"),
        ({"spans": (OpenSpan(-1, 100, "a"),)}, "outside"),
        ({"spans": (OpenSpan(900, 1001, "a"),)}, "outside"),
        ({"unknown": "why"}, "has no spans"),
        ({"until_ns": -1, "spans": ()}, "lies before"),
    ],
)
def test_a_table_that_contradicts_itself_cannot_be_made_nor_received(changed: dict[str, object], message: str) -> None:
    """Neither by a slip in the planner nor by a damaged message."""
    with pytest.raises(ValueError, match=message):
        msgspec.structs.replace(TABLE, **changed)
    plain = {**msgspec.to_builtins(TABLE), **msgspec.to_builtins(changed)}
    with pytest.raises(msgspec.ValidationError, match=message):
        msgspec.json.decode(msgspec.json.encode(plain), type=SessionTable)


def test_a_message_has_each_table_once_and_comes_back_whole() -> None:
    """Symbols share tables; a place that is not there is refused."""
    other = SessionTable(calendar="XNYS", from_ns=0, until_ns=10)
    message = SessionTables(tables=(TABLE, other), of_symbol={"700": 0, "5": 0, "SPY": 1})
    for codec in (msgspec.json, msgspec.msgpack):
        again = codec.decode(codec.encode(message), type=SessionTables)
        assert again == message
        assert again.of("700") is again.of("5") is again.tables[0]
    assert message.of("QQQ") is None
    with pytest.raises(ValueError, match="SPY goes by table 2, there are 2"):
        SessionTables(tables=(TABLE, other), of_symbol={"SPY": 2})


@given(
    edges=st.lists(st.integers(0, 500), unique=True, max_size=12).map(sorted),
    at_ns=st.integers(-10, 520),
)
def test_the_next_change_is_the_first_other_answer(edges: list[int], at_ns: int) -> None:
    """Whatever the spans, looking moment by moment finds the same."""
    spans = tuple(OpenSpan(a, b, "d") for a, b in zip(edges[::2], edges[1::2], strict=False))
    table = SessionTable(calendar="X", from_ns=0, until_ns=510, spans=spans)
    now = table.is_open(at_ns)
    assert now is (
        None if not 0 <= at_ns < 510 else any(a <= at_ns < b for a, b in zip(edges[::2], edges[1::2], strict=False))
    )
    expected = next((t for t in range(at_ns + 1, 512) if table.is_open(t) is not now), None)
    assert table.next_change(at_ns) == expected


def test_the_feeder_pays_nothing_for_calendars() -> None:
    """The module loads msgspec and the standard library alone."""
    code = "import sys, tickring.session_table; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=30, check=True)
    foreign = set(done.stdout.split()) - set(sys.stdlib_module_names) - {"tickring", "msgspec", "__main__"}
    assert not {name for name in foreign if name in {"numpy", "pandas", "exchange_calendars", "sqlalchemy"}}
    assert "pandas" not in done.stdout
