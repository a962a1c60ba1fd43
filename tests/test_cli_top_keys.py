"""From bytes to keys, and from keys to what is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.cli.top.keyboard import Keyboard
from tickring.cli.top.selection import Sort
from tickring.cli.top.view import View

KEYS = {
    "q": "q", "é": "é", "\x1b[A": "up", "\x1bOB": "down", "\x1b[5~": "page up", "\x1b[6~": "page down",
    "\x1b[H": "home", "\x1b[4~": "end", "\r": "enter", "\x7f": "backspace", "\x08": "backspace", "\x0c": "redraw",
    " ": " ",
}  # fmt: skip


@pytest.mark.parametrize(("typed", "key"), KEYS.items(), ids=map(repr, KEYS))
def test_every_key_has_its_name(typed: str, key: str) -> None:
    """Both forms that terminals send."""
    assert Keyboard().feed(typed.encode()) == [key]


@given(st.lists(st.sampled_from(sorted(KEYS)), max_size=8), st.data())
def test_it_does_not_matter_how_the_line_cuts_the_bytes(typed: list[str], data: st.DataObject) -> None:
    """Over a slow line a sequence arrives in pieces."""
    keyboard, keys = Keyboard(), list[str]()
    rest = "".join(typed).encode()
    while rest:
        count = data.draw(st.integers(1, len(rest)))
        keys += keyboard.feed(rest[:count])
        rest = rest[count:]

    assert keys == [KEYS[sequence] for sequence in typed]
    assert not keyboard.is_waiting


def test_escape_alone_is_a_key_once_nothing_follows() -> None:
    """It begins every sequence, so it has to wait."""
    keyboard = Keyboard()

    assert keyboard.feed(b"\x1b") == []
    assert keyboard.is_waiting
    assert keyboard.flush() == ["escape"]
    assert not keyboard.is_waiting


def test_escape_followed_by_another_key_is_both() -> None:
    """Whoever types quickly loses nothing."""
    assert Keyboard().feed(b"\x1bq") == ["escape", "q"]
    assert Keyboard().feed(b"\x1b\x1b[A") == ["escape", "up"]


@given(st.binary(max_size=40))
def test_no_bytes_break_the_keyboard(data: bytes) -> None:
    """Paste, noise, unknown sequences: named keys and printable characters come out, nothing else."""
    keyboard = Keyboard()
    for key in keyboard.feed(data) + keyboard.flush():
        assert key in {*KEYS.values(), "escape"} or key.isprintable()


# ---- the view ----


def pressed(*keys: str, page: int = 10, total: int = 100) -> View:
    """Return a view of `total` rows after these keys."""
    view = View(page=page, total=total)
    for key in keys:
        view.press(key)
    return view


@pytest.mark.parametrize(
    ("keys", "offset"),
    [
        (("down",), 1), (("down", "up", "up"), 0), (("page down",), 10), (("page down", "page up", "page up"), 0),
        (("end",), 90), (("end", "down"), 90), (("end", "home"), 0), (("j", "j", "k"), 1), (("G", "g"), 0),
        (("end", "s"), 0), (("end", "v"), 0), (("end", "/", "x"), 0),
    ],
)  # fmt: skip
def test_scrolling_stays_within_the_list(keys: tuple[str, ...], offset: int) -> None:
    """What changes the list begins at its top."""
    assert pressed(*keys).offset == offset


def test_s_goes_through_all_orders_and_back() -> None:
    """And r turns each round."""
    orders = [pressed(*["s"] * presses).sort for presses in range(6)]

    assert orders == [Sort.VERDICT, Sort.SYMBOL, Sort.AGE, Sort.SPREAD, Sort.RATE, Sort.VERDICT]
    assert pressed("r").is_reversed
    assert not pressed("r", "r").is_reversed


def test_while_a_filter_is_typed_letters_are_letters() -> None:
    """A symbol with a q in it does not quit."""
    view = pressed("/", *"qs v?", "backspace")

    assert (view.needle, view.is_editing, view.is_over, view.sort) == ("qs v", True, False, Sort.VERDICT)


@pytest.mark.parametrize(
    ("keys", "needle", "is_editing"),
    [
        (("/", "a", "enter"), "a", False), (("/", "a", "escape"), "", False),
        (("/", "a", "enter", "escape"), "", False),
        (("/", "a", "down"), "a", True), (("/", "backspace"), "", True), (("/", "a", "enter", "/", "b"), "ab", True),
    ],
)  # fmt: skip
def test_enter_keeps_a_filter_and_escape_clears_it(keys: tuple[str, ...], needle: str, is_editing: bool) -> None:
    """While typing and afterwards."""
    view = pressed(*keys)

    assert (view.needle, view.is_editing) == (needle, is_editing)


def test_any_key_leaves_the_help_and_does_nothing_else() -> None:
    """Except q, which means what it says."""
    assert not pressed("?").is_over
    assert pressed("?").is_helping
    view = pressed("?", "s")
    assert (view.is_helping, view.sort) == (False, Sort.VERDICT)
    assert pressed("?", "q").is_over
