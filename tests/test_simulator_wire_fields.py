"""Single fields: numbers as Java prints them, escapes, text and protobuf fields there and back, garbage."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.simulator.wire import protobuf_fields
from tickring.simulator.wire.field_error import BadField
from tickring.simulator.wire.number_text import UNSET_DOUBLE, java_double, size_text
from tickring.simulator.wire.protobuf_fields import ProtobufReader
from tickring.simulator.wire.text_fields import TextReader, escape_ascii7, text_payload

INT32 = st.integers(-(2**31), 2**31 - 2)
FINITE = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (202.5, "202.5"),
        (100, "100.0"),
        (0.01, "0.01"),
        (0.001, "0.001"),
        (0.0005, "5.0E-4"),
        (0.00012345, "1.2345E-4"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (-12345678.25, "-1.234567825E7"),
        (1e22, "1.0E22"),
        (1.5e300, "1.5E300"),
        (UNSET_DOUBLE, "1.7976931348623157E308"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        (math.nan, "NaN"),
    ],
)
def test_doubles_look_as_java_prints_them(value: float, text: str) -> None:
    """Plain from a thousandth to ten millions, else with an exponent (Double.toString, Java 8 API)."""
    assert java_double(value) == text


@given(FINITE)
def test_a_printed_double_is_the_same_number_again(value: float) -> None:
    """No digit is lost, and one stands on each side of the point."""
    text = java_double(value)
    assert float(text) == value
    assert "." in text
    assert text.partition(".")[2][0].isdigit()


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0"), (300.0, "300"), (-250, "-250"), (0.5, "0.5"), (1e-7, "0.0000001"), (1e18, f"{10**18}")]
)
def test_sizes_are_plain_digits(size: float, text: str) -> None:
    """Whole ones without a fraction, none with an exponent."""
    assert size_text(size) == text


@given(st.floats(min_value=-1e15, max_value=1e15))
def test_a_printed_size_is_the_same_number_again(size: float) -> None:
    """Any size, also a tiny one."""
    assert float(Decimal(size_text(size))) == size
    assert "e" not in size_text(size).lower()


@given(st.text(alphabet=st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"])))
def test_escapes_are_ascii_and_unescape_to_the_text(text: str) -> None:
    """By Python's unicode-escape, as the clients do it; no NUL can cut the field."""
    escaped = escape_ascii7(text)
    assert escaped.isascii()
    assert escaped.isprintable()
    assert escaped.encode().decode("unicode-escape") == text


def test_characters_above_the_basic_plane_are_a_pair_of_escapes() -> None:
    """As Java writes its 16-bit characters."""
    assert escape_ascii7("a🎉") == "a\\ud83c\\udf89"


@given(st.lists(st.text()))
def test_fields_are_terminated_and_stay_apart(fields: list[str]) -> None:
    """As many NULs as fields, whatever is in them."""
    payload = text_payload(fields)
    assert payload.count(b"\0") == len(fields)
    reader = TextReader(payload)
    for field in fields:
        assert reader.text("any") == field.replace("\0", " ").encode("utf-8", "replace").decode()
    with pytest.raises(BadField, match="any is missing"):
        reader.text("any")


@given(INT32, FINITE, st.booleans())
def test_text_numbers_there_and_back(integer: int, number: float, flag: bool) -> None:
    """Integers, doubles and booleans in the form that is sent."""
    reader = TextReader(text_payload([str(integer), java_double(number), "1" if flag else "0"]))
    assert reader.integer("i") == integer
    assert reader.number("n", unset=number) == number
    assert reader.flag("f") is flag
    assert not reader.has_more


@pytest.mark.parametrize("unset", ["", "2147483647"])
def test_an_unset_integer_is_what_the_caller_says(unset: str) -> None:
    """An empty field and IB's constant mean the same."""
    assert TextReader(text_payload([unset])).integer("i", unset=-5) == -5


@pytest.mark.parametrize("unset", ["", "1.7976931348623157E308"])
def test_an_unset_double_is_what_the_caller_says(unset: str) -> None:
    """An empty field and IB's constant mean the same."""
    assert TextReader(text_payload([unset])).number("n", unset=-5.0) == -5.0


@pytest.mark.parametrize("value", ["abc", "1.5", "--1", "1_0", " 1", "\uff12", "99999999999", "9" * 5000, "0x10"])
def test_what_is_no_integer_is_named_with_its_value(value: str) -> None:
    """The message has the field, and the value if it is short."""
    with pytest.raises(BadField, match=r"field conId is '.{1,44}', expected a 32-bit integer"):
        TextReader(text_payload([value])).integer("conId")


@pytest.mark.parametrize("value", ["abc", "1,5", "nan", "Infinity", "1e999", "1_0", "\u0663", "9" * 5000, "-", "."])
def test_what_is_no_number_is_named_with_its_value(value: str) -> None:
    """Infinities are refused too: no request means one."""
    with pytest.raises(BadField, match=r"field strike is '.{1,44}', expected a finite number"):
        TextReader(text_payload([value])).number("strike")


@given(INT32, FINITE, st.text(), st.booleans())
def test_protobuf_fields_there_and_back(integer: int, number: float, text: str, flag: bool) -> None:
    """Every kind of field, also nested, beside fields nobody asks for."""
    inner = protobuf_fields.int_field(3, integer) + protobuf_fields.double_field(40, number)
    body = b"".join(
        [
            protobuf_fields.message_field(2, inner),
            protobuf_fields.text_field(500_000, text),
            protobuf_fields.int_field(7, flag),
            protobuf_fields.int_field(2**29 - 1, 1),
        ]
    )
    reader = ProtobufReader(body)
    message = reader.message(2, "m")
    assert message.integer(3, "i", unset=integer) == integer
    assert message.number(40, "n", unset=number) == number
    assert reader.text(500_000, "t") == text.encode("utf-8", "replace").decode()
    assert reader.flag(7, "f") is flag
    assert reader.text(8, "absent") == ""


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\x08", "ends inside the number"),
        (b"\x08" + b"\xff" * 10, "more than ten bytes"),
        (b"\x00\x00", "field number 0"),
        (b"\x0b", "wire type 3"),
        (b"\x0e\x00", "wire type 6"),
        (b"\x12\x05ab", "has 5 bytes, 2 are left"),
        (b"\x11\x00\x00", "has 8 bytes, 2 are left"),
        (b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "0 are left"),
    ],
)
def test_broken_protobuf_is_refused_with_the_place(body: bytes, reason: str) -> None:
    """The message says what is wrong with which field."""
    with pytest.raises(BadField, match=reason):
        ProtobufReader(body)


@pytest.mark.parametrize(
    ("body", "read", "reason"),
    [
        (b"\x0a\x01a", "integer", r"field x \(1\) is no varint"),
        (b"\x08\x01", "number", r"field x \(1\) is no double"),
        (b"\x08\x01", "text", r"field x \(1\) is not length-delimited"),
        (b"\x0a\x01\xff", "text", r"field x \(1\) is no UTF-8"),
        (protobuf_fields.double_field(1, math.nan), "number", "expected a finite number"),
        (protobuf_fields.double_field(1, math.inf), "number", "expected a finite number"),
    ],
)
def test_a_field_of_another_type_is_named(body: bytes, read: str, reason: str) -> None:
    """By its name and number."""
    with pytest.raises(BadField, match=reason):
        getattr(ProtobufReader(body), read)(1, "x")
