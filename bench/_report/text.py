"""An answer for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench._report.cells import describe_noise, titles_of, to_cells

if TYPE_CHECKING:
    from bench._harness.results import Answer

__all__ = ["aligned", "as_text"]


def aligned(lines: list[list[str]]) -> str:
    """Return columns of one width: words to the left, everything from the third on to the right."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    texts = []
    for line in lines:
        cells = [
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        texts.append("  ".join(cells).rstrip())
    return "\n".join(texts)


def as_text(answer: Answer) -> str:
    """Return conditions, notes and tables."""
    parts = [f"{answer.title} ({answer.seconds:g} s)"]
    if answer.is_quick:
        parts.append("QUICK RUN: it shows that everything runs; the numbers mean nothing.")
    machine = answer.machine
    parts.append(
        f"{machine.cpu}, {machine.cores} cores, {machine.hypervisor}, kernel {machine.kernel}, {machine.python}\n"
        f"{machine.pinning}\nmachine {describe_noise(answer.noise)}"
    )
    parts += answer.notes
    titles = titles_of(answer)
    for table in answer.tables:
        note = f"\n{table.note}" if table.note else ""
        parts.append(f"{table.title}{note}\n\n{aligned(to_cells(table, titles))}")
    for peer in answer.peers:
        if peer.missing:
            parts.append(f"absent: {peer.title}: {peer.missing}")
    for what, why in answer.failures.items():
        parts.append(f"no number: {what}: {why}")
    return "\n\n".join(parts) + "\n"
