"""In which line of a TOML file a key stands: the standard library's parser does not tell.

Statements are cut by asking that very parser whether what has been read so far is complete, so strings and lists over
several lines are no trouble. The text must be valid TOML as a whole.
"""

import tomllib
from typing import Any

__all__ = ["lines_of_keys"]

Path = tuple[str, ...]


def lines_of_keys(text: str) -> dict[Path, int]:
    """Return the line (from 1) of every table and key, by its path from the root."""
    lines: dict[Path, int] = {}
    table: Path = ()
    statement, first = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        first = first if statement else number
        statement += line + "\n"
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


def _only_path(said: Any) -> Path:
    path: Path = ()
    while said:
        said = said[0] if isinstance(said, list) else said
        if not said:
            break
        key, said = next(iter(said.items()))
        path = (*path, key)
    return path


def _note_all(lines: dict[Path, int], above: Path, said: dict[str, Any], number: int) -> None:
    for key, value in said.items():
        _note(lines, (*above, key), number)
        if isinstance(value, dict):
            _note_all(lines, (*above, key), value, number)


def _note(lines: dict[Path, int], path: Path, number: int) -> None:
    for length in range(1, len(path) + 1):
        lines.setdefault(path[:length], number)
