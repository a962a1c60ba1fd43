"""The virtual environment: its interpreter, its pip and what builds the extension.

Debian splits `ensurepip` off into python3-venv, so an environment is made without pip first. pip's configuration
(files and PIP_* variables) applies as everywhere: nothing here names an index.
"""

import sys
import tomllib
import venv
from pathlib import Path

from tools.bootstrap import debian
from tools.bootstrap.commands import run, succeeds
from tools.bootstrap.errors import BootstrapError

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def interpreter(directory: Path) -> Path:
    """Return the path of the environment's python."""
    return directory / "bin" / "python"


def ensure_interpreter(directory: Path) -> None:
    """Make the environment, or make it anew when its interpreter no longer runs or is of another version."""
    check = f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
    if succeeds([interpreter(directory), "-c", check]):
        return
    print(f"bootstrap: making {directory} with {sys.executable} ({sys.version.split()[0]})", flush=True)
    venv.EnvBuilder(symlinks=True, clear=True, with_pip=False).create(directory)


def ensure_pip(directory: Path) -> None:
    """Put pip into the environment: from ensurepip, or from the wheel in Debian's python3-pip-whl.

    Raises:
        BootstrapError: there is neither.
    """
    python = interpreter(directory)
    if succeeds([python, "-m", "pip", "--version"]) or succeeds([python, "-m", "ensurepip"]):
        return
    if debian.can_install() and debian.owns_this_python():
        debian.install([f"python{VERSION}-venv"])
        run([python, "-m", "ensurepip"])
    elif debian.is_debian():
        try:
            _pip_from_debians_wheel(directory)
        except BootstrapError as error:
            raise BootstrapError(f"{_missing_pip()}\nWithout root this was tried too, in vain:\n{error}") from error
    else:
        raise BootstrapError(_missing_pip())


def ensure_build_requirements(directory: Path, pyproject: Path) -> None:
    """Install what `[build-system] requires` names, so that a changed C file compiles without pip's help."""
    requires = tomllib.loads(pyproject.read_text(encoding="utf-8"))["build-system"]["requires"]
    run([interpreter(directory), "-m", "pip", "install", "--disable-pip-version-check", *requires])


def _pip_from_debians_wheel(directory: Path) -> None:
    sysroot = directory / "sysroot"
    debian.unpack("python3-pip-whl", sysroot)
    wheel = next((sysroot / "usr/share/python-wheels").glob("pip-*.whl"))
    # A wheel is a zip file, and python runs a package inside one: pip installs itself.
    run([interpreter(directory), wheel / "pip", "install", "--no-index", "--no-deps", wheel])


def _missing_pip() -> str:
    what = f"{sys.executable} (Python {VERSION}) has no ensurepip, so the environment gets no pip."
    if debian.is_debian() and debian.owns_this_python():
        return f"{what} As root: apt-get update && apt-get install python{VERSION}-venv"
    return f"{what} Install your system's package that brings it, or choose another python: make … PYTHON=…"
