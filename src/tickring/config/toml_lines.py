"""In which line of a TOML file a key stands: the standard library's parser does not tell.

Statements are cut by asking that very parser whether what has been read so far is complete, so strings and lists over
several lines are no trouble. The text must be valid TOML as a whole.
"""

import tomllib
from typing import Any, cast

__all__ = ["lines_of_keys", "path_of"]

Path = tuple[str, ...]

_ENDS = ("]", '"""', "'''")
"""Without one of these no line ends a statement that began before it."""


def path_of(name: str) -> Path:
    """Take a dotted name apart as TOML does, so that a quoted part may hold dots; () if it is none."""
    try:
        return _only_path(tomllib.loads(f"{name} = 0"))
    except tomllib.TOMLDecodeError:
        return ()


def lines_of_keys(text: str) -> dict[Path, int]:
    """Return the line (from 1) of every table and key, by its path from the root."""
    lines: dict[Path, int] = {}
    table: Path = ()
    statement, first = "", 0
    for number, line in enumerate(text.split("\n"), start=1):
        is_going_on = bool(statement)
        first = first if is_going_on else number
        statement += line + "\n"
        if is_going_on and not any(end in line for end in _ENDS):
            continue  # asking the parser at every line of a long list would cost quadratic time
        try:
            said: dict[str, Any] = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue  # goes on in the next line
        if statement.lstrip().startswith("["):
            table = _only_path(said)
            _note(lines, table, first)
        else:
            _note_all(lines, table, said, first)
        statement = ""
    return lines


def _only_path(said: object) -> Path:
    match said:
        case dict() if said:
            key, inner = next(iter(cast("dict[str, object]", said).items()))
            return (key, *_only_path(inner))
        case list() if said:
            return _only_path(cast("list[object]", said)[0])
        case _:
            return ()


def _note_all(lines: dict[Path, int], above: Path, said: dict[str, Any], number: int) -> None:
    for key, value in said.items():
        _note(lines, (*above, key), number)
        if isinstance(value, dict):
            _note_all(lines, (*above, key), cast("dict[str, Any]", value), number)


def _note(lines: dict[Path, int], path: Path, number: int) -> None:
    for length in range(1, len(path) + 1):
        lines.setdefault(path[:length], number)
