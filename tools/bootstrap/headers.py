"""A C compiler that finds its own headers and Python's.

Judged by a trial compilation, not by looking for files: that is what the build will do. Without root, Debian's headers
are copied to the environment's own `include` directory, which setuptools searches by itself: no flags to carry around.
"""

import os
import shlex
import shutil
import sys
import sysconfig
from pathlib import Path

from tools.bootstrap import debian
from tools.bootstrap.commands import succeeds
from tools.bootstrap.environment import VERSION
from tools.bootstrap.errors import BootstrapError


def ensure_compiler() -> None:
    """Find a working C compiler with the C library's headers, or get Debian's when root.

    Raises:
        BootstrapError: there is none.
    """
    packages = ["gcc", "libc6-dev"]
    if _compiles("stdio.h"):
        return
    if debian.can_install():
        debian.install(packages)
    if not _compiles("stdio.h"):
        raise BootstrapError(
            f"The C compiler ({' '.join(_compiler())}) is missing or cannot compile a file that includes <stdio.h>."
            f" On Debian, as root: apt-get install {' '.join(packages)}"
        )


def ensure_python_headers(directory: Path) -> None:
    """Find Python.h for the running interpreter, or get Debian's: installed for root, else below `directory`.

    Raises:
        BootstrapError: it is not there and cannot be had; names the command for an administrator.
    """
    if _compiles("Python.h", directory / "include"):
        return
    if debian.owns_this_python() and debian.can_install():
        debian.install([f"python{VERSION}-dev"])
    elif debian.owns_this_python() and debian.is_debian():
        try:
            _unpack_headers(directory)
        except BootstrapError as error:
            raise BootstrapError(f"{_missing_headers()}\nWithout root this was tried too, in vain:\n{error}") from error
    if not _compiles("Python.h", directory / "include"):
        raise BootstrapError(_missing_headers())


def _unpack_headers(directory: Path) -> None:
    """Copy Debian's headers into the environment.

    Debian's pyconfig.h includes <ARCHITECTURE/python3.X/pyconfig.h>, so that directory is laid beside it.
    """
    sysroot = directory / "sysroot"
    debian.unpack(f"libpython{VERSION}-dev", sysroot)
    system = sysroot / "usr" / "include"
    include = directory / "include"
    shutil.copytree(system / f"python{VERSION}", include, dirs_exist_ok=True)
    for config in system.glob(f"*/python{VERSION}/pyconfig.h"):
        beside = include / config.relative_to(system)
        beside.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(config, beside)


def _compiles(header: str, *include: Path) -> bool:
    directories = [sysconfig.get_path("include"), sysconfig.get_path("platinclude"), *include]
    flags = shlex.split(os.environ.get("CPPFLAGS", "") + " " + os.environ.get("CFLAGS", ""))
    command = [*_compiler(), *flags, *(f"-I{path}" for path in directories), "-fsyntax-only", "-x", "c", "-"]
    return succeeds(command, stdin=f"#include <{header}>\n")


def _compiler() -> list[str]:
    """Return the command setuptools will use."""
    return shlex.split(os.environ.get("CC") or str(sysconfig.get_config_var("CC")))


def _missing_headers() -> str:
    what = f"The C header Python.h for {sys.executable} (Python {VERSION}) is missing."
    if debian.owns_this_python() and debian.is_debian():
        return f"{what} As root: apt-get update && apt-get install python{VERSION}-dev"
    if debian.owns_this_python():
        return f"{what} Install your system's development package for this python (often python3-devel)."
    return f"{what} It should have come with this python: install it again with headers, or choose another, PYTHON=…"
