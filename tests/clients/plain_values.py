"""What a client hands to its callbacks, as JSON can say it. Imported by the scripts that run beside a client."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum

UNSET_DECIMAL = Decimal(2**127 - 1)


def plain(value: object) -> object:
    """Numbers as floats or ints, "unset" for IB's unset decimal, objects as dictionaries of their attributes."""
    if isinstance(value, Decimal):
        return "unset" if value == UNSET_DECIMAL else float(value)
    if isinstance(value, Enum):
        return value.name
    if value is None or isinstance(value, bool | int | float | str):
        return value
    names = getattr(value, "_fields", None)
    if isinstance(value, tuple) and names:
        return {name: plain(item) for name, item in zip(names, value, strict=True)}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return {name: plain(item) for name, item in vars(value).items()}
