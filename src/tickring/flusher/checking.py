"""Whether the files of a directory are what docs/files.md promises; for `tickring files check` and for tests.

Reads only. A directory that is being written is fine: every file is looked at once and is whole at any moment.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from tickring.atomic_file import draft_owner, is_draft
from tickring.file_names import SUFFIX, NoFileName, file_name_of, symbol_of
from tickring.flusher.quote_document import UNSUBSCRIBED, QuoteDocument
from tickring.flusher.stream_directory import LOCK_FILE
from tickring.flusher.stream_status import STATUS_FILE, StreamStatus
from tickring.json_faults import JSON_FAULTS
from tickring.states import Source
from tickring.verdict import GOOD

__all__ = ["CheckedFile", "Kind", "check_directory"]

Kind: TypeAlias = Literal["quote", "status", "draft", "lock", "foreign"]
_VALUES = ("bid", "ask", "last", "close", "volume", "bid_size", "ask_size")
_WHOLE = re.compile(rb'"(volume|bid_size|ask_size)":-?\d+\.0+[,}]')


class CheckedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file and what is wrong with it."""

    name: str
    kind: Kind
    faults: list[str]
    """Empty: nothing."""


def check_directory(directory: Path) -> list[CheckedFile]:
    """Return every file of the directory, sorted by name, and a line for each file that is missing.

    Raises:
        OSError: the directory cannot be listed.
    """
    names = sorted(os.listdir(directory))  # noqa: PTH208
    found = [_check(directory / name) for name in names]
    return sorted([*found, *_missing(directory / STATUS_FILE, set(names))], key=lambda checked: checked.name)


def _check(path: Path) -> CheckedFile:
    name = path.name
    if name == STATUS_FILE:
        return CheckedFile(name=name, kind="status", faults=_status_faults(path))
    if name == LOCK_FILE:
        return CheckedFile(name=name, kind="lock", faults=[])
    if is_draft(name):
        owner = draft_owner(name)
        dead = owner is not None and not owner.exists()
        return CheckedFile(name=name, kind="draft", faults=["left by a process that is gone"] if dead else [])
    if not name.endswith(SUFFIX):
        return CheckedFile(name=name, kind="foreign", faults=["is not a file of tickring"])
    try:
        symbol = symbol_of(name)
    except NoFileName as error:
        return CheckedFile(name=name, kind="foreign", faults=[error.rule])
    return CheckedFile(name=name, kind="quote", faults=_quote_faults(path, symbol))


def _quote_faults(path: Path, symbol: str) -> list[str]:
    content, faults = _read(path)
    if content is None:
        return faults
    try:
        document = msgspec.json.decode(content, type=QuoteDocument)
    except JSON_FAULTS as error:
        return [str(error)]
    present = [name for name in _VALUES if getattr(document, name) is not None]
    if document.symbol != symbol:
        faults.append(f"speaks of {document.symbol!r}, its name says {symbol!r}")
    if document.state == UNSUBSCRIBED and present:
        faults.append(f"is not streamed any more but has {', '.join(present)}")
    if document.sequence == 0 and present:
        faults.append(f"has no record yet (sequence 0) but {', '.join(present)}")
    if document.verdict in GOOD and document.bid is document.ask is document.last is None:
        faults.append(f"is {document.verdict} without a price")
    if document.verdict in GOOD and document.source is Source.NONE:
        faults.append(f"is {document.verdict} without a source")
    if match := _WHOLE.search(content):
        faults.append(f"{match[1].decode()} is whole but not written as an integer")
    return faults


def _status_faults(path: Path) -> list[str]:
    content, faults = _read(path)
    if content is None:
        return faults
    try:
        status = msgspec.json.decode(content, type=StreamStatus)
    except JSON_FAULTS as error:
        return [str(error)]
    if status.subscribed_symbols != sorted(set(status.subscribed_symbols)):
        faults.append("subscribed_symbols is not sorted, or names a symbol twice")
    return faults


def _missing(status_path: Path, names: set[str]) -> list[CheckedFile]:
    try:
        status = msgspec.json.decode(status_path.read_bytes(), type=StreamStatus)
    except FileNotFoundError:
        return [CheckedFile(name=STATUS_FILE, kind="status", faults=["is not there"])]
    except (OSError, *JSON_FAULTS):
        return []  # said already, of the file itself
    wanted = {file_name_of(symbol) for symbol in status.subscribed_symbols if symbol not in status.files.without_file}
    return [
        CheckedFile(name=name, kind="quote", faults=["is not there, though its symbol is subscribed"])
        for name in sorted(wanted - names)
        if not (status_path.parent / name).exists()  # made since the listing
    ]


def _read(path: Path) -> tuple[bytes | None, list[str]]:
    try:
        return path.read_bytes(), []
    except OSError as error:
        return None, [f"cannot be read: {error.strerror}"]
