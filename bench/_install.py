"""Install the peers for `make bench`: the extra `bench` by pip, redis-server by apt-get.

Nothing here is needed: what cannot be had is named here and again in the output, and the rest is measured. As root
redis-server is installed as any Debian package, but kept from starting a server of its own; otherwise its command is
named.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_NO_START = "#!/bin/sh\nexit 101\n"  # 101: the action is not allowed (invoke-rc.d's policy interface)
_POLICY = Path("/usr/sbin/policy-rc.d")


def _pip(*requirements: str) -> bool:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements]
    return subprocess.run(command, cwd=_ROOT, check=False).returncode == 0


def _install_packages() -> None:
    print("bench: installing the peers from PyPI", flush=True)
    if _pip("--editable", ".[bench]"):
        return
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]
    for requirement in project["optional-dependencies"]["bench"]:
        if not requirement.startswith("tickring") and not _pip(requirement):
            print(f"bench: no {requirement}; it will be named as absent", flush=True)


def _install_redis() -> None:
    if shutil.which("redis-server"):
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        print("bench: no redis-server; as root: apt-get install redis-server", flush=True)
        return
    print("bench: installing Debian package redis-server (its service is not started)", flush=True)
    is_ours = not _POLICY.exists()
    if is_ours:
        _POLICY.write_text(_NO_START)
        _POLICY.chmod(0o755)
    command = ["apt-get", "install", "--yes", "--quiet=2", "--no-install-recommends", "redis-server"]
    try:
        for preparing in (None, ["apt-get", "update", "--quiet=2"]):
            if preparing is not None:
                subprocess.run(preparing, check=False, stdout=subprocess.DEVNULL)
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            done = subprocess.run(command, check=False, env=environment, stdout=subprocess.DEVNULL)
            if done.returncode == 0:
                return
        print("bench: redis-server could not be installed; it will be named as absent", flush=True)
    finally:
        if is_ours:
            _POLICY.unlink(missing_ok=True)


if __name__ == "__main__":
    _install_packages()
    _install_redis()
