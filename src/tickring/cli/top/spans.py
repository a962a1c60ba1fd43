"""Lines of a frame: spans of text in one style each, cut and padded by terminal cells."""

from collections.abc import Iterable
from typing import TypeAlias

from rich.cells import cell_len, set_cell_size

__all__ = ["Line", "Span", "aligned", "fit", "plain", "width_of"]

Span: TypeAlias = tuple[str, str]
"""(text, rich style words); "" is the terminal's own style."""
Line: TypeAlias = tuple[Span, ...]


def width_of(text: str) -> int:
    """Return how many cells the text takes."""
    return len(text) if text.isascii() else cell_len(text)


def aligned(text: str, width: int, *, right: bool = False) -> str:
    """Return the text in exactly `width` cells; a word that is too long ends in an ellipsis."""
    if text.isascii():
        if len(text) > width:
            return text[: width - 1] + "…" if width else ""
        return text.rjust(width) if right else text.ljust(width)
    missing = width - cell_len(text)
    if missing < 0:
        return set_cell_size(text, width - 1) + "…" if width else ""
    return " " * missing + text if right else text + " " * missing


def fit(spans: Iterable[Span], width: int) -> Line:
    """Return the spans that lie within `width` cells, the last one cut."""
    kept: list[Span] = []
    left = width
    for text, style in spans:
        if left <= 0:
            break
        cells = width_of(text)
        kept.append((text if cells <= left else aligned(text, left), style))
        left -= cells
    return tuple(kept)


def plain(line: Line) -> str:
    """Return the text alone."""
    return "".join(text for text, _ in line).rstrip()
