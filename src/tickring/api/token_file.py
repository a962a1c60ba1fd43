"""The token of the service: where it lies, how it is made, who may read it.

One line of text in a file for its owner alone. It is made once, whole or not at all, and never written to a log, a
command line or the configuration.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from tickring.errors import TokenMissing, TokenUnusable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tickring.config.structs import Config

__all__ = ["ensure_token", "read_token", "token_path"]

_CREDENTIAL = "api-token"
_CREDENTIALS = "CREDENTIALS_DIRECTORY"
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{16,512}")
_BYTES = 32
_MODE = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def token_path(config: Config, environ: Mapping[str, str]) -> Path:
    """Return where the token lies: as configured, else systemd's credential `api-token`, else the state directory."""
    if config.api.token_file:
        return Path(config.api.token_file)
    given = environ.get(_CREDENTIALS, "")
    if given and (Path(given) / _CREDENTIAL).exists():
        return Path(given) / _CREDENTIAL
    return Path(config.files.state_dir) / _CREDENTIAL


def read_token(path: Path) -> str:
    """Return the token.

    Raises:
        TokenMissing: there is no such file.
        TokenUnusable: it may not be read, others may read it, or it holds no token.
    """
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            text = file.read(1024).decode(errors="replace").strip()
    except FileNotFoundError:
        raise TokenMissing(str(path), "there is no token; make one with `tickring api token`") from None
    except OSError as error:
        raise TokenUnusable(str(path), f"cannot be read: {error.strerror}; run as the user whose it is") from None
    if mode & _OTHERS & ~stat.S_IRGRP or (mode & stat.S_IRGRP and not _is_credential(path)):
        raise TokenUnusable(str(path), f"has mode {mode:04o}, so others may read it; `chmod 600` it, then make another")
    if not _TOKEN.fullmatch(text):
        raise TokenUnusable(
            str(path),
            "holds no token: one line of 16 to 512 letters, digits and any of ._~+/=-; remove it for a new one",
        )
    return text


def ensure_token(path: Path) -> str:
    """Return the token, made first if there is none; of several processes that make one, all return the same.

    Raises:
        TokenUnusable: as `read_token`, and the file cannot be made.
    """
    with contextlib.suppress(TokenMissing):
        return read_token(path)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, _MODE)
        try:
            with os.fdopen(fd, "wb") as file:
                file.write(secrets.token_urlsafe(_BYTES).encode() + b"\n")
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
        finally:
            draft.unlink()
    except OSError as error:
        raise TokenUnusable(
            str(path), f"cannot be made: {error.strerror}; name another place with api.token_file"
        ) from None
    return read_token(path)


def _is_credential(path: Path) -> bool:
    """Whether systemd has put it there, which gives a group the right to read that is nobody's but the service's."""
    return str(path.parent) == os.environ.get(_CREDENTIALS)
