"""The items of a JSON list, each with the line where it begins; numbers with a point come as Decimal, exactly."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

__all__ = ["JsonBroken", "located_items"]

_SPACE = re.compile(r"[ \t\r\n]*")
_ITEMS = "items"


class JsonBroken(ValueError):
    """The text is no such JSON; says in which line."""


def located_items(text: str) -> Iterator[tuple[int, Any]]:
    """Yield line and value of each item of the list, or of the list `items` of the object, that the text is.

    Raises:
        JsonBroken: the text is something else, also after items were yielded.
    """
    walker = _Walker(text)
    if walker.peek() == "{":
        walker.enter_items()
    elif walker.peek() != "[":
        raise walker.broken("must be a list, or an object with a list `items`")
    yield from walker.list_items()
    walker.expect_end()


class _Walker:
    """Goes through a JSON text one level deep, and leaves the values to the standard decoder."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line, self._line_at = 1, 0
        self._is_in_object = False
        self._decoder = json.JSONDecoder(parse_float=Decimal, parse_constant=self._refuse_constant)

    def peek(self) -> str:
        """Return the next character that is no space; empty at the end."""
        match = _SPACE.match(self._text, self._at)
        self._at = match.end() if match is not None else self._at
        return self._text[self._at : self._at + 1]

    def broken(self, why: str, at: int | None = None) -> JsonBroken:
        """Return the error for this place."""
        return JsonBroken(f"line {self._line_of(self._at if at is None else at)}: {why}")

    def enter_items(self) -> None:
        """Go to the list of the object's key `items`; other keys are gone over."""
        self._take("{")
        while self.peek() != "}":
            key = self._value()
            if not isinstance(key, str):
                raise self.broken("must have a text as a key")
            self._take(":")
            if key == _ITEMS:
                if self.peek() != "[":
                    raise self.broken(f"`{_ITEMS}` must be a list")
                self._is_in_object = True
                return
            self._value()
            if self.peek() == ",":
                self._take(",")
        raise self.broken(f"has no list `{_ITEMS}`")

    def list_items(self) -> Iterator[tuple[int, Any]]:
        """Yield what stands in the list that begins here."""
        self._take("[")
        if self.peek() == "]":
            self._take("]")
            return
        while True:
            self.peek()
            line = self._line_of(self._at)
            yield line, self._value()
            if self.peek() == "]":
                self._take("]")
                return
            self._take(",")

    def expect_end(self) -> None:
        """Go over what follows the list."""
        if self._is_in_object:
            while self.peek() == ",":
                self._take(",")
                self._value()
                self._take(":")
                self._value()
            self._take("}")
        if self.peek():
            raise self.broken("has something behind its end")

    def _take(self, character: str) -> None:
        if self.peek() != character:
            raise self.broken(f"must have {character!r} here")
        self._at += 1

    def _value(self) -> Any:
        self.peek()
        try:
            value, self._at = self._decoder.raw_decode(self._text, self._at)
        except json.JSONDecodeError as error:
            raise self.broken(f"is no JSON: {error.msg}", error.pos) from None
        except JsonBroken:
            raise
        except ValueError:  # an integer of thousands of digits
            raise self.broken("has a number that is too long") from None
        except RecursionError:
            raise self.broken("is nested too deeply") from None
        return value

    def _line_of(self, at: int) -> int:
        if at < self._line_at:
            return self._text.count("\n", 0, at) + 1
        self._line += self._text.count("\n", self._line_at, at)
        self._line_at = at
        return self._line

    def _refuse_constant(self, name: str) -> Any:
        raise self.broken(f"{name} is no JSON")
