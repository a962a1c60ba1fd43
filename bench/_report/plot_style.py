"""How the pictures look: SVG without a background, in colours that can be read on white and on black."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["COLOURS", "MARKERS", "duration_axis", "new_picture", "save"]

_GREY = "#808891"
COLOURS = ["#3b82f6", "#f59e0b", "#10b981", "#ef4444", "#a855f7", "#14a3b8", "#d96fb0"]
MARKERS = ["o", "s", "D", "^", "v", "P", "X"]


def new_picture(height: float) -> tuple[Any, Any]:
    """Return a figure and its axes, 8 inches wide.

    Raises:
        ImportError: matplotlib is not installed.
    """
    matplotlib = importlib.import_module("matplotlib")
    matplotlib.use("svg")
    matplotlib.rcParams.update(
        {
            "svg.fonttype": "none",  # text stays text: small files, the viewer's own font
            "svg.hashsalt": "tickring",  # the same picture is the same file
            "font.family": "sans-serif",
            "font.size": 9,
            **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), _GREY),
            **{f"axes.spines.{side}": False for side in ("top", "right")},
        }
    )
    figure, axes = importlib.import_module("matplotlib.pyplot").subplots(figsize=(8, height))
    axes.grid(visible=True, axis="x", color=_GREY, alpha=0.25, linewidth=0.6)
    return figure, axes


def duration_axis(axis: Any) -> None:
    """Label a logarithmic axis of ns with units people read."""
    ticker = importlib.import_module("matplotlib.ticker")

    def shown(ns: float, _position: object) -> str:
        for factor, unit in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")):
            if ns >= factor:
                return f"{ns / factor:g} {unit}"
        return f"{ns:g} ns"

    axis.set_major_formatter(ticker.FuncFormatter(shown))
    axis.set_minor_formatter(ticker.NullFormatter())


def save(figure: Any, path: Path) -> None:
    """Write the picture and forget it."""
    figure.savefig(path, format="svg", transparent=True, bbox_inches="tight", pad_inches=0.15, metadata={"Date": None})
    importlib.import_module("matplotlib.pyplot").close(figure)
