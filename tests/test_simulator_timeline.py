"""Timeline files: the whole file is checked first, then everything happens in order and at its time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.simulator.control.commands import Burst, Command, Mute, Slow, Status, Unmute
from tickring.simulator.control.lines import CommandRefused
from tickring.simulator.control.timeline import BadTimeline, Timeline, run

Apply = Callable[[Command], Awaitable[dict[str, Any]]]


def load(tmp_path: Path, text: str | bytes) -> Timeline:
    """A timeline by way of its file."""
    path = tmp_path / "faults.jsonl"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return Timeline.load(path)


def perform(timeline: Timeline, apply: Apply, *, limit_s: float = 20.0) -> None:
    """Run a timeline from now on, until its end or the limit."""
    begun = time.monotonic()

    async def main() -> None:
        async with asyncio.timeout(limit_s):
            await run(timeline, apply, lambda: time.monotonic() - begun)

    asyncio.run(main())


class Seen:
    """What was applied and when, in seconds since the making of this."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.done: list[tuple[float, Command]] = []

    async def __call__(self, command: Command) -> dict[str, Any]:
        self.done.append((time.monotonic() - self.begun, command))
        if isinstance(command, Slow):
            await asyncio.sleep(command.seconds)
        return {}

    @property
    def commands(self) -> list[Command]:
        return [command for _, command in self.done]


def test_a_file_is_read_with_its_comments(tmp_path: Path) -> None:
    """Comments and empty lines say nothing; entries keep the numbers of their lines."""
    timeline = load(
        tmp_path,
        "# a morning\n\n"
        '{"at": 2.5, "do": "mute", "symbol": "SPY"}\r\n'
        "   # later\n"
        '{"do": "burst", "count": 7, "every": 5, "until": 60, "at": 10}',
    )
    first, second = timeline.entries
    assert (first.line, first.at_s, first.every_s, first.until_s) == (3, 2.5, None, None)
    assert first.command == Mute(symbol="SPY")
    assert (second.line, second.at_s, second.every_s, second.until_s) == (5, 10.0, 5.0, 60.0)
    assert second.command == Burst(count=7)


def test_every_bad_line_is_reported_by_its_number(tmp_path: Path) -> None:
    """One look at the error is enough to repair the whole file."""
    with pytest.raises(BadTimeline) as caught:
        load(
            tmp_path,
            b'{"at": 1, "do": "mute"}\n'
            b'{"at": 1, "do": "mutt"}\n'
            b'{"do": "mute"}\n'
            b'{"at": -1, "do": "mute"}\n'
            b'{"at": "1", "do": "mute"}\n'
            b'{"at": true, "do": "mute"}\n'
            b'{"at": 1, "do": "mute", "symbol": "\xff"}\n'
            b'{"at": 1, "evry": 2, "do": "mute"}\n'
            b'{"at": 1, "until": 2, "do": "mute"}\n'
            b'{"at": 9, "every": 1, "until": 2, "do": "mute"}\n'
            b'{"at": 9, "every": 0, "do": "mute"}\n'
            b'{"at": 9, "id": 3, "do": "mute"}\n'
            b"[1]\n"
            b"mute\n"
            b'{"at": 1, "do": "slow", "seconds": "x"}\n',
        )
    bad = caught.value.lines
    assert list(bad) == list(range(2, 16))
    assert "did you mean 'mute'" in bad[2]
    assert "'at' is missing" in bad[3]
    for number, value in ((4, "-1"), (5, "'1'"), (6, "True")):
        assert f"at is {value}, must be seconds from 0" in bad[number]
    assert "not one JSON object" in bad[7]
    assert "unknown key 'evry' (did you mean 'every'?)" in bad[8]
    assert "'until' without 'every'" in bad[9]
    assert "until is 2, must be seconds from 9" in bad[10]
    assert "every is 0, must be seconds from 0.01" in bad[11]
    assert "unknown key 'id'" in bad[12]
    assert "not a JSON object" in bad[13]
    assert "not one JSON object" in bad[14]
    assert "seconds is 'x', expected `float`" in bad[15]
    message = str(caught.value)
    assert message.startswith(f"{tmp_path}/faults.jsonl: 14 bad lines, nothing was run\n  line 2: ")
    assert message.count("\n") == 14


def test_a_file_of_noise_has_a_short_error(tmp_path: Path) -> None:
    """Thousands of bad lines are counted; the message shows some."""
    with pytest.raises(BadTimeline) as caught:
        load(tmp_path, "noise\n" * 5000)
    assert len(caught.value.lines) == 5000
    assert str(caught.value).endswith("and 4950 more")


