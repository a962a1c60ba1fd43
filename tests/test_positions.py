"""The table of positions beside the segment: one writer, whole files, and an age that tells of a dead writer."""

from __future__ import annotations

import json
import math
import multiprocessing
import os
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.raw_segment import RawSegment
from tickring._core import boot_ns
from tickring.account_kind import mode_of_account
from tickring.errors import (
    InvalidPosition,
    PositionsNotFound,
    PositionsTooOld,
    PositionsUnreadable,
    TickringError,
)
from tickring.names import SegmentPaths
from tickring.positions import POSITIONS_LAYOUT, Position, PositionsTable, positions_path, write_positions
from tickring.states import ApiMode
from tickring.supervisor import SegmentHost, SegmentLimits

if TYPE_CHECKING:
    from tests.feeds import Feed

DOCUMENT = Path(__file__).parent.parent / "docs" / "layout.md"


def spy(**changed: Any) -> Position:
    """A hundred shares."""
    values = {"account": "SIM1", "symbol": "SPY", "quantity": 100.0, "currency": "USD", "average_cost": 500.25}
    return Position(**{**values, **changed})


def rewrite(feed: Feed, **changed: Any) -> None:
    """Change what the file says, as another release or a hostile writer would."""
    path = Path(positions_path(feed.name))
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))


def test_what_is_written_is_read(feed: Feed) -> None:
    """Every field, sorted by account and symbol, with the rights of the segment."""
    rows = [
        spy(account="SIM2"),
        spy(symbol="BRK B", quantity=-0.1, seen_at="2026-11-23T14:30:00.000000Z"),
        spy(symbol="ES", multiplier=50.0, con_id=495512552),
    ]
    written = write_positions(feed.name, rows)
    table = PositionsTable.read(feed.name)
    assert table == written
    assert [(row.account, row.symbol) for row in table.positions] == [
        ("SIM1", "BRK B"),
        ("SIM1", "ES"),
        ("SIM2", "SPY"),
    ]
    assert set(table.positions) == set(rows)
    assert (table.layout, table.version, table.writer_pid) == (POSITIONS_LAYOUT, 1, os.getpid())
    assert 0 <= table.age_s() < 60
    assert Path(positions_path(feed.name)).stat().st_mode & 0o777 == 0o640


def test_each_write_is_a_version(feed: Feed) -> None:
    """A reader that keeps the number sees that the table is another one; after a damaged file it begins again."""
    assert [write_positions(feed.name, []).version for _ in range(3)] == [1, 2, 3]
    Path(positions_path(feed.name)).write_text("{")
    assert write_positions(feed.name, [spy()]).version == 1


def test_no_table_is_not_the_same_as_no_positions(feed: Feed) -> None:
    """An account that holds nothing says so; nobody having said anything is an error."""
    with pytest.raises(PositionsNotFound, match="does not mean that there are none"):
        PositionsTable.read(feed.name)
    write_positions(feed.name, [])
    assert PositionsTable.read(feed.name).positions == ()


def test_a_dead_writer_shows_by_age(feed: Feed) -> None:
    """Older than the limit is refused with both numbers; a stamp in the future is no age at all."""
    write_positions(feed.name, [spy()])
    assert PositionsTable.read(feed.name, max_age_s=60).positions
    rewrite(feed, written_mono_ns=boot_ns() - 10**10)
    assert PositionsTable.read(feed.name, max_age_s=60).age_s() >= 10
    with pytest.raises(PositionsTooOld, match=r"was written 10\.\d s ago, limit 5 s") as caught:
        PositionsTable.read(feed.name, max_age_s=5)
    assert caught.value.max_age_s == 5
    for stamp in (boot_ns() + 10**12, 0, -1):
        rewrite(feed, written_mono_ns=stamp)
        assert PositionsTable.read(feed.name).age_s() == math.inf
        with pytest.raises(PositionsTooOld):
            PositionsTable.read(feed.name, max_age_s=1e9)


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("quantity", math.nan, "must be a finite number"),
        ("quantity", math.inf, "must be a finite number"),
        ("quantity", -math.inf, "must be a finite number"),
        ("average_cost", math.nan, "must be a finite number"),
        ("multiplier", math.nan, "must be a finite number"),
        ("multiplier", math.inf, "must be a finite number"),
        ("multiplier", 0.0, "must be positive"),
        ("multiplier", -1.0, "must be positive"),
        ("currency", "", "three capital letters"),
        ("currency", "usd", "three capital letters"),
        ("currency", "ÜSD", "three capital letters"),
        ("currency", "US", "three capital letters"),
        ("symbol", "", "must not be empty"),
        ("symbol", "../etc/passwd", "path separators"),
        ("account", "", "without blanks"),
        ("account", " SIM1", "without blanks"),
        ("account", "SIM\n1", "without blanks"),
        ("con_id", -1, "0 (not known) or positive"),
    ],
)
def test_what_means_nothing_is_refused_by_name(feed: Feed, field: str, value: Any, rule: str) -> None:
    """When it is made and when it is read: account, symbol, field, value and rule."""
    with pytest.raises(InvalidPosition, match=re.escape(rule)) as caught:
        spy(**{field: value})
    assert (caught.value.field, repr(caught.value.value)) == (field, repr(value))
    assert repr(value) in str(caught.value)
    write_positions(feed.name, [spy()])
    plain = msgspec.to_builtins(spy())
    rewrite(feed, positions=[{**plain, field: value}])
    with pytest.raises(PositionsUnreadable):
        PositionsTable.read(feed.name)


