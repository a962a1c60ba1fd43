"""Write docs/benchmarks.md, its pictures and the run's JSON."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec

from bench._report.markdown import as_markdown
from bench._report.plots import draw

if TYPE_CHECKING:
    from pathlib import Path

    from bench._harness.results import Run

__all__ = ["write_document"]


def write_document(run: Run, docs: Path) -> None:
    """Replace the page, every picture and the numbers they are made from."""
    pictures = docs / "benchmarks"
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.glob("*.svg"):
        old.unlink()
    try:
        names = draw(run, pictures)
    except ImportError as error:
        print(f"no pictures: {error}; pip install matplotlib", file=sys.stderr)
        names = {}
    plots = {question: [f"{pictures.name}/{name}" for name in found] for question, found in names.items()}
    (pictures / "run.json").write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=1) + b"\n")
    (docs / "benchmarks.md").write_text(as_markdown(run, plots))
