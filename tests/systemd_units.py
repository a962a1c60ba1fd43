"""Unit files for tests: an environment's programs somewhere else, and what a unit file says."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.native_build import missing

if TYPE_CHECKING:
    from collections.abc import Iterable


def programs(directory: Path, names: Iterable[str] = ("tickring-supervisor",)) -> Path:
    """Make a directory with console scripts in it, as pip writes them; return it."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in names:
        module = {"tickring-supervisor": "tickring.supervisor.service", "tickring": "tickring.cli.main"}.get(name)
        path = directory / name
        start = 'if __name__ == "__main__":\n    sys.exit(main())\n'
        path.write_text(f"#!{sys.executable}\nimport sys\nfrom {module} import main\n\n{start}")
        path.chmod(0o755)
    return directory


def unit_words(text: str) -> dict[str, list[str]]:
    """Return the values of a unit file by key, sections aside; comments are no part of it."""
    words: dict[str, list[str]] = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            words.setdefault(key, []).append(value)
    return words


def systemd_analyze() -> str:
    """Return the program; where it is missing the test is skipped, or fails in CI."""
    found = shutil.which("systemd-analyze")
    return found or missing("systemd-analyze", "systemd")