def test_a_position_counted_twice_is_refused(feed: Feed) -> None:
    """Once an account and symbol: by the writer, and by the reader of another writer's file."""
    with pytest.raises(InvalidPosition, match="once an account"):
        write_positions(feed.name, [spy(), spy(quantity=1)])
    assert not Path(positions_path(feed.name)).exists()
    assert len(write_positions(feed.name, [spy(), spy(account="SIM2")]).positions) == 2
    rewrite(feed, positions=[msgspec.to_builtins(spy())] * 2)
    with pytest.raises(PositionsUnreadable, match="two positions of 'SPY'"):
        PositionsTable.read(feed.name)


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '{"layout":1}', "\xff\xfe", '{"written_at":"\xff"}', "[" * 100_000, '{"x":' * 100_000],
)
def test_another_file_is_no_table(feed: Feed, content: str) -> None:
    """Empty, cut off, other JSON, no text at all, endless nesting: one error, with the path."""
    path = Path(positions_path(feed.name))
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(PositionsUnreadable, match="no table of positions") as caught:
        PositionsTable.read(feed.name)
    assert caught.value.path == str(path)
    assert isinstance(caught.value, TickringError)


def test_another_layout_is_refused_and_new_keys_are_not(feed: Feed) -> None:
    """A later release may add fields; when it changes what they mean the number says so."""
    write_positions(feed.name, [spy()])
    rewrite(feed, colour="blue")
    assert PositionsTable.read(feed.name).positions == (spy(),)
    rewrite(feed, layout=POSITIONS_LAYOUT + 1)
    with pytest.raises(PositionsUnreadable, match=f"its layout is {POSITIONS_LAYOUT + 1}"):
        PositionsTable.read(feed.name)


@given(
    quantity=st.floats(allow_nan=False, allow_infinity=False),
    cost=st.floats(allow_nan=False, allow_infinity=False),
    multiplier=st.floats(min_value=0, exclude_min=True, allow_infinity=False),
)
def test_numbers_come_back_to_the_last_bit(feed: Feed, quantity: float, cost: float, multiplier: float) -> None:
    """JSON carries every finite float exactly."""
    row = spy(quantity=quantity, average_cost=cost, multiplier=multiplier)
    write_positions(feed.name, [row])
    assert PositionsTable.read(feed.name).positions == (row,)


def write_for_ever(name: str) -> None:
    """A writer of large and small tables in turn."""
    large = [spy(symbol=f"S{number}", quantity=float(number)) for number in range(500)]
    while True:
        write_positions(name, large)
        write_positions(name, [])


def test_a_reader_never_sees_a_part_whoever_is_killed(feed: Feed) -> None:
    """Against a writer that replaces the table all the time and is killed in the middle: old or new, whole."""
    writer = multiprocessing.get_context("spawn").Process(target=write_for_ever, args=(feed.name,), daemon=True)
    writer.start()
    try:
        seen: set[int] = set()
        looks = 0
        while len(seen) < 2 or looks < 300:
            try:
                seen.add(len(PositionsTable.read(feed.name).positions))
            except PositionsNotFound:
                assert not seen
                continue
            looks += 1
    finally:
        writer.kill()
        writer.join(30)
    assert seen == {0, 500}
    assert len(PositionsTable.read(feed.name).positions) in seen


def test_threads_may_read_while_one_writes(feed: Feed) -> None:
    """No state is shared between readers."""
    write_positions(feed.name, [spy()])
    faults: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(200):
                assert PositionsTable.read(feed.name).positions == (spy(),)
        except BaseException as error:  # noqa: BLE001 - told to the test's own thread
            faults.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(200):
        write_positions(feed.name, [spy()])
    for thread in threads:
        thread.join(30)
    assert faults == []


def test_the_table_goes_with_its_segment(segment_name: str) -> None:
    """A host that removes its segment removes the directory; a table that outlived a writer is no obstacle."""
    host = SegmentHost.open(segment_name, limits=SegmentLimits(16, 4), api_mode="mock")
    write_positions(segment_name, [spy()])
    assert SegmentPaths.of(segment_name).positions == Path(positions_path(segment_name))
    host.close(remove=True)
    assert not SegmentPaths.of(segment_name).directory.exists()


def test_writing_does_not_touch_the_segment(feed: Feed) -> None:
    """The feeder's memory is another file."""
    before = feed.host.paths.segment.stat().st_mtime_ns
    with RawSegment(feed.host.paths.segment) as raw:
        size = len(raw.bytes)
    write_positions(feed.name, [spy()])
    assert feed.host.paths.segment.stat().st_size == size
    assert feed.host.paths.segment.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("account", "mode"),
    [
        ("SIM000001", ApiMode.MOCK),
        ("DU123", ApiMode.PAPER),
        ("DF123", ApiMode.PAPER),
        ("U123", ApiMode.LIVE),
        ("", "live"),
    ],
)
def test_the_kind_of_an_account_is_told_by_its_name(account: str, mode: str) -> None:
    """What is not known to be harmless is live."""
    assert mode_of_account(account) == mode


def test_the_document_has_every_field() -> None:
    """docs/layout.md names each key of the file with its type."""
    section = DOCUMENT.read_text().partition("## Positions")[2].partition("\n## ")[0]
    documented = set(re.findall(r"^\| `(\w+)`", section, re.MULTILINE))
    assert documented == {*PositionsTable.__struct_fields__, *Position.__struct_fields__}
