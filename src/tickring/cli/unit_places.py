"""Put unit files where systemd looks, and never over something that somebody else has written there.

A file of the same text is left alone; one of another text is shown as a difference and only replaced when asked for.
"""

import difflib
import os
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from tickring.atomic_file import replace_file
from tickring.cli.unit_files import UnitFile

__all__ = ["Place", "Standing", "difference", "install", "standing_of", "user_units_directory"]


class Standing(StrEnum):
    """What stands where a file is to go."""

    ABSENT = "new"
    SAME = "unchanged"
    DIFFERENT = "different"


class Place(NamedTuple):
    """A file and what stands in its place."""

    file: UnitFile
    standing: Standing
    text: str
    """What stands there; empty if nothing."""


def standing_of(file: UnitFile) -> Place:
    """Look at the file's place. Raises OSError: it cannot be read."""
    try:
        text = file.path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return Place(file, Standing.ABSENT, "")
    return Place(file, Standing.SAME if text == file.text else Standing.DIFFERENT, text)


def difference(place: Place) -> str:
    """Return what the installation would change, as `diff -u` shows it."""
    lines = difflib.unified_diff(
        place.text.splitlines(keepends=True),
        place.file.text.splitlines(keepends=True),
        f"{place.file.path} (standing)",
        f"{place.file.path} (to be installed)",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def install(file: UnitFile) -> None:
    """Write the file as a whole, readable by everybody. Raises OSError."""
    file.path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(file.path, file.text.encode(), mode=0o644, fsync=True)


def user_units_directory() -> Path:
    """Return where a user's own units lie (systemd.unit(5))."""
    configured = os.environ.get("XDG_CONFIG_HOME", "")
    base = Path(configured) if Path(configured).is_absolute() else Path.home() / ".config"
    return base / "systemd" / "user"
