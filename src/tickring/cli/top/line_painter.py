"""Write only what differs from the frame before: fewer bytes over ssh, and nothing that flickers.

Lines are compared whole, then span by span where both have the same widths, and of a span only the characters from the
first to the last difference are written. The cursor is moved relatively within a line, and a style is only set when
it changes.
"""

from collections.abc import Callable, Sequence
from itertools import zip_longest

from tickring.cli.top.spans import Line, width_of

__all__ = ["LinePainter"]


class LinePainter:
    """Knows what the terminal shows. `sgr` turns rich style words into the terminal's sequence."""

    def __init__(self, sgr: Callable[[str], str], encoding: str = "utf-8") -> None:
        self._sgr = sgr
        self._encoding = encoding
        self._shown: list[Line] | None = None
        self._out: list[str] = []
        self._columns = 0
        self._cursor: tuple[int, int] | None = None
        self._style: str | None = None

    def forget(self) -> None:
        """The terminal shows something else now (resized, suspended): the next frame is painted whole."""
        self._shown = None

    def paint(self, frame: Sequence[Line], columns: int) -> bytes:
        """Return what turns the frame before into this one, on a terminal this wide."""
        self._out = []
        self._columns = columns
        self._cursor = self._style = None
        if self._shown is None or len(self._shown) != len(frame):
            self._out.append(f"{self._sgr('')}\x1b[2J")
            self._style = ""
            self._shown = [()] * len(frame)
        for y, (old, new) in enumerate(zip(self._shown, frame, strict=True)):
            if old != new:
                self._paint_line(y, old, new)
        self._shown = list(frame)
        return "".join(self._out).encode(self._encoding, errors="replace")

    def _paint_line(self, y: int, old: Line, new: Line) -> None:
        x = 0
        is_aligned = True  # so far every span of the old line was as wide as the new one in its place
        for before, span in zip_longest(old, new):
            if span is None:
                self._clear_rest(y, x)
                return
            text, style = span
            width = width_of(text)
            is_aligned = is_aligned and before is not None and width_of(before[0]) == width
            if not is_aligned:
                self._write(y, x, text, style, width)
            elif before != span:
                self._write_difference(y, x, before[0] if before is not None and before[1] == style else "", span)
            x += width
        if not is_aligned:
            self._clear_rest(y, x)

    def _write_difference(self, y: int, x: int, before: str, span: tuple[str, str]) -> None:
        text, style = span
        first, last = 0, len(text)
        if before and len(before) == len(text) and text.isascii() and before.isascii():
            while text[first] == before[first]:
                first += 1
            while text[last - 1] == before[last - 1]:
                last -= 1
        self._write(y, x + first, text[first:last], style, width_of(text[first:last]))

    def _write(self, y: int, x: int, text: str, style: str, width: int) -> None:
        if not text:
            return
        self._move(y, x)
        if style != self._style:
            self._out.append(self._sgr(style))
            self._style = style
        self._out.append(text)
        self._cursor = y, x + width

    def _clear_rest(self, y: int, x: int) -> None:
        if x >= self._columns:  # behind the last cell the cursor stands on it, and would clear it
            return
        self._move(y, x)
        if self._style != "":
            self._out.append(self._sgr(""))
            self._style = ""
        self._out.append("\x1b[K")

    def _move(self, y: int, x: int) -> None:
        if self._cursor == (y, x):
            return
        if self._cursor is not None and self._cursor[0] == y and self._cursor[1] < x:
            self._out.append(f"\x1b[{x - self._cursor[1]}C")
        else:
            self._out.append(f"\x1b[{y + 1};{x + 1}H")
        self._cursor = y, x
