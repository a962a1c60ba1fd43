"""Get what Debian provides: installed when we are root, otherwise unpacked into a directory of ours.

Unpacking needs no rights and leaves the system alone, but suits only files that work from anywhere: headers, wheels.
Package lists may be missing or old (containers delete them), so a failure is tried once more after an update.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.bootstrap.commands import run, succeeds
from tools.bootstrap.errors import BootstrapError


def is_debian() -> bool:
    """Tell whether apt-get and dpkg-deb are there (Debian, Ubuntu and their kin)."""
    return shutil.which("apt-get") is not None and shutil.which("dpkg-deb") is not None


def owns_this_python() -> bool:
    """Tell whether the running interpreter is the system's own, so that its headers are a package of the system."""
    return sys.base_prefix == "/usr"


def can_install() -> bool:
    """Tell whether packages can be installed system-wide."""
    return is_debian() and os.geteuid() == 0


def install(packages: Sequence[str]) -> None:
    """Install packages system-wide; only for root."""
    print(f"bootstrap: installing Debian packages: {' '.join(packages)}", flush=True)
    # A question from a package would wait for ever behind the captured output.
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive"]
    command = [*quiet, "apt-get", "install", "--yes", "--no-install-recommends", *packages]
    if not succeeds(command):
        run(["apt-get", "update"])
        run(command)


def unpack(package: str, into: Path) -> None:
    """Download one package and unpack it below `into`, without installing it.

    Raises:
        BootstrapError: apt knows no such package or reaches no archive.
    """
    print(f"bootstrap: unpacking Debian package {package} (not root, so it is not installed)", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        here = Path(scratch)
        if not succeeds(["apt-get", "download", package], cwd=here):
            _download_with_own_lists(package, here)
        archives = list(here.glob("*.deb"))
        if len(archives) != 1:
            raise BootstrapError(f"apt-get download {package} brought {len(archives)} files, expected one.")
        into.mkdir(parents=True, exist_ok=True)
        run(["dpkg-deb", "--extract", archives[0], into])


def _download_with_own_lists(package: str, here: Path) -> None:
    for directory in ("lists/partial", "cache/archives/partial"):
        (here / directory).mkdir(parents=True)
    own = ["-o", f"Dir::State::Lists={here / 'lists'}", "-o", f"Dir::Cache={here / 'cache'}"]
    # An update hook of the system may fail without root although the lists arrived: the download is the judge.
    succeeds(["apt-get", *own, "update"])
    run(["apt-get", *own, "download", package], cwd=here)
