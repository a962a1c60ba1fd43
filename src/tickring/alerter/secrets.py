"""Tokens and addresses that nobody else may see: read from credentials or files, and kept out of everything told.

A name without a slash is a credential of systemd (`LoadCredential=`), if the service has one of that name, else a file
of the working directory. They are read anew at each try, so that they can be replaced without a restart.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path
from urllib.parse import quote

import msgspec

from tickring.errors import TickringError

__all__ = ["RedactingFormatter", "SecretUnreadable", "Secrets"]

_FILE = "file:"
_SHORTEST = 6
"""What is shorter is no secret, and taking it out would make nonsense of every text."""
_SHORTEST_PART = 8
"""Of an address; what is shorter is a word."""
_PARTS = re.compile(r"[/:@?&=,#]+")
_INSTEAD = "[secret]"


class SecretUnreadable(TickringError):
    """A credential or file cannot be read, or holds no single line. `name` is what the configuration calls it."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"the secret {name!r} {why}; put it there, readable for the service's user alone")
        self.name = name


class Secrets:
    """Threads: any number."""

    def __init__(self, credentials: str) -> None:
        """`credentials`: systemd's directory for them, empty if there is none."""
        self._credentials = credentials
        self._known: frozenset[str] = frozenset()

    def read(self, name: str) -> str:
        """Return the one line that a credential or file holds. Raises SecretUnreadable."""
        return self.lines(name, at_most=1)[0]

    def lines(self, name: str, *, at_most: int = 100) -> list[str]:
        """Return its lines without the empty ones and those that begin with `#`. Raises SecretUnreadable."""
        try:
            text = self._path_of(name).read_text()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "is no text"
            raise SecretUnreadable(name, f"cannot be read: {why}") from None
        lines = [line.strip() for line in text.splitlines()]
        found = [line for line in lines if line and not line.startswith("#")]
        if not 1 <= len(found) <= at_most or not all(line.isascii() and line.isprintable() for line in found):
            raise SecretUnreadable(name, f"must hold {'one line' if at_most == 1 else 'lines'} of ASCII")
        for line in found:
            self.learn(line)
        return found

    def address(self, setting: str) -> str:
        """Return what a setting names: an address, or `file:NAME`, which holds it. Raises SecretUnreadable."""
        if setting.startswith(_FILE):
            return self.read(setting.removeprefix(_FILE))
        # What stands before the host and behind it is nobody's business either.
        host, _, path = setting.partition("://")[2].partition("/")
        self.learn(path)
        self.learn(host.rpartition("@")[0])
        return setting

    def learn(self, secret: str) -> None:
        """Take this out of every text from now on."""
        if len(secret) >= _SHORTEST:
            in_json = msgspec.json.encode(secret).decode()[1:-1]
            self._known = self._known | {secret, quote(secret), quote(secret, safe=""), in_json}

    def learn_parts(self, address: str) -> None:
        """Take every part of an address out, but for its scheme: another program builds other addresses of them."""
        for part in _PARTS.split(address.partition("://")[2]):
            if len(part) >= _SHORTEST_PART:
                self.learn(part)

    def redacted(self, text: str) -> str:
        """Return a text without any secret that was ever read."""
        for secret in sorted(self._known, key=len, reverse=True):
            text = text.replace(secret, _INSTEAD)
        return text

    def _path_of(self, name: str) -> Path:
        if self._credentials and "/" not in name:
            credential = Path(self._credentials) / name
            if credential.exists():
                return credential
        return Path(name)


class RedactingFormatter(logging.Formatter):
    """Takes secrets out of whatever is logged, tracebacks and other packages' lines included."""

    def __init__(self, formatter: logging.Formatter, secrets: Secrets) -> None:
        """`formatter` makes the line."""
        super().__init__()
        self._formatter = formatter
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return self._secrets.redacted(self._formatter.format(record))
