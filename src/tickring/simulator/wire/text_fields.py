"""Fields of the text form: each ends with one NUL; nothing, unset and empty are all an empty field.

Source: `comm.py` and `utils.py` of ibapi 9.81.1 and 10.51.1.
"""

import re
from collections.abc import Iterable
from math import isfinite, nan

from tickring.simulator.wire.field_error import BadField
from tickring.simulator.wire.number_text import UNSET_DOUBLE, UNSET_INTEGER

__all__ = ["TextReader", "escape_ascii7", "text_payload"]

_INTEGER = re.compile(r"-?[0-9]{1,19}")
_NUMBER = re.compile(r"-?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,4})?")
_TO_ESCAPE = re.compile(r"[^ -\[\]-~]")
_LONGEST_SHOWN = 40


def escape_ascii7(text: str) -> str:
    r"""Everything but printable ASCII as `\uXXXX`, in pairs above U+FFFF; also backslashes, which clients unescape."""

    def escaped(found: re.Match[str]) -> str:
        units = found[0].encode("utf-16-be", "surrogatepass")
        return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))

    return _TO_ESCAPE.sub(escaped, text)


def text_payload(fields: Iterable[str]) -> bytes:
    """The fields, each with its NUL; a NUL inside a field would start another and becomes a space."""
    return "".join([field.replace("\0", " ") + "\0" for field in fields]).encode("utf-8", "replace")


class TextReader:
    """Reads fields one after the other; an error names the field and its value.

    `request_id` is what `read_request_id` has read, for answers to requests that turn out to be wrong further on.
    """

    def __init__(self, body: bytes) -> None:
        fields = body.decode("utf-8", "backslashreplace").split("\0")
        if not fields[-1]:
            fields.pop()
        self._fields = fields
        self._at = 0
        self.request_id: int | None = None

    @property
    def has_more(self) -> bool:
        """Whether a field is left."""
        return self._at < len(self._fields)

    def skip(self, count: int, name: str) -> None:
        """Pass over fields that say nothing here."""
        if self._at + count > len(self._fields):
            raise BadField(f"field {name} is missing")
        self._at += count

    def text(self, name: str) -> str:
        """The next field as it is."""
        if self._at >= len(self._fields):
            raise BadField(f"field {name} is missing")
        value = self._fields[self._at]
        self._at += 1
        return value

    def integer(self, name: str, unset: int = 0) -> int:
        """The next field as a 32-bit integer; `unset` for an empty one and for IB's unset value."""
        value = self.text(name)
        if not value:
            return unset
        if not _INTEGER.fullmatch(value) or not -(2**31) <= int(value) < 2**31:
            raise BadField(f"field {name} is {_shown(value)}, expected a 32-bit integer")
        number = int(value)
        return unset if number == UNSET_INTEGER else number

    def number(self, name: str, unset: float = 0.0) -> float:
        """The next field as a double; `unset` for an empty one and for IB's unset value."""
        value = self.text(name)
        if not value:
            return unset
        number = float(value) if _NUMBER.fullmatch(value) else nan
        if not isfinite(number):
            raise BadField(f"field {name} is {_shown(value)}, expected a finite number")
        return unset if number == UNSET_DOUBLE else number

    def flag(self, name: str) -> bool:
        """The next field as a boolean: any integer but 0 is true; empty is false."""
        return self.integer(name) != 0

    def read_request_id(self, name: str = "reqId") -> int:
        """The next field as the id of the request (or of its order)."""
        value = self.text(name)
        if not _INTEGER.fullmatch(value) or not -(2**31) <= int(value) < 2**31:
            raise BadField(f"field {name} is {_shown(value)}, expected a 32-bit integer")
        self.request_id = int(value)
        return self.request_id


def _shown(value: str) -> str:
    return repr(value if len(value) <= _LONGEST_SHOWN else value[:_LONGEST_SHOWN] + "...")
