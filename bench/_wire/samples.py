"""One sample of each kind, and what comes together of them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from bench._harness.agent import AgentFailed
from bench._wire.cpu_time import cpu_ns
from bench._wire.matching import Matches, match

if TYPE_CHECKING:
    from bench._wire.observed import Observed, Prices
    from bench._wire.sent_file import SentTick
    from bench._wire.stack import Stack

__all__ = ["Bursts", "Streamed", "cpu_percent", "observe_burst", "observe_stream"]


@dataclass
class Bursts:
    """The bursts of one stack."""

    rates: list[tuple[int, float]] = field(default_factory=list)
    """How many ticks, and ns from the first write until the last was visible."""
    sending_ns: list[float] = field(default_factory=list)
    """From the first write to the last."""
    lost_last: int = 0
    """Bids and asks that are not what was sent last."""


@dataclass
class Streamed:
    """The samples of one stack and way."""

    matches: Matches = field(default_factory=Matches)
    ticks: int = 0
    """Of all kinds that the gateway has sent."""
    seconds: float = 0.0


def observe_stream(stack: Stack, way: str, symbols: list[str], seconds: float, into: Streamed) -> None:
    """Let these symbols stream; the result is there when the stack has settled."""
    with stack.awake():
        before = stack.prices()
        with stack.observed(way) as outcome:
            since_ns = time.monotonic_ns()
            with stack.streaming(symbols):
                time.sleep(seconds)
        stack.owe(since_ns, partial(_judge_stream, stack.symbols, before, outcome[0], into))
        into.seconds += seconds


def _judge_stream(names: list[str], before: Prices, seen: Observed, into: Streamed, ticks: list[SentTick]) -> None:
    into.ticks += len(ticks)
    numbers = {symbol: number for number, symbol in enumerate(names)}
    sent: dict[int, list[tuple[int, float]]] = {}
    for tick in ticks:
        if tick.field == "bid":
            sent.setdefault(numbers[tick.symbol], []).append((tick.mono_ns, float(tick.value)))
    into.matches.add(
        match(sent, {number: bid for (number, side), bid in before.items() if side == "bid"}, seen.changes)
    )


def observe_burst(stack: Stack, count: int, into: Bursts) -> None:
    """Send so many ticks at once; the verdict is there when the stack has settled."""
    with stack.awake():
        with stack.observed("burst") as outcome:
            since_ns = time.monotonic_ns()
            sent = stack.burst(count)
        if sent < count:
            raise AgentFailed(f"{stack.title} has taken {sent} of {count} ticks and reads no more")
        stack.owe(since_ns, partial(_judge_burst, stack.symbols, outcome[0], count, into))
        stack.settle()


def _judge_burst(names: list[str], seen: Observed, count: int, into: Bursts, ticks: list[SentTick]) -> None:
    if len(ticks) != count:
        raise AgentFailed(f"the gateway's log has {len(ticks)} of {count} ticks")
    if not seen.last_at_ns:
        raise AgentFailed(f"none of {count} ticks was seen")
    numbers = {symbol: number for number, symbol in enumerate(names)}
    last = {(numbers[tick.symbol], tick.field): float(tick.value) for tick in ticks}
    into.rates.append((count, seen.last_at_ns - ticks[0].mono_ns))
    into.sending_ns.append(ticks[-1].mono_ns - ticks[0].mono_ns)
    into.lost_last += sum(seen.prices.get(key) != value for key, value in last.items())


def cpu_percent(stack: Stack, seconds: float) -> list[float]:
    """Return what the loop needs for all symbols, in percent of a core; one sample."""
    with stack.awake(), stack.streaming(stack.symbols):
        time.sleep(0.1)
        started_ns, used_ns = time.monotonic_ns(), cpu_ns(stack.loop_pid)
        time.sleep(seconds)
        return [100 * (cpu_ns(stack.loop_pid) - used_ns) / (time.monotonic_ns() - started_ns)]
