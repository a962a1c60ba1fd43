"""Prepare an environment that can build and install tickring: `python3 -m tools.bootstrap DIRECTORY`.

Runs under the chosen interpreter before anything is installed, so the standard library is all there is. Safe to run
again: every step first looks whether it is done.
"""

import sys
from pathlib import Path

from tools.bootstrap import environment, headers
from tools.bootstrap.errors import BootstrapError


def main(arguments: list[str]) -> int:
    """Return the exit code: 0 ready, 1 with the reason and the next step on stderr, 2 for misuse."""
    if len(arguments) != 1:
        print("usage: python3 -m tools.bootstrap DIRECTORY", file=sys.stderr)
        return 2
    directory = Path(arguments[0]).absolute()
    try:
        headers.ensure_compiler()
        environment.ensure_interpreter(directory)
        environment.ensure_pip(directory)
        headers.ensure_python_headers(directory)
        environment.ensure_build_requirements(directory, Path("pyproject.toml"))
    except BootstrapError as error:
        print(f"\nbootstrap: cannot go on. {error}\n", file=sys.stderr)
        return 1
    return 0


sys.exit(main(sys.argv[1:]))
