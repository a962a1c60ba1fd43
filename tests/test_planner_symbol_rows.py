"""Lists of symbols from outside: CSV and JSON, every bad row by its line, and nothing that is half taken."""

from __future__ import annotations

import contextlib
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.errors import ImportRefused
from tickring.planner.symbol_rows import SymbolRow, parse_symbol_rows


def problems_of(content: bytes) -> tuple[str, ...]:
    """What is wrong with it."""
    with pytest.raises(ImportRefused) as caught:
        parse_symbol_rows(content, "list.csv")
    return caught.value.problems


def test_csv_and_json_say_the_same() -> None:
    """Symbols come in upper case, amounts with every digit."""
    csv_rows = parse_symbol_rows(
        b'\xef\xbb\xbfSymbol,side,weight,quantity,note\r\nspy,,0.10,100,\r\n\r\nBRK B,Short,,,"a, b"\r\n', "x"
    )
    json_rows = parse_symbol_rows(
        b'[\n{"symbol": "spy", "weight": 0.10, "quantity": 100},\n\n'
        b'{"symbol": "BRK B", "side": "Short", "weight": null, "note": "a, b"}]',
        "x",
    )
    assert csv_rows == json_rows
    assert csv_rows == [
        SymbolRow(2, "SPY", "long", Decimal("0.10"), Decimal(100)),
        SymbolRow(4, "BRK B", "short", None, None, "a, b"),
    ]
    assert str(json_rows[0].weight) == "0.10"


def test_plain_lists_are_enough() -> None:
    """One column, a list of texts, or an object around it."""
    assert [row.symbol for row in parse_symbol_rows(b"symbol\nSPY\nQQQ\n", "x")] == ["SPY", "QQQ"]
    assert [row.symbol for row in parse_symbol_rows(b'["SPY", "QQQ"]', "x")] == ["SPY", "QQQ"]
    wrapped = b'{"day": {"a": [1]},\n"items": ["SPY"],\n"more": null}'
    assert parse_symbol_rows(wrapped, "x") == [SymbolRow(2, "SPY")]
    assert parse_symbol_rows(b"[]", "x") == []


def test_every_bad_row_is_told_by_its_line() -> None:
    """All at once, and none of the good ones is returned."""
    content = (
        b"symbol,side,weight\nSPY,long,1\n../etc/passwd,long,1\nQQQ,up,1\nXOM,long,much\nSPY,long,1\nKO,long\n"
        b'"A\nB",long,1\n_status,long,1\nF,long,NaN\nGM,long,1e999999999\n'
    )
    problems = problems_of(content)
    assert [problem.split(":")[0] for problem in problems] == [
        *("line 3", "line 4", "line 5", "line 6", "line 7", "line 8", "line 10", "line 11", "line 12"),
    ]
    assert "must not contain path separators" in problems[0]
    assert "side is 'up', must be one of long, short, flat" in problems[1]
    assert "weight is 'much'" in problems[2]
    assert "'SPY' stands in line 2 already" in problems[3]
    assert "has 2 cells, the first row has 3" in problems[4]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "line 1: is empty"),
        (b"ticker\nSPY\n", "has no column `symbol`"),
        (b"symbol,wieght\nSPY,1\n", "column 'wieght' is not known"),
        (b"symbol,symbol\nSPY,1\n", "names a column twice"),
        (b"symbol\nSP\xff\n", "line 2: is not UTF-8"),
        (b'symbol\n"SPY\n', "line 2: unexpected end of data"),
        (b"{}", "has no list `items`"),
        (b'{"items": 3}', "`items` must be a list"),
        (b'["SPY",\n 3]', "line 2: is neither a text nor an object"),
        (b'["SPY",\n', "line 2: is no JSON"),
        (b'["SPY"]\n["QQQ"]', "line 2: has something behind its end"),
        (b'[{"symbol": "SPY", "weight": NaN}]', "line 1: NaN is no JSON"),
        (b'[{"symbol": "SPY", "weight": true}]', "weight is True, must be a number"),
        (b'[{"symbol": 7}]', "has no symbol"),
        (b'[{"symbol": "SPY", "price": 7}]', "'price' is not known"),
        (b'["SPY",\n' + b"9" * 5000 + b"]", "line 2: has a number that is too long"),
        (b"[" * 100_000, "line 1: is nested too deeply"),
    ],
)
def test_what_is_no_list_is_refused(content: bytes, words: str) -> None:
    """With the line and the rule."""
    assert words in problems_of(content)[0]


def test_more_rows_than_anybody_means_are_refused() -> None:
    """A file that grew by mistake is not streamed."""
    content = b"symbol\n" + b"".join(b"S%d\n" % number for number in range(100_001))
    assert "more than 100000 rows" in problems_of(content)[0]


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_taken_or_refused(content: bytes) -> None:
    """Never another error."""
    with contextlib.suppress(ImportRefused):
        rows = parse_symbol_rows(content, "x")
        assert len({row.symbol for row in rows}) == len(rows)


ITEMS = st.lists(st.from_regex(r"[A-Z]{1,5}[0-9]{1,3}", fullmatch=True), unique=True, max_size=20)


@given(ITEMS, st.sampled_from([None, 1, 4]))
def test_json_of_any_layout_gives_items_with_their_lines(symbols: list[str], indent: int | None) -> None:
    """The line is where the item stands in the text."""
    text = json.dumps([{"symbol": symbol} for symbol in symbols], indent=indent)
    rows = parse_symbol_rows(text.encode(), "x")
    assert [row.symbol for row in rows] == symbols
    lines = text.split("\n")
    for row in rows:
        assert "{" in lines[row.line - 1]
