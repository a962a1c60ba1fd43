"""Tables as rows of text, for the terminal and for Markdown alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench._report.numbers import quantity, ratio, shown

if TYPE_CHECKING:
    from bench._harness.results import Answer, Noise, Table

__all__ = ["describe_noise", "titles_of", "to_cells"]


def titles_of(answer: Answer) -> dict[str, str]:
    """Return the contenders' titles by name."""
    return {peer.name: peer.title for peer in answer.peers}


def to_cells(table: Table, titles: dict[str, str]) -> list[list[str]]:
    """Return the head and one line per row."""
    extras = list(dict.fromkeys(name for row in table.rows for name in row.extras))
    has_ratio = any(row.ratio is not None for row in table.rows)
    unit = "" if table.unit == "ns" else f" ({table.unit})"
    head = ["contender", "how", *(f"{column}{unit}" for column in table.columns)]
    lines = [[*head, *([table.ratio_title] if has_ratio else []), *extras]]
    for row in table.rows:
        line = [titles.get(row.contender, row.contender), row.way]
        line += [shown(row.values.get(column), table.unit) for column in table.columns]
        if has_ratio:
            line.append(ratio(row.ratio))
        line += [quantity(row.extras[name]) if name in row.extras else "-" for name in extras]
        lines.append(line)
    return lines


def describe_noise(noise: Noise) -> str:
    """Return one sentence, beginning with BUSY, UNSTEADY or quiet."""
    word = "BUSY" if noise.is_busy else "UNSTEADY" if noise.is_unsteady else "quiet"
    who = f" ({', '.join(noise.busiest)})" if noise.busiest else ""
    return (
        f"{word}: load average {noise.load_before:g} before; other processes used {noise.others_before_percent:g} % of "
        f"a core before and {noise.others_percent:g} % during the run{who}; steal {noise.steal_percent:g} %; an empty "
        f"loop took {noise.loop_before_ns:g} ns a turn before and {noise.loop_after_ns:g} after"
    )
