"""What the feeder says, as rows of a page: symbols, data, errors, who is not served and why."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.text import Text

from tickring.cli.numbers import age
from tickring.cli.printable import printable
from tickring.cli.status.clocks import local_clock
from tickring.gateway_codes import code_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tickring.feeder_status import FeederStatus

__all__ = ["data_text", "error_text", "fallback_text", "named", "symbols_text", "unresolved_lines"]

_SYMBOLS_SHOWN = 8
_REASONS_SHOWN = 4


def symbols_text(feeder: FeederStatus) -> Text:
    """Wanted, confirmed, pending, not resolved, on fallback, silent; what is not as wanted is coloured."""
    is_whole = feeder.confirmed == feeder.desired > 0
    text = Text.assemble(
        f"{feeder.desired:,} desired, ",
        (f"{feeder.confirmed:,} confirmed", "green" if is_whole else "yellow"),
    )
    for count, word, style in (
        (feeder.pending, "pending", "yellow"),
        (len(feeder.unresolved), "unresolved", "red"),
        (len(feeder.fallback) - feeder.rotated_served, "on fallback", "yellow"),
    ):
        text.append(f", {count:,} {word}", style if count else "")
    if feeder.rotated_served:
        text.append(f", {feeder.rotated_served:,} rotated", "yellow")
    if feeder.silent:
        text.append(f", {feeder.silent:,} silent", "yellow")
    return text


def data_text(feeder: FeederStatus) -> Text:
    """Kind of data, age of the newest price, sources, what was dropped."""
    kind = feeder.market_data_type
    text = Text(kind, "green" if kind == "realtime" else "yellow")
    if feeder.last_data_mono_ns > 0:
        age_s = max(0, time.monotonic_ns() - feeder.last_data_mono_ns) / 1e9
        text.append(f", newest price {age(age_s)} ago")
    else:
        text.append(", no price yet", "yellow")
    if feeder.in_session is False:
        text.append(", market closed", "bright_blue")
    sources = ", ".join(f"{printable(source)} {count:,}" for source, count in feeder.sources.items() if count)
    text.append(f"; {sources}" if sources else "")
    if feeder.history_queue:
        text.append(f"; {len(feeder.history_queue):,} wait for history, next in {age(feeder.history_wait_s)}", "yellow")
    if feeder.fast_ticks is not None:
        text.append(f"; fast lane {feeder.fast_ticks:,} ticks", "dim")
    if feeder.late_ticks:
        text.append(f"; {feeder.late_ticks:,} late ticks dropped", "dim")
    if feeder.poison:
        text.append(f"; {feeder.poison:,} messages unreadable", "red")
    return text


def error_text(feeder: FeederStatus) -> Text:
    """How many, and the last one with its meaning and what can be done."""
    if feeder.last_error is None:
        return Text("none in this life" if not feeder.errors else f"{feeder.errors:,} in this life")
    last = feeder.last_error
    known = code_of(last.code)
    symbol = f" {printable(last.symbol)}" if last.symbol else ""
    return Text.assemble(
        f"{feeder.errors:,} in this life; last at {local_clock(last.at)}:{symbol} ",
        (f"{last.code}", "bold"),
        f" {known.meaning}",
        (f' "{printable(last.text)}"', "dim"),
        f"; {known.advice}" if known.advice else "",
    )


def unresolved_lines(feeder: FeederStatus) -> list[Text]:
    """One line a symbol that could not be resolved, with the reason; some of them, and how many more."""
    lines = [
        Text.assemble((printable(symbol), "bold"), f": {printable(reason)}")
        for symbol, reason in sorted(feeder.unresolved.items())[:_REASONS_SHOWN]
    ]
    more = len(feeder.unresolved) - len(lines)
    if more:
        lines.append(Text(f"and {more:,} more (--json has all)", "dim"))
    return lines


def fallback_text(feeder: FeederStatus) -> Text:
    """The symbols that another source than the stream serves, by source."""
    by_source: dict[str, list[str]] = {}
    for symbol, source in sorted(feeder.fallback.items()):
        by_source.setdefault(source, []).append(symbol)
    return Text("; ".join(f"{printable(source)}: {named(symbols)}" for source, symbols in sorted(by_source.items())))


def named(symbols: Iterable[str]) -> str:
    """The first of them, and how many more there are."""
    every = list(symbols)
    text = ", ".join(printable(symbol) for symbol in every[:_SYMBOLS_SHOWN])
    more = len(every) - _SYMBOLS_SHOWN
    return f"{text} and {more:,} more" if more > 0 else text
