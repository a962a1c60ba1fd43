"""A symbol's file name: readable, safe, and back again."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring import _core
from tickring.errors import InvalidSymbol, TickringError
from tickring.flusher import NoFileName, file_name_of, symbol_of


@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        ("SPY", "SPY.json"),
        ("EUR.USD", "EUR.USD.json"),
        ("BRK B", "BRK%20B.json"),
        ("BRK.B", "BRK.B.json"),
        ("^GSPC", "^GSPC.json"),
        ("GC=F", "GC=F.json"),
        ("BTC-USD", "BTC-USD.json"),
        ("ES+1", "ES+1.json"),
        ("A_B", "A_B.json"),
        ("50%", "50%25.json"),
        (".INX", "%2EINX.json"),
        ("-X", "%2DX.json"),
        ("a:b", "a%3Ab.json"),
        ("$HOME", "%24HOME.json"),
        ("DÜR", "D%C3%9CR.json"),
        ("...", "%2E...json"),
    ],
)
def test_names_that_are_promised(symbol: str, name: str) -> None:
    """docs/files.md has these."""
    assert file_name_of(symbol) == name
    assert symbol_of(name) == symbol


@pytest.mark.parametrize(
    ("symbol", "why"),
    [
        ("_status", "reserved"), ("_", "reserved"), ("_tmp.1.2.3.abcdef00", "reserved"), ("../x", "path separators"),
        ("a/b", "path separators"), ("a\\b", "path separators"), (".", "directory name"), ("..", "directory name"),
        ("", "empty"), ("X" * 64, "63 bytes"), ("A\0B", "control characters"), ("A\nB", "control characters"),
        (" A", "space"), ("\ud800", "valid text"),
    ],
)  # fmt: skip
def test_what_gets_no_file(symbol: str, why: str) -> None:
    """The message has the value, the rule and what to do."""
    with pytest.raises(NoFileName, match=why) as caught:
        file_name_of(symbol)
    assert isinstance(caught.value, TickringError)
    assert repr(symbol) in str(caught.value)
    assert ";" in str(caught.value)


@pytest.mark.parametrize(
    "name",
    ["SPY", "SPY.txt", ".json", "_status.json", "%41.json", "a%20.json", "%2e.json", "%ZZ.json", "%FF.json",
     "A B.json", "%2E%2E.json", "x%2Fy.json", "X" * 64 + ".json", "SPY.json.json.x", "%2Dx%00.json", "Ü.json"],
)  # fmt: skip
def test_what_is_no_symbols_file(name: str) -> None:
    """A name is a symbol's only if that symbol would be written under it."""
    with pytest.raises(NoFileName, match="leaves it alone"):
        symbol_of(name)


@given(st.text(min_size=1, max_size=63))
def test_every_symbol_comes_back_or_is_refused(symbol: str) -> None:
    """Any text: either a plain file name of at most 255 bytes that gives the same symbol, or NoFileName."""
    try:
        _core.check_symbol(symbol)
        is_symbol = not symbol.startswith("_")
    except InvalidSymbol:
        is_symbol = False
    if not is_symbol:
        with pytest.raises(NoFileName):
            file_name_of(symbol)
        return
    name = file_name_of(symbol)
    assert symbol_of(name) == symbol
    assert len(name.encode()) <= 255
    assert name.isascii()
    assert name[0] not in "._-"
    assert "/" not in name
    assert shlex.quote(name.replace("^", "")) == name.replace("^", "")


@given(st.text("ABab%_.-09 ", min_size=1, max_size=8).map(lambda stem: stem + ".json"))
def test_a_file_name_never_has_two_symbols(name: str) -> None:
    """What is read from a name is written under that very name."""
    try:
        symbol = symbol_of(name)
    except NoFileName:
        return
    assert file_name_of(symbol) == name
