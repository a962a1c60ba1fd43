"""The painter: what a terminal shows after any frames is the last frame, and unchanged cells cost nothing."""

from __future__ import annotations

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from tickring.cli.top.line_painter import LinePainter
from tickring.cli.top.sgr import sgr_for
from tickring.cli.top.spans import Line, fit, plain, width_of

COLUMNS, LINES = 24, 4
SGR = sgr_for(Console(force_terminal=True, color_system="standard", no_color=False, width=COLUMNS))

texts = st.text(alphabet="ab .19▼日", max_size=9)
spans = st.tuples(texts, st.sampled_from(["", "bold", "red", "bold white on red", "dim underline"]))
lines = st.lists(spans, max_size=5).map(lambda drawn: fit(drawn, COLUMNS))
frames = st.lists(lines, min_size=LINES, max_size=LINES)


class Glass:
    """A terminal."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self.screen)
        self._stream.feed(b"\x1b[?7l")  # as `Terminal` sets it

    def feed(self, data: bytes) -> None:
        self._stream.feed(data)

    def cells(self) -> list[list[tuple[str, str, str, bool, bool]]]:
        """Text and style of every cell."""
        return [
            [
                (cell.data, cell.fg, cell.bg, cell.bold, cell.underscore)
                for cell in (self.screen.buffer[y][x] for x in range(COLUMNS))
            ]
            for y in range(LINES)
        ]


@given(st.lists(frames, min_size=1, max_size=5))
def test_differences_add_up_to_the_last_frame(shown: list[list[Line]]) -> None:
    """Whatever was shown before, text, style and emptiness are those of a fresh painting."""
    painter, glass = LinePainter(SGR), Glass()
    for frame in shown:
        glass.feed(painter.paint(frame, COLUMNS))

    fresh = Glass()
    fresh.feed(LinePainter(SGR).paint(shown[-1], COLUMNS))

    assert glass.cells() == fresh.cells()
    assert [row.rstrip() for row in glass.screen.display] == [plain(line) for line in shown[-1]]


@given(frames)
def test_a_frame_like_the_one_before_costs_nothing(frame: list[Line]) -> None:
    """Nothing moves, nothing is written."""
    painter = LinePainter(SGR)
    painter.paint(frame, COLUMNS)

    assert painter.paint(frame, COLUMNS) == b""


def test_one_changed_digit_costs_one_digit() -> None:
    """And the way there."""
    painter = LinePainter(SGR)
    painter.paint([(("AAPL  ", "bold"), ("206.31", ""))], COLUMNS)

    assert painter.paint([(("AAPL  ", "bold"), ("206.41", ""))], COLUMNS) == b"\x1b[1;11H\x1b[m4"


def test_after_a_resize_everything_is_painted() -> None:
    """The terminal has moved its lines about."""
    painter = LinePainter(SGR)
    frame: list[Line] = [(("AAPL", ""),)]
    first = painter.paint(frame, COLUMNS)
    painter.forget()

    assert painter.paint(frame, COLUMNS) == first


@given(st.lists(spans, max_size=6), st.integers(0, 30))
def test_a_line_never_takes_more_than_the_width(drawn: list[tuple[str, str]], width: int) -> None:
    """Also with characters that take two cells."""
    line = fit(drawn, width)

    assert sum(width_of(text) for text, _ in line) == min(width, sum(width_of(text) for text, _ in drawn))


def test_no_color_leaves_weight() -> None:
    """NO_COLOR is heeded; bold and reverse still say what matters."""
    sgr = sgr_for(Console(force_terminal=True, no_color=True, width=COLUMNS))

    assert sgr("bold white on red") == "\x1b[0;1m"
    assert sgr("red") == "\x1b[m"
