"""Files that script faults: what happens when, counted from the simulator's start.

    # one JSON object a line; empty lines and lines that begin with # say nothing
    {"at": 2.5, "do": "mute", "symbol": "SPY"}
    {"at": 10, "every": 5, "until": 60, "do": "burst", "count": 1000}

`at`, `every` and `until` are seconds; `until` is the last time at which a repetition may start. The whole file is
checked before anything runs, so that a misspelt fault at the end is not found out after an hour.
"""

import asyncio
import heapq
import logging
import math
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Self, cast

import msgspec

from tickring.errors import TickringError
from tickring.simulator.control.commands import Command
from tickring.simulator.control.lines import BadCommand, CommandRefused, read_command

__all__ = ["BadTimeline", "Entry", "Timeline", "run"]

_logger = logging.getLogger(__name__)

_AT_S_AT_MOST = 31 * 86_400.0
_EVERY_S_AT_LEAST = 0.01  # shorter is what `burst` and the market's rate are for
_LINES_SHOWN = 50


class BadTimeline(TickringError, ValueError):
    """A timeline file that cannot be run. `lines` maps every bad line's number to what is wrong with it."""

    def __init__(self, name: str, lines: dict[int, str]) -> None:
        shown = [f"  line {number}: {text}" for number, text in list(lines.items())[:_LINES_SHOWN]]
        more = f"\n  and {len(lines) - _LINES_SHOWN} more" if len(lines) > _LINES_SHOWN else ""
        plural = "line" if len(lines) == 1 else "lines"
        super().__init__("\n".join([f"{name}: {len(lines)} bad {plural}, nothing was run", *shown]) + more)
        self.lines = lines


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line. Seconds since the simulator's start; `every_s` None: once; `until_s` None: for ever."""

    line: int
    at_s: float
    every_s: float | None
    until_s: float | None
    command: Command


class Timeline(msgspec.Struct, frozen=True):
    """A checked timeline, in the order of its file."""

    name: str
    entries: tuple[Entry, ...]

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read and check a whole file.

        Raises:
            BadTimeline: lists every bad line by its number.
            OSError: the file cannot be read.
        """
        return cls.parse(Path(path).read_bytes(), str(path))

    @classmethod
    def parse(cls, data: bytes, name: str = "timeline") -> Self:
        """Check the bytes of a timeline; `name` stands in messages."""
        entries: list[Entry] = []
        bad: dict[int, str] = {}
        for number, line in enumerate(data.split(b"\n"), 1):
            if not line.strip() or line.lstrip().startswith(b"#"):
                continue
            try:
                entries.append(_entry(number, line))
            except BadCommand as error:
                bad[number] = str(error)
        if bad:
            raise BadTimeline(name, bad)
        return cls(name, tuple(entries))


def _entry(number: int, line: bytes) -> Entry:
    try:
        values = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadCommand(f"not one JSON object: {error}") from None
    if not isinstance(values, dict):
        raise BadCommand('not a JSON object; an entry looks like {"at": 2.5, "do": "mute"}')
    values = cast("dict[str, Any]", values)
    at_s = _seconds(values, "at", 0.0)
    every_s = _seconds(values, "every", _EVERY_S_AT_LEAST)
    until_s = _seconds(values, "until", at_s or 0.0)
    if at_s is None:
        raise BadCommand("'at' is missing, must be seconds since the simulator's start")
    if until_s is not None and every_s is None:
        raise BadCommand("'until' without 'every': it ends a repetition")
    command = read_command(values, also=("at", "every", "until"))
    return Entry(line=number, at_s=at_s, every_s=every_s, until_s=until_s, command=command)


def _seconds(values: dict[str, Any], key: str, at_least: float) -> float | None:
    if key not in values:
        return None
    value = values.pop(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not at_least <= value <= _AT_S_AT_MOST:
        raise BadCommand(f"{key} is {value!r}, must be seconds from {at_least:g} to {_AT_S_AT_MOST:g}")
    return float(value)


async def run(
    timeline: Timeline, apply: Callable[[Command], Awaitable[dict[str, Any]]], now: Callable[[], float]
) -> None:
    """Have every entry done at its time, in order of time and, at the same time, of lines; return after the last.

    `now` returns seconds since the simulator's start at the pace of the loop's clock. One command is done at a time:
    what falls due meanwhile is late, and of a repetition only the newest is done. Refused and failing commands are
    logged and the timeline goes on. To stop it, cancel it.
    """
    queue = [(entry.at_s, entry.line, entry) for entry in timeline.entries]
    heapq.heapify(queue)
    while queue:
        due_s, number, entry = queue[0]
        while (wait_s := due_s - now()) > 0:  # noqa: ASYNC110 - again, as a sleep may end a clock's tick early
            await asyncio.sleep(wait_s)
        await _do(entry, apply, now)
        following_s = _following(entry, due_s, now())
        if following_s is None:
            heapq.heappop(queue)
        else:
            heapq.heapreplace(queue, (following_s, number, entry))
    _logger.info("timeline.ended name=%s", timeline.name)


async def _do(entry: Entry, apply: Callable[[Command], Awaitable[dict[str, Any]]], now: Callable[[], float]) -> None:
    word = type(entry.command).__struct_config__.tag
    try:
        await apply(entry.command)
    except CommandRefused as error:
        _logger.warning("timeline.refused line=%d do=%s reason=%s", entry.line, word, error)
    except Exception:  # the edge of one entry: the next ones are still wanted
        _logger.exception("timeline.failed line=%d do=%s", entry.line, word)
    else:
        _logger.info("timeline.done line=%d do=%s at_s=%.3f", entry.line, word, now())


def _following(entry: Entry, due_s: float, now_s: float) -> float | None:
    """The next time of a repetition: a whole number of periods after `at`, so that delays do not add up."""
    if entry.every_s is None:
        return None
    count = max(round((due_s - entry.at_s) / entry.every_s) + 1, math.floor((now_s - entry.at_s) / entry.every_s))
    following_s = entry.at_s + count * entry.every_s
    return None if entry.until_s is not None and following_s > entry.until_s + 1e-9 else following_s
