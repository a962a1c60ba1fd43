"""What the gateway gives and takes as rows of a page: market data lines, the pace, the queue for history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from tickring.cli.numbers import age
from tickring.cli.printable import printable

if TYPE_CHECKING:
    from tickring.feeder_status import FeederStatus, LineUse, PacingUse

__all__ = ["history_text", "lines_text", "pacing_text"]

_SYMBOLS_SHOWN = 6


def lines_text(feeder: FeederStatus, lines: LineUse) -> Text:
    """Lines in use; where they do not suffice, who takes turns and how old their snapshots are."""
    text = Text(f"{lines.used:,} of {lines.limit:,} in use")
    if lines.is_learnt:
        text.append(", the gateway has refused more", "yellow")
    if lines.rotated:
        ages_s = [age_s for age_s in feeder.rotated.values() if age_s is not None]
        oldest = f", the oldest {age(max(ages_s))} old" if ages_s else ""
        text.append(f"; {lines.rotated:,} symbols by snapshots in turn{oldest}", "yellow")
        text.append(f": {_some(feeder.rotated)}", "dim")
    return text


def pacing_text(pacing: PacingUse) -> Text:
    """Messages in the last second and how many there may be; by class since the start."""
    text = Text(f"{pacing.last_s:,} messages in the last second of {pacing.limit_per_s:,}")
    if pacing.is_slow:
        text.append(", halved: the gateway complained", "yellow")
    sent = ", ".join(f"{printable(kind)} {number:,}" for kind, number in pacing.sent.items() if number)
    text.append(f"; {sent}" if sent else "", "dim")
    return text


def history_text(feeder: FeederStatus) -> Text:
    """Who waits for history, and how long each of the first."""
    waits = {symbol: feeder.history_eta_s.get(symbol) for symbol in feeder.history_queue}
    return Text(f"{len(waits):,} wait: {_some(waits)}", "yellow")


def _some(ages_s: dict[str, float | None]) -> str:
    """The first symbols with their seconds, and how many more there are."""
    shown = list(ages_s.items())[:_SYMBOLS_SHOWN]
    text = ", ".join(
        printable(symbol) if seconds is None else f"{printable(symbol)} {age(seconds)}" for symbol, seconds in shown
    )
    more = len(ages_s) - len(shown)
    return f"{text} and {more:,} more" if more > 0 else text
