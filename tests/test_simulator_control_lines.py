"""One control line in, one answer out: every command, and what a wrong line is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.simulator.control import commands
from tickring.simulator.control.commands import COMMANDS
from tickring.simulator.control.line_cutter import LineCutter
from tickring.simulator.control.lines import BadCommand, ack, decode_line, nack

NEEDED: dict[str, dict[str, Any]] = {
    "slow": {"seconds": 1},
    "refuse": {"seconds": 1.5},
    "link_up": {"code": 1101},
    "farm": {"code": 2103},
    "permission": {"code": None},
    "message_rate": {"limit": 0},
    "error": {"code": 200},
    "split": {"mode": "odd"},
    "burst": {"count": 10},
    "clock_offset": {"seconds": -3},
    "market": {"phase": "auto"},
    "halt": {"symbol": "SPY"},
    "price": {"symbol": "SPY", "factor": 0.5},
    "hold": {"symbol": "SPY", "quantity": -3},
    "order": {"symbol": "SPY", "quantity": 100},
}
"""What a command cannot do without; all others stand alone."""


def line(**values: object) -> bytes:
    """One control line."""
    return json.dumps(values).encode()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__struct_config__.tag)
def test_every_command_has_its_line(command: type[commands.Command]) -> None:
    """The word of each command, with what it needs, decodes to that command; without, the missing key is named."""
    word = str(command.__struct_config__.tag)
    needed = NEEDED.get(word, {})
    id, decoded = decode_line(line(id=5, do=word, **needed))
    assert id == 5
    assert type(decoded) is command
    assert {name: getattr(decoded, name) for name in needed} == needed
    for name in needed:
        rest = {key: value for key, value in needed.items() if key != name}
        with pytest.raises(BadCommand, match=f"{word}: '{name}' is missing"):
            decode_line(line(do=word, **rest))


@pytest.mark.parametrize("id", [0, -4, 2**62, "", "a\nb", "é"])
def test_the_id_comes_back_as_it_was(id: int | str) -> None:
    """Integers and strings are ids; they stand unchanged in the ack and in the nack of a bad command."""
    assert decode_line(line(id=id, do="quit")) == (id, commands.Quit())
    with pytest.raises(BadCommand) as caught:
        decode_line(line(id=id, do="quit", now=1))
    assert caught.value.id == id
    assert json.loads(ack(id, {"port": 4002})) == {"id": id, "ok": True, "result": {"port": 4002}}
    assert json.loads(nack(id, "no")) == {"id": id, "ok": False, "error": "no"}


def test_answers_are_one_line_each() -> None:
    """Whatever stands in an answer, it is one line of the documented form."""
    assert ack(7, {}) == b'{"id":7,"ok":true,"result":{}}\n'
    assert nack(None, "two\nlines").count(b"\n") == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "not one JSON object"),
        (b"mute SPY", "'mute SPY' is not one JSON object"),
        (b'{"do": "mute"} {"do": "mute"}', "not one JSON object"),
        (b'{"do": "mute", "symbol": "\xff"}', "not one JSON object"),
        (b"[" * 100_000, "not one JSON object"),
        (b'["mute"]', "not a JSON object"),
        (b"{}", "'do' is missing, must be one of: mute, unmute"),
        (b'{"do": "mut"}', "do is 'mut', must be a known word (did you mean 'mute'?)"),
        (b'{"do": "Halt"}', "(did you mean 'halt'?)"),
        (b'{"do": "qqqqqqqqq"}', "do is 'qqqqqqqqq', must be a known word"),
        (b'{"do": 3}', "do is 3, must be a known word"),
        (
            b'{"do": "mute", "symbl": "SPY"}',
            "mute: unknown key 'symbl' (did you mean 'symbol'?); it takes symbol, farm",
        ),
        (b'{"do": "rst", "x": 1}', "rst: unknown key 'x'; it takes no keys"),
        (b'{"do": "mute", "symbol": 3}', "mute: symbol is 3, expected `str | null`, got `int`"),
        (b'{"do": "slow", "seconds": -1}', "slow: seconds is -1, expected `float` >= 0.0"),
        (b'{"do": "slow", "seconds": 86401}', "slow: seconds is 86401, expected `float` <= 86400.0"),
        (b'{"do": "slow", "seconds": 1e999}', "out of range"),
        (b'{"do": "burst", "count": 1.5}', "burst: count is 1.5, expected `int`, got `float`"),
        (b'{"do": "split", "mode": "half"}', 'split: mode is \'half\', must be one of: "whole", "bytes", "odd"'),
        (b'{"do": "permission", "code": 1}', "permission: code is 1, must be one of: 200, 354, 10089"),
        (b'{"do": "link_up"}', "link_up: 'code' is missing, must be one of: 1101, 1102"),
        (b'{"id": 1.5, "do": "quit"}', "id is 1.5, must be a string or an integer"),
        (b'{"id": true, "do": "quit"}', "id is true, must be a string or an integer"),
        (b'{"id": "' + b"x" * 300 + b'", "do": "quit"}', "id has 300 characters"),
    ],
)
def test_a_wrong_line_is_told_the_value_the_rule_and_the_nearest_word(text: bytes, said: str) -> None:
    """The text of BadCommand is enough to repair the line, and stays short."""
    with pytest.raises(BadCommand) as caught:
        decode_line(text)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 700


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    """Noise is a BadCommand."""
    with pytest.raises(BadCommand):
        decode_line(data)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from(["symbol", "seconds", "code", "count", "farm", "id", "x"])


@given(st.sampled_from(COMMANDS), st.dictionaries(KEYS, JSON_VALUES, max_size=4))
def test_any_values_are_a_command_or_told_why_not(command: type[commands.Command], values: dict[str, Any]) -> None:
    """A JSON object with a known word is that command or a BadCommand, never anything else."""
    try:
        _, decoded = decode_line(line(do=command.__struct_config__.tag, **values))
    except BadCommand:
        return
    assert type(decoded) is command


# ---- lines out of a stream ---------------------------------------------------------------------------------------


@given(st.lists(st.binary(max_size=30).map(lambda piece: piece.replace(b"\n", b" ")), max_size=10), st.data())
def test_lines_come_out_the_same_in_whatever_pieces(lines: list[bytes], data: st.DataObject) -> None:
    """Splits do not matter; a line over the limit gives None and leaves its neighbours alone."""
    stream = b"".join(line + b"\n" for line in lines)
    cutter = LineCutter(bytes_at_most=16)
    out: list[bytes | None] = []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        out += cutter.feed(stream[:size])
        stream = stream[size:]
    assert out == [line if len(line) <= 16 else None for line in lines]


def test_a_line_without_end_is_not_kept() -> None:
    """A peer that never ends its line costs the limit, not its stream, and is served again after the line end."""
    cutter = LineCutter(bytes_at_most=1000)
    for _ in range(1000):
        assert cutter.feed(b"x" * 1000) == []
        assert len(cutter._unfinished) <= 1000
    assert cutter.feed(b"\nnext\n") == [None, b"next"]
