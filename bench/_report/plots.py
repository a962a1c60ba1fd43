"""The pictures, one or two a question, made from the same numbers as the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench._report.cells import titles_of
from bench._report.plot_style import COLOURS, MARKERS, duration_axis, new_picture, save

if TYPE_CHECKING:
    from pathlib import Path

    from bench._harness.results import Answer, Run, Table

__all__ = ["draw"]

_READ = {
    "unchanged": "unchanged",
    "changed": "changed, in this core's cache",
    "changed-elsewhere": "changed by the other core",
    "10k": "10,000 ticks/s",
    "full-speed": "writer at full speed",
}
_BOOK = {"book": "in this core's cache", "book-changed": "every quote changed by the other core"}
_STEPS = {"import": "import", "open": "open", "first-quote": "first quote"}

Points = dict[str, dict[str, float]]
"""By row of the picture, by series: ns."""


def draw(run: Run, directory: Path) -> dict[str, list[str]]:
    """Write the SVG files and return their names by question."""
    directory.mkdir(parents=True, exist_ok=True)
    names: dict[str, list[str]] = {}
    for answer in run.answers:
        for name, points, series in _dot_plots(answer):
            if points:
                _dots(points, series, directory / f"{name}.svg")
                names.setdefault(answer.question, []).append(f"{name}.svg")
        for name, tables, label in _line_plots(answer):
            if tables:
                _lines(tables, titles_of(answer), label, directory / f"{name}.svg")
                names.setdefault(answer.question, []).append(f"{name}.svg")
    return names


def _dot_plots(answer: Answer) -> list[tuple[str, Points, list[str]]]:
    titles = titles_of(answer)
    found = []
    for picture, series_of in (("read", _READ), ("book", _BOOK), ("opening", _STEPS)):
        points: Points = {}
        for name, series in series_of.items():
            _add_medians(points, answer.table(name), titles, series)
        found.append((picture, points, list(series_of.values())))
    publish: Points = {}
    _add_medians(publish, answer.table("publish"), titles, "a tick")
    found.append(("publish", publish, ["a tick"]))
    tails = {
        "visible": ("visible-polling", "visible-waiting"),
        "wire-calm": ("wire-calm",),
        "wire-busy": ("wire-busy",),
    }
    for picture, tables in tails.items():
        visible: Points = {}
        for table_name in tables:
            table = answer.table(table_name)
            for row in table.rows if table else []:
                visible[_short(titles[row.contender], row.way)] = dict(row.values)
        found.append((picture, visible, ["p50", "p99", "p99.9"]))
    return found


def _short(title: str, way: str) -> str:
    """Return title and way, but not twice the same (a library's own row begins with its name)."""
    return way if way.startswith(title) else f"{title}: {way}"


def _add_medians(points: Points, table: Table | None, titles: dict[str, str], series: str) -> None:
    for row in table.rows if table else []:
        title = titles.get(row.contender)
        if title is not None:  # not the empty loop
            points.setdefault(f"{title}: {row.way}" if row.way else title, {})[series] = row.values["median"]


def _dots(points: Points, series: list[str], path: Path) -> None:
    """One line per row, sorted by its smallest value; one mark per series."""
    order = sorted(points, key=lambda label: min(points[label].values()), reverse=True)
    figure, axes = new_picture(0.9 + 0.26 * len(order))
    axes.set_xscale("log")
    for height, label in enumerate(order):
        values = points[label].values()
        axes.plot([min(values), max(values)], [height, height], color="#808891", alpha=0.5, linewidth=1.2, zorder=1)
    for number, name in enumerate(series):
        heights = [height for height, label in enumerate(order) if name in points[label]]
        values_of_series = [points[order[height]][name] for height in heights]
        mark = {"color": COLOURS[number], "marker": MARKERS[number], "label": name}
        axes.scatter(values_of_series, heights, s=26, zorder=2, **mark)
    axes.set_yticks(range(len(order)), order)
    for tick, label in zip(axes.get_yticklabels(), order, strict=True):
        tick.set_fontweight("bold" if label.startswith("tickring") else "normal")
    axes.set_ylim(-0.7, len(order) - 0.3)
    duration_axis(axes.xaxis)
    if len(series) > 1:
        axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=min(3, len(series)), frameon=False)
    save(figure, path)


def _line_plots(answer: Answer) -> list[tuple[str, list[Table], str]]:
    symbols = [table for name in ("symbols-all", "symbols-ten") if (table := answer.table(name)) is not None]
    readers = [table for name in ("readers-sum",) if (table := answer.table(name)) is not None]
    writer = [table for name in ("readers-writer",) if (table := answer.table(name)) is not None]
    return [
        ("symbols", symbols, "symbols in the store"),
        ("readers", readers, "readers, together on one core"),
        ("readers-writer", writer, "readers beside the writer"),
    ]


def _lines(tables: list[Table], titles: dict[str, str], label: str, path: Path) -> None:
    """One line per contender; a second table of the same unit is dashed."""
    figure, axes = new_picture(3.6)
    colours = {row.contender: COLOURS[number % len(COLOURS)] for number, row in enumerate(tables[0].rows)}
    for table, dashes, suffix in zip(tables, ("-", "--"), ("", ", ten of them"), strict=False):
        for row in table.rows:
            across = [int(size) for size in row.values]
            text = f"{titles.get(row.contender, row.contender)}{suffix}" if not suffix else None
            style = {"color": colours.get(row.contender, COLOURS[-1]), "linestyle": dashes, "label": text}
            axes.plot(across, list(row.values.values()), marker="o", markersize=3.5, linewidth=1.5, **style)
    axes.set_xscale("log", base=2 if len(tables[0].columns) > 4 else 10)
    axes.set_yscale("log")
    axes.set_xticks([int(size) for size in tables[0].columns], [f"{int(size):,}" for size in tables[0].columns])
    axes.minorticks_off()
    axes.set_xlabel(f"{label}{' (dashed: only ten of them are read)' if len(tables) > 1 else ''}")
    if tables[0].unit == "ns":
        duration_axis(axes.yaxis)
    else:
        axes.set_ylabel("per second")
    axes.grid(visible=True, axis="y", color="#808891", alpha=0.25, linewidth=0.6)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    save(figure, path)
