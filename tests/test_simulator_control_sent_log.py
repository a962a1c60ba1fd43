"""The sent log: every line can be read back, memory is bounded, a full disk costs lines and nothing else."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.simulator.control.sent_log import SentLine, SentLog, read_sent_log
from tickring.simulator.control.tick_fields import FIELD_WORDS, field_word

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
IDS = st.integers(0, 2**31 - 1)


@given(
    st.lists(
        st.tuples(
            IDS,
            st.none() | IDS,
            st.text(max_size=8),
            st.integers(0, 110),
            FLOATS | st.integers() | st.text(max_size=8),
            IDS,
            IDS,
        )
    )
)
def test_ticks_are_read_back_as_they_were_sent(
    tmp_path: Path, ticks: list[tuple[int, int | None, str, int, float | str, int, int]]
) -> None:
    """Every value comes back equal, in order, whatever stands in symbols and texts."""
    with SentLog(tmp_path / "sent") as log:
        for tick in ticks:
            log.tick(*tick)
    read = [
        (line.connection, line.client_id, line.symbol, line.field, line.value, line.req_id, line.mono_ns)
        for line in read_sent_log(tmp_path / "sent")
    ]
    assert read == [(c, i, s, field_word(t), v, r, ns) for c, i, s, t, v, r, ns in ticks]


def test_the_lines_have_the_documented_form(tmp_path: Path) -> None:
    """Other programs read them by these keys."""
    with SentLog(tmp_path / "sent") as log:
        log.received(1, None, "StartApi", 10)
        log.received(1, 7, "ReqMktData", 11, req_id=3)
        log.sent(1, 7, "MarketDataType", 12, req_id=3)
        log.tick(1, 7, "BRK B", 66, 490.5, 3, 13)
    first, second, third, fourth = [json.loads(line) for line in (tmp_path / "sent").read_bytes().splitlines()]
    assert first == {"direction": "received", "connection": 1, "client_id": None, "kind": "StartApi", "mono_ns": 10}
    assert second == {
        "direction": "received",
        "connection": 1,
        "client_id": 7,
        "kind": "ReqMktData",
        "req_id": 3,
        "mono_ns": 11,
    }
    assert third == {
        "direction": "sent",
        "connection": 1,
        "client_id": 7,
        "kind": "MarketDataType",
        "req_id": 3,
        "mono_ns": 12,
    }
    assert fourth == {
        "direction": "sent",
        "connection": 1,
        "client_id": 7,
        "kind": "tick",
        "symbol": "BRK B",
        "field": "delayed_bid",
        "value": 490.5,
        "req_id": 3,
        "mono_ns": 13,
    }
    assert next(read_sent_log(tmp_path / "sent")) == SentLine(
        direction="received", connection=1, kind="StartApi", mono_ns=10
    )


def test_every_field_has_a_word_of_its_own() -> None:
    """Live and delayed ticks are told apart, and no number is without a word."""
    assert len(set(FIELD_WORDS.values())) == len(FIELD_WORDS)
    assert field_word(109) == "tick_109"
    live = {0: 69, 1: 66, 2: 67, 3: 70, 4: 68, 5: 71, 6: 72, 7: 73, 8: 74, 9: 75, 14: 76, 45: 88, 49: 90}
    assert all(field_word(delayed) == f"delayed_{field_word(number)}" for number, delayed in live.items())


def test_the_file_is_there_within_a_flush(tmp_path: Path) -> None:
    """`keep_flushed` brings every line to the file without anybody closing it."""

    async def main() -> int:
        log = SentLog(tmp_path / "sent")
        keeper = asyncio.create_task(log.keep_flushed())
        log.tick(1, 7, "SPY", 1, 650.0, 3, 1)
        while not (count := len(list(read_sent_log(tmp_path / "sent")))):  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0.01)
        keeper.cancel()
        log.close()
        return count

    assert asyncio.run(asyncio.wait_for(main(), 20)) == 1


def test_memory_is_bounded_without_any_flush(tmp_path: Path) -> None:
    """A gateway too busy to flush does not grow: the buffer writes itself out; a closed log keeps nothing."""
    log = SentLog(tmp_path / "sent")
    for number in range(20_000):
        log.tick(1, 7, "SPY", 1, 650.0, number, number)
        assert len(log._lines) <= 1024
    log.close()
    for number in range(20_000):
        log.sent(1, 7, "TickSize", number)
        assert len(log._lines) <= 1024
    log.close()
    assert [line.mono_ns for line in read_sent_log(tmp_path / "sent")] == list(range(20_000))


def test_a_log_begins_anew(tmp_path: Path) -> None:
    """What an earlier run left, rotated part included, is not mixed with this one."""
    for name in ("sent", "sent.1"):
        (tmp_path / name).write_text("old\n")
    with SentLog(tmp_path / "sent") as log:
        log.sent(1, 7, "TickSize", 1)
    assert [line.mono_ns for line in read_sent_log(tmp_path / "sent")] == [1]
    assert [path.name for path in tmp_path.iterdir()] == ["sent"]


def test_a_rotated_log_is_read_in_order(tmp_path: Path) -> None:
    """With `max_bytes` the disk holds at most two parts, of the newest lines, without a hole between them."""
    with SentLog(tmp_path / "sent", max_bytes=20_000) as log:
        for number in range(1000):
            log.tick(1, 7, "SPY", 1, 650.0, 3, number)
            if number % 10 == 9:
                log.flush()
    numbers = [line.mono_ns for line in read_sent_log(tmp_path / "sent")]
    assert numbers == list(range(numbers[0], 1000))
    assert 100 < len(numbers) < 1000
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 50_000


def test_an_unfinished_last_line_is_left_out(tmp_path: Path) -> None:
    """What a killed simulator wrote by half is no line."""
    with SentLog(tmp_path / "sent") as log:
        log.sent(1, 7, "TickSize", 1)
        log.sent(1, 7, "TickSize", 2)
    path = tmp_path / "sent"
    path.write_bytes(path.read_bytes()[:-3])
    assert [line.mono_ns for line in read_sent_log(path)] == [1]


def test_a_missing_directory_is_said_at_the_beginning(tmp_path: Path) -> None:
    """Not at the first tick."""
    with pytest.raises(FileNotFoundError):
        SentLog(tmp_path / "missing" / "sent")


# ---- a full disk -----------------------------------------------------------------------------------------------------


def test_a_disk_without_any_room_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    """Every lost line is counted, one error is logged, and nothing is raised."""
    log = SentLog("/dev/full")
    for number in range(1000):
        log.tick(1, 7, "SPY", 1, 650.0, 3, number)
        if number % 100 == 99:
            log.flush()
    log.close()
    assert log.lines_lost == 1000
    errors = [record.getMessage() for record in caplog.records]
    assert len(errors) == 1
    assert errors[0].startswith("sent_log.failed path=/dev/full error=")


FILLING = """
import resource, sys
from tickring.simulator.control.sent_log import SentLog

log = SentLog(sys.argv[1])
number = 0
def write(count, a_flush):
    global number
    for _ in range(count):
        number += 1
        log.tick(1, 7, "SPY", 1, 650.0, 3, number)
        if number % a_flush == 0:
            log.flush()
    log.flush()

for round in range(1, 30):
    resource.setrlimit(resource.RLIMIT_FSIZE, (round * 1009, resource.RLIM_INFINITY))
    write(40, round)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
write(10, 10)
log.close()
print(number, log.lines_lost)
"""


def test_a_disk_that_fills_and_empties_leaves_whole_lines(tmp_path: Path) -> None:
    """A file that may not grow, at thirty odd sizes: lines are whole or away, and the file says how many are away."""
    done = subprocess.run(
        [sys.executable, "-c", FILLING, str(tmp_path / "sent")], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    assert 1 <= done.stderr.count("sent_log.failed") <= 30
    written, lost = map(int, done.stdout.split())
    assert lost > 100
    number = 0
    missing = 0
    for line in read_sent_log(tmp_path / "sent"):
        if line.kind == "lost":
            assert line.lines is not None
            missing += line.lines
            number += line.lines
        else:
            number += 1
            assert line.mono_ns == number
    assert (number, missing) == (written, lost)
