"""What a symbol, a name and a side look like once they are ours; everything from outside goes through here."""

from __future__ import annotations

from tickring import _core
from tickring.errors import InvalidProjectName, InvalidSymbol

__all__ = ["clean_name", "clean_symbol"]

_NAME_LIMIT = 100


def clean_symbol(text: str) -> str:
    """Return the symbol in upper case, without spaces around it.

    Raises:
        InvalidSymbol: it is none: a path, control characters, more than 63 bytes, or a name that begins with `_`.
    """
    symbol = text.strip().upper()
    _core.check_symbol(symbol)
    if symbol.startswith("_"):
        raise InvalidSymbol(symbol, "must not begin with '_': such names are the stream's own files")
    return symbol


def clean_name(text: str) -> str:
    """Return the name of a project or snapshot without spaces around it.

    Raises:
        InvalidProjectName: empty, too long, or not printable.
    """
    name = text.strip()
    if not name:
        raise InvalidProjectName(text, "is empty")
    if len(name) > _NAME_LIMIT:
        raise InvalidProjectName(text, f"has {len(name)} characters")
    if not name.isprintable():
        raise InvalidProjectName(text, "has characters that cannot be printed")
    return name
