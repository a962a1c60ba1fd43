"""Fill `PREFIX/clients` with what [tool.tickring.clients] in pyproject.toml names: `python -m tools.clients PREFIX`.

Runs under the environment's own python. Safe to run again: a directory that holds what is asked for stays as it is, one
that does not is made anew beside it and takes its place at once, and one that nobody names any more goes away.
"""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_NOTE = ".requirements.json"


def main(arguments: list[str]) -> int:
    """Return the exit code: 0 all there, 1 with pip's reason on stderr, 2 for misuse."""
    if len(arguments) != 1:
        print("usage: python -m tools.clients PREFIX", file=sys.stderr)
        return 2
    clients = Path(arguments[0]).absolute() / "clients"
    clients.mkdir(parents=True, exist_ok=True)
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    wanted: dict[str, list[str]] = project["tool"]["tickring"]["clients"]
    for leftover in clients.iterdir():
        if leftover.name not in wanted:
            shutil.rmtree(leftover)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        are_there = list(pool.map(_ensure, (clients / name for name in wanted), wanted.values()))
    return 0 if all(are_there) else 1


def _ensure(directory: Path, requirements: list[str]) -> bool:
    note = directory / _NOTE
    if note.is_file() and json.loads(note.read_text(encoding="utf-8")) == requirements:
        return True
    print(f"installing the client {directory.name} into {directory.parent}", flush=True)
    beside = directory.with_name(f"{directory.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*pip, "--target", beside, *requirements], check=False)
    if done.returncode != 0:
        print(f"clients: pip could not install {' '.join(requirements)}; the tests need it", file=sys.stderr)
        return False
    (beside / _NOTE).write_text(json.dumps(requirements), encoding="utf-8")
    shutil.rmtree(directory, ignore_errors=True)
    beside.rename(directory)
    return True


sys.exit(main(sys.argv[1:]))