@given(st.binary(max_size=300))
def test_any_bytes_are_a_timeline_or_a_list_of_bad_lines(data: bytes) -> None:
    """Nothing else is raised."""
    try:
        timeline = Timeline.parse(data)
    except BadTimeline:
        return
    assert timeline.entries == ()


def test_entries_happen_in_order_of_time_then_of_lines(tmp_path: Path) -> None:
    """The file need not be sorted; what has the same time keeps its order, and nothing is early."""
    seen = Seen()
    perform(
        load(
            tmp_path,
            '{"at": 0.15, "do": "unmute"}\n'
            '{"at": 0.05, "do": "mute", "symbol": "A"}\n'
            '{"at": 0.05, "do": "mute", "symbol": "B"}\n'
            '{"at": 0, "do": "status"}\n'
            '{"at": 0.05, "do": "mute", "symbol": "C"}\n',
        ),
        seen,
    )
    assert seen.commands == [Status(), Mute(symbol="A"), Mute(symbol="B"), Mute(symbol="C"), Unmute()]
    assert [at >= due for (at, _), due in zip(seen.done, [0, 0.05, 0.05, 0.05, 0.15], strict=True)] == [True] * 5


def test_a_repetition_keeps_its_period_and_ends(tmp_path: Path) -> None:
    """`every` counts from `at`, without drift; `until` is the last time."""
    seen = Seen()
    perform(load(tmp_path, '{"at": 0.1, "every": 0.05, "until": 0.3, "do": "status"}'), seen)
    assert len(seen.done) == 5
    for number, (at, _) in enumerate(seen.done):
        assert at >= 0.1 + 0.05 * number


def test_a_repetition_that_was_held_up_is_done_once(tmp_path: Path) -> None:
    """What falls due while another command runs is late, not lost, and a repetition does not catch up in a burst."""
    seen = Seen()
    perform(
        load(
            tmp_path,
            '{"at": 0.02, "do": "slow", "seconds": 0.3}\n'
            '{"at": 0.05, "do": "mute"}\n'
            '{"at": 0.1, "every": 0.02, "until": 0.35, "do": "status"}\n',
        ),
        seen,
    )
    assert seen.commands[:2] == [Slow(seconds=0.3), Mute()]
    assert 1 <= seen.commands.count(Status()) <= 5
    assert min(at for at, command in seen.done if command == Status()) >= 0.32


def test_refused_and_failing_commands_are_logged_and_survived(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The timeline goes on; the log has one line an entry, with its number."""
    caplog.set_level("INFO")
    done: list[Command] = []

    async def apply(command: Command) -> dict[str, Any]:
        if command == Mute(symbol="NONE"):
            raise CommandRefused("no symbol NONE")
        if command == Mute(symbol="FAIL"):
            raise KeyError("FAIL")
        done.append(command)
        return {}

    perform(
        load(
            tmp_path,
            '{"at": 0, "do": "mute", "symbol": "NONE"}\n'
            '{"at": 0, "do": "mute", "symbol": "FAIL"}\n'
            '{"at": 0, "do": "unmute"}\n',
        ),
        apply,
    )
    assert done == [Unmute()]
    lines = [record.getMessage() for record in caplog.records if record.getMessage().startswith("timeline.")]
    assert lines[0] == "timeline.refused line=1 do=mute reason=no symbol NONE"
    assert lines[1] == "timeline.failed line=2 do=mute"
    assert lines[2].startswith("timeline.done line=3 do=unmute at_s=")
    assert lines[3].startswith("timeline.ended")


def test_a_timeline_can_be_cancelled_at_any_point(tmp_path: Path) -> None:
    """Cancelling ends it at once, while it waits for its next entry and while a command runs."""
    timeline = load(tmp_path, '{"at": 0, "do": "slow", "seconds": 30}\n{"at": 3000, "do": "status"}\n')
    seen = Seen()
    with pytest.raises(TimeoutError):
        perform(timeline, seen, limit_s=0.1)
    with pytest.raises(TimeoutError):
        perform(load(tmp_path, '{"at": 3000, "do": "status"}'), seen, limit_s=0.1)
    assert seen.commands == [Slow(seconds=30)]


def test_an_empty_timeline_ends_at_once(tmp_path: Path) -> None:
    """A file of comments is a timeline without entries."""
    timeline = load(tmp_path, "# nothing today\n")
    assert timeline.entries == ()
    perform(timeline, Seen(), limit_s=1)
