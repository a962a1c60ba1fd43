"""The file of a symbol, and the symbol of a file: one name each way.

Letters and digits of ASCII and `. - _ + = @ , ^` stand as they are; every other byte of the symbol's UTF-8 becomes `%`
and two capital hexadecimal digits, as in a URL, and so does a `.` or `-` at the beginning (a hidden file; an option).
`EUR.USD` is `EUR.USD.json`, `BRK B` is `BRK%20B.json`: the percent sign needs no quoting in any shell, a space does.

Names that begin with `_` are ours (`_status.json`, drafts, the lock). A file system that takes `aapl` and `AAPL` for
the same name is out of scope: use one that does not.
"""

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from tickring import _core
from tickring.errors import InvalidSymbol, TickringError

__all__ = ["SUFFIX", "NoFileName", "file_name_of", "symbol_of"]

SUFFIX = ".json"
_AS_IT_IS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_+=@,^")
_NOT_FIRST = frozenset(b".-")
_STEM = re.compile(r"(?:[A-Za-z0-9.\-_+=@,^]|%[0-9A-F]{2})+")


class NoFileName(TickringError, ValueError):
    """A symbol that gets no file, or a file that is no symbol's. `name` is the value, `rule` what it breaks."""

    def __init__(self, name: str, rule: str, next_step: str) -> None:
        super().__init__(f"{name!r} {rule}; {next_step}")
        self.name = name
        self.rule = rule


@lru_cache(maxsize=4096)
def file_name_of(symbol: str) -> str:
    """Return the name of the symbol's file, without a directory: at most 194 characters.

    Raises:
        NoFileName: not a symbol (empty, more than 63 bytes, path separators, control characters, `.`, `..`), or one
        that begins with `_`.
    """
    try:
        _core.check_symbol(symbol)
    except InvalidSymbol as error:
        raise NoFileName(symbol, f"gets no file: it {error.rule}", "stream it under a name that is a symbol") from None
    if symbol.startswith("_"):
        raise NoFileName(
            symbol,
            "gets no file: names that begin with '_' are reserved for the stream itself",
            "give it another name and say in [contracts] how the gateway calls it",
        )
    stem = "".join(
        chr(byte) if byte in _AS_IT_IS and (position > 0 or byte not in _NOT_FIRST) else f"%{byte:02X}"
        for position, byte in enumerate(symbol.encode())
    )
    return stem + SUFFIX


def symbol_of(file_name: str) -> str:
    """Return the symbol whose file has this name; the inverse of `file_name_of`, exactly.

    Raises:
        NoFileName: no symbol's file is called so; for instance `%41.json`, because `A` is written as it is.
    """
    stem = file_name.removesuffix(SUFFIX)
    if stem != file_name and _STEM.fullmatch(stem):
        try:
            symbol = unquote_to_bytes(stem).decode()
            if file_name_of(symbol) == file_name:
                return symbol
        except (UnicodeDecodeError, NoFileName):
            pass
    raise NoFileName(
        file_name, "is not the name of a symbol's file", "tickring leaves it alone; docs/files.md has the rule"
    )
