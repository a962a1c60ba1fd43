"""The gateway's clients of other people, each installed in a directory of its own by `make test`.

A client runs as a child process with that directory first on its path: they share module names.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

IBAPI_9 = "ibapi-9.81.1"
IBAPI_10_46 = "ibapi-10.46.1"
IBAPI_10_51 = "ibapi-10.51.1"
IB_ASYNC = "ib_async-2.1.0"

CLIENTS = (IBAPI_9, IBAPI_10_46, IBAPI_10_51, IB_ASYNC)

VERSIONS = {IBAPI_9: (100, 157), IBAPI_10_46: (100, 225), IBAPI_10_51: (100, 226), IB_ASYNC: (157, 178)}
"""The lowest and highest server version each asks for."""

SCRIPTS = Path(__file__).parent


def directory(name: str) -> Path:
    """Where the client is installed; an error that says what to do when it is not."""
    path = Path(sys.prefix) / "clients" / name
    if not path.is_dir():
        raise FileNotFoundError(f"the client {name} is not installed in {path.parent}: run `make test` once")
    return path


def environment(name: str) -> dict[str, str]:
    """The environment of a child process that imports this client."""
    return {**os.environ, "PYTHONPATH": str(directory(name))}


def run(name: str, script: Path, *arguments: str, standard_input: str = "", timeout_s: float = 50) -> str:
    """Run a script with this client to its end and return what it printed.

    Raises:
        AssertionError: it did not end well; holds what it wrote to stderr.
    """
    command = [sys.executable, "-P", str(script), *arguments]
    done = subprocess.run(
        command,
        env=environment(name),
        input=standard_input,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    assert done.returncode == 0, f"{script.name} with {name} ended with {done.returncode}:\n{done.stderr[-4000:]}"
    return done.stdout
