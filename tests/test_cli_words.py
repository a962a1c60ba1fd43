"""Words, numbers and colours that all commands share."""

from __future__ import annotations

from typing import get_args

import pytest
from rich.style import Style

from tickring.cli.numbers import age, bytes_text, decimals_of, duration, price, rate, size, wall_clock
from tickring.cli.palette import (
    CONNECTION_STYLES,
    MODE_STYLES,
    RUN_STATE_STYLES,
    STREAM_STYLES,
    SYMBOL_STYLES,
    VERDICT_STYLES,
)
from tickring.cli.printable import printable
from tickring.cli.reasons import REASONS
from tickring.cli.sparkline import sparkline
from tickring.reader import ApiMode, Connection, Reason, RunState, Verdict
from tickring.stream_words import StatusWord


def test_every_reason_is_explained_in_whole_sentences() -> None:
    """A reason added to the library needs its words here."""
    assert set(REASONS) == set(Reason)
    for words in REASONS.values():
        for sentence in words:
            assert sentence[0].isupper()
            assert sentence.endswith(".")


def test_what_others_wrote_is_made_harmless() -> None:
    """Line ends become spaces, controls question marks, letters of any language stay."""
    assert printable("a\nb\x1b[2J\u202eé漢") == "a b?[2J?é漢"


def test_every_word_has_a_colour_rich_knows() -> None:
    """A state added to the library needs its colour here."""
    assert set(VERDICT_STYLES) == set(SYMBOL_STYLES) == set(Verdict)
    assert set(RUN_STATE_STYLES) == set(RunState)
    assert set(CONNECTION_STYLES) == set(Connection)
    assert set(MODE_STYLES) == set(ApiMode)
    assert set(STREAM_STYLES) == set(get_args(StatusWord))
    for styles in (VERDICT_STYLES, SYMBOL_STYLES, RUN_STATE_STYLES, CONNECTION_STYLES, MODE_STYLES, STREAM_STYLES):
        for words in styles.values():
            Style.parse(words)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0.0s"), (0.44, "0.4s"), (9.949, "9.9s"), (9.96, "10s"), (59.6, "60s"), (99.4, "99s"), (99.6, "1m40s"),
        (5 * 60 + 3, "5m03s"), (5999, "99m59s"), (6000, "1h40m"), (359_999, "99h59m"), (360_000, "4d04h"),
        (86_400 * 120, "120d"), (float("inf"), "never"),
    ],
)  # fmt: skip
def test_ages_take_six_characters_at_most(seconds: float, text: str) -> None:
    """From a tenth of a second to months, in one column."""
    assert age(seconds) == text
    assert len(age(seconds)) <= 6


@pytest.mark.parametrize(
    ("values", "decimals"),
    [
        ((), 2), ((None, 5.0), 2), ((206.31, 206.3), 2), ((1.0845, 1.08), 4), ((0.1 + 0.2,), 2), ((1 / 3,), 6),
        ((206.31000000000003,), 2), ((-0.5,), 2),
    ],
)  # fmt: skip
def test_decimals_are_those_that_the_price_has(values: tuple[float | None, ...], decimals: int) -> None:
    """The noise of binary fractions is not shown as a price."""
    assert decimals_of(*values) == decimals


def test_absent_is_a_dash_and_never_a_number() -> None:
    """Nothing absent reads like 0."""
    assert price(None) == size(None) == wall_clock(0) == "-"
    assert duration(float("inf")) == "never"


def test_sizes_have_separators_and_only_the_decimals_they_need() -> None:
    """Fractions of shares exist."""
    assert [size(value) for value in (0.0, 1200.0, 0.25, 1234567.5)] == ["0", "1,200", "0.25", "1,234,567.5"]


@pytest.mark.parametrize(
    ("per_second", "text"),
    [(0.0, "0"), (0.04, "0"), (0.5, "0.5"), (9.96, "10"), (1234.4, "1,234"), (250_000.0, "250k")],
)
def test_rates_take_six_characters_at_most(per_second: float, text: str) -> None:
    """Also that of a feed at full speed."""
    assert rate(per_second) == text


def test_bytes_have_the_unit_that_fits() -> None:
    """Of a segment and of a page."""
    assert [bytes_text(count) for count in (64, 20_480, 8_523_776)] == ["64 B", "20.5 kB", "8.5 MB"]


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ((), ""), ((None,), ""), ((5.0,), "▄"), ((5.0, 5.0), "▄▄"), ((1.0, None, 8.0), "▁ █"),
        (tuple(float(n) for n in range(8)), "▁▂▃▄▅▆▇█"),
    ],
)  # fmt: skip
def test_a_sparkline_is_one_character_a_value(values: tuple[float | None, ...], line: str) -> None:
    """The smallest lowest, the largest highest, gaps where there is nothing."""
    assert sparkline(values) == line
