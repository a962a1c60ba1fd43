"""Numbers as the gateway, a Java program, prints them.

Doubles: `202.5`, `0.0`, `1.0E7`, `1.7976931348623157E308`. Sizes and quantities: `100`, `0.5`, never with an exponent
and without a fraction when they are whole, because ibapi 9.81.1 reads sizes with `int()`. Source: recorded traffic.
"""

from decimal import Decimal
from math import isfinite

__all__ = ["UNSET_DOUBLE", "UNSET_INTEGER", "UNSET_LONG", "java_double", "size_text"]

UNSET_DOUBLE = 1.7976931348623157e308
UNSET_INTEGER = 2147483647
UNSET_LONG = 9223372036854775807


def java_double(value: float) -> str:
    """The number as `Double.toString` prints it: plain from 1e-3 to 1e7, else with an exponent."""
    value = float(value)
    magnitude = abs(value)
    if 1e-3 <= magnitude < 1e7 or magnitude == 0:
        return repr(value)
    if not isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    # Python switches to an exponent elsewhere; its digits are the same.
    decimal = Decimal(repr(value))
    digits = "".join(map(str, decimal.as_tuple().digits)).rstrip("0")
    return f"{'-' if value < 0 else ''}{digits[0]}.{digits[1:] or '0'}E{decimal.adjusted()}"


def size_text(value: float) -> str:
    """The size in plain digits; a whole one without a fraction."""
    whole = int(value)
    if whole == value:
        return str(whole)
    text = repr(float(value))
    return text if "e" not in text else f"{Decimal(text):f}"
