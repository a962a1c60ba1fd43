"""Bytes from the terminal to keys: single characters, and names for the others.

An escape sequence may arrive in pieces over a slow line, and a lone Esc is the beginning of none. So an unfinished
sequence waits for more bytes until the caller says that none came in time (`flush`).
"""

import codecs
import re

__all__ = ["Keyboard"]

_NAMES = {
    b"\x1b[A": "up", b"\x1bOA": "up", b"\x1b[B": "down", b"\x1bOB": "down",
    b"\x1b[5~": "page up", b"\x1b[6~": "page down",
    b"\x1b[H": "home", b"\x1bOH": "home", b"\x1b[1~": "home", b"\x1b[7~": "home",
    b"\x1b[F": "end", b"\x1bOF": "end", b"\x1b[4~": "end", b"\x1b[8~": "end",
    b"\r": "enter", b"\n": "enter", b"\x7f": "backspace", b"\x08": "backspace", b"\x0c": "redraw",
}  # fmt: skip
_SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|O[ -~])")
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|O)?")


class Keyboard:
    """Feed it what was read; it returns the keys that are complete."""

    def __init__(self) -> None:
        self._unread = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="ignore")

    @property
    def is_waiting(self) -> bool:
        """Whether an unfinished sequence waits for more bytes."""
        return bool(self._unread)

    def feed(self, data: bytes) -> list[str]:
        """Return the keys completed by `data`. Sequences without a name are swallowed."""
        self._unread += data
        keys: list[str] = []
        while self._unread:
            if self._unread[:1] != b"\x1b":
                self._take_characters(keys)
                continue
            whole = _SEQUENCE.match(self._unread)
            if whole is None:
                if _UNFINISHED.fullmatch(self._unread):
                    break
                keys.append("escape")  # followed by a key of its own, or by a byte no sequence has
                self._unread = self._unread[1:]
                continue
            keys += [_NAMES[whole[0]]] if whole[0] in _NAMES else []
            self._unread = self._unread[whole.end() :]
        return keys

    def flush(self) -> list[str]:
        """Return what an unfinished sequence means if nothing follows: the Esc key."""
        unread, self._unread = self._unread, b""
        return ["escape"] if unread else []

    def _take_characters(self, keys: list[str]) -> None:
        end = self._unread.find(b"\x1b")
        chunk, self._unread = (self._unread, b"") if end < 0 else (self._unread[:end], self._unread[end:])
        for character in self._decoder.decode(chunk):
            named = _NAMES.get(character.encode())
            if named is not None:
                keys.append(named)
            elif character.isprintable():
                keys.append(character)
