"""Control lines: one JSON object a line in, one JSON object a line out.

    {"id": 7, "do": "mute", "symbol": "SPY"}
    {"id":7,"ok":true,"result":{}}
    {"id":7,"ok":false,"error":"..."}

`id` is optional, a string or an integer, and comes back in the answer. Used by both ends of the control channel, and by
timeline files for what stands in one command. Pure: no socket, no clock.
"""

import difflib
import re
from collections.abc import Iterable
from typing import Any, Literal, cast, get_args, get_origin

import msgspec

from tickring.errors import TickringError
from tickring.simulator.control.commands import COMMANDS, Command

__all__ = ["LINE_BYTES_AT_MOST", "BadCommand", "CommandRefused", "Id", "ack", "decode_line", "nack", "read_command"]

Id = str | int | None

LINE_BYTES_AT_MOST = 64 * 1024  # the longest sensible command has some 200
_ID_CHARACTERS_AT_MOST = 200
_SHOWN_CHARACTERS = 60
_CLASS_OF_WORD = {cast("str", command.__struct_config__.tag): command for command in COMMANDS}


class BadCommand(TickringError, ValueError):
    """A line or entry that is no command. `id` is that of its line, None where there was none to read."""

    def __init__(self, message: str, *, id: Id = None) -> None:
        super().__init__(message)
        self.id = id


class CommandRefused(TickringError):
    """The simulator understood a command and will not do it now: no such symbol, nothing to unmute."""


# ---- in --------------------------------------------------------------------------------------------------------------


def decode_line(line: bytes) -> tuple[Id, Command]:
    """Return the id and the command of one line, with or without its line end.

    Raises:
        BadCommand: names the value, the rule it breaks and, for an unknown word or key, the nearest known one.
    """
    try:
        values = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadCommand(f"{_shown(line)} is not one JSON object: {error}") from None
    if not isinstance(values, dict):
        raise BadCommand(f'{_shown(line)} is not a JSON object; a command looks like {{"do": "status"}}')
    values = cast("dict[str, Any]", values)
    given = values.pop("id", None)
    if isinstance(given, bool) or not isinstance(given, str | int | None):
        raise BadCommand(f"id is {_shown(given)}, must be a string or an integer, or left out")
    if isinstance(given, str) and len(given) > _ID_CHARACTERS_AT_MOST:
        raise BadCommand(f"id has {len(given)} characters, must have at most {_ID_CHARACTERS_AT_MOST}")
    try:
        return given, read_command(values)
    except BadCommand as error:
        error.id = given
        raise


def read_command(values: dict[str, Any], *, also: Iterable[str] = ()) -> Command:
    """Return the command of a decoded JSON object; `also` are further keys that the caller took out of it.

    Raises:
        BadCommand: as `decode_line`.
    """
    if "do" not in values:
        raise BadCommand(f"'do' is missing, must be one of: {', '.join(_CLASS_OF_WORD)}")
    word = values["do"]
    command = _CLASS_OF_WORD.get(word) if isinstance(word, str) else None
    if command is None:
        raise BadCommand(f"do is {_shown(word)}, must be a known word{_nearest(word, _CLASS_OF_WORD)}")
    keys = [field.name for field in msgspec.structs.fields(command)]
    for key in values:
        if key not in keys and key != "do":
            takes = ", ".join(keys) or "no keys"
            raise BadCommand(f"{word}: unknown key {_shown(key)}{_nearest(key, [*keys, *also])}; it takes {takes}")
    for field in msgspec.structs.fields(command):
        if field.required and field.name not in values:
            raise BadCommand(f"{word}: {field.name!r} is missing{_choices(field.type)}")
    try:
        return msgspec.convert(values, command)
    except msgspec.ValidationError as error:
        rule, _, path = str(error).partition(" - at `$")
        name = re.split(r"[.\[]", path.strip("`").removeprefix("."))[0]
        kinds = {field.name: field.type for field in msgspec.structs.fields(command)}
        text = _choices(kinds.get(name)) or f", {rule[0].lower()}{rule[1:]}"
        raise BadCommand(f"{word}: {name} is {_shown(values.get(name))}{text}") from None


def _choices(annotation: Any) -> str:
    """The allowed values where an annotation lists them."""
    values: list[Any] = []
    for part in (annotation, *get_args(annotation)):
        if get_origin(part) is Literal:
            values += get_args(part)
        elif part is type(None) and values:
            values.append(None)
    return f", must be one of: {', '.join(_json(value) for value in values)}" if values else ""


def _nearest(word: Any, known: Iterable[str]) -> str:
    if not isinstance(word, str):
        return ""
    near = difflib.get_close_matches(word.lower()[:_SHOWN_CHARACTERS], list(known), n=1, cutoff=0.5)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _shown(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "backslashreplace").strip()
    try:
        text = repr(value) if isinstance(value, str) else _json(value)
    except (TypeError, ValueError, RecursionError):
        text = f"a {type(value).__name__}"
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


# ---- out -------------------------------------------------------------------------------------------------------------


def ack(id: Id, result: dict[str, Any]) -> bytes:
    """Return the line that says a command was done.

    Raises:
        TypeError: `result` holds something that has no JSON form.
    """
    return msgspec.json.encode({"id": id, "ok": True, "result": result}) + b"\n"


def nack(id: Id, message: str) -> bytes:
    """Return the line that says a command was not done, and why."""
    return msgspec.json.encode({"id": id, "ok": False, "error": message}) + b"\n"
