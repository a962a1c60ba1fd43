"""A systemd that has really booted, as process 1 of namespaces of its own on a throw-away copy of this machine's files.

The root is an overlay: everything of the machine can be read, whatever is written goes to memory and is gone at the
end. The network is the machine's own, for its loopback. What would reach out of the namespaces is closed: /proc/sys and
/sys are read-only, the clock and kernel modules out of reach. Needs root and a cgroup v2 hierarchy; where either is
missing the test is skipped and says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

import psutil
import pytest

from tests.native_build import missing
from tests.waiting import wait_until

ROOT = Path(__file__).parent.parent
SYSTEMD = Path("/lib/systemd/systemd")
BOOT_S = 60.0
_GROUP = "tickring-test"

_BOOT = r"""
set -e
mount --make-rprivate /
scratch=$1 cgroup=$2; shift 2
mount -t tmpfs tmpfs "$scratch"
mkdir "$scratch/upper" "$scratch/work" "$scratch/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$scratch/upper,workdir=$scratch/work" "$scratch/root"
root=$scratch/root
mount -t proc proc "$root/proc"
mount -o bind,ro "$root/proc/sys" "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
for path in run dev tmp; do mount -t tmpfs -o mode=0755 tmpfs "$root/$path"; done
chmod 1777 "$root/tmp"
for name in null zero full random urandom tty; do
    touch "$root/dev/$name"
    mount --bind "/dev/$name" "$root/dev/$name"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
here=$(stat -c %d /)
for path in "$@"; do
    if [ "$(stat -c %d "$path")" = "$here" ]; then
        step=$path
        while [ "$step" != / ]; do [ -d "$step" ] && chmod o+x "$root$step"; step=$(dirname "$step"); done
    else
        mkdir -p "$root$path"
        mount --rbind "$path" "$root$path"
    fi
done
: > "$root/etc/fstab"
ln -sf /dev/null "$root/etc/systemd/system/systemd-modules-load.service"
mkdir "$root/.before"
cd "$root"
pivot_root . .before
umount --lazy /.before
echo booting
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    setpriv --bounding-set=-sys_module,-sys_time,-sys_rawio,-syslog \
    /lib/systemd/systemd --unit=basic.target --show-status=no --log-target=journal
"""


class BootedSystemd:
    """One boot. Close it: everything in it is killed, its memory and control groups are gone."""

    def __init__(self, place: Path) -> None:
        """Boot, and return when it is up; `place` is a directory for this test alone."""
        _skip_unless_possible()
        parent = _own_group()
        _remove_left_groups(parent)
        self._group = parent / f"{_GROUP}-{os.getpid()}-{time.monotonic_ns()}"
        self._log = (place / "boot.log").open("w+b")
        scratch = place / "scratch"
        scratch.mkdir()
        try:
            self._group.mkdir()
        except OSError as error:
            pytest.skip(f"no control group may be made here: {error}")
        needed = {str(path) for path in (ROOT, Path(sys.prefix), Path(sys.base_prefix).resolve())}
        namespaces = ("--fork", "--kill-child", "--pid", "--mount", "--uts", "--ipc", "--cgroup")
        boot = ("bash", "-c", _BOOT, "boot", str(scratch), str(self._group), *sorted(needed))
        # Joined before the cgroup namespace is made, which makes it that namespace's root.
        join = 'echo 0 > "$0/cgroup.procs" && exec setpriv --pdeathsig=KILL "$@"'
        self._process = subprocess.Popen(
            ["sh", "-c", join, str(self._group), "unshare", *namespaces, *boot],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        try:
            wait_until(self._is_up, "systemd is up", timeout_s=BOOT_S, show=self.log)
        except BaseException:
            self.close()
            raise

    def log(self) -> str:
        """What the boot itself has told."""
        return os.pread(self._log.fileno(), 1 << 16, 0).decode(errors="replace")

    def run(self, *command: str, check: bool = True, timeout_s: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run a command inside, as root; with `check` its failure is the test's."""
        (first,) = psutil.Process(self._process.pid).children()
        done = subprocess.run(
            ["nsenter", "--target", str(first.pid), "--all", "--", *command],
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        assert not check or done.returncode == 0, (command, done.stdout[-4000:], done.stderr[-4000:])
        return done

    def show(self, unit: str) -> dict[str, str]:
        """What systemd knows of a unit."""
        return dict(
            line.split("=", 1) for line in self.run("systemctl", "show", unit).stdout.splitlines() if "=" in line
        )

    def journal(self, unit: str) -> str:
        """What the unit's processes have told, and systemd of them."""
        return self.run("journalctl", "--no-pager", "--output=cat", f"--unit={unit}").stdout

    def write(self, path: str, text: str) -> None:
        """Put a file there, inside."""
        self.run("sh", "-c", 'mkdir -p "$(dirname "$1")" && printf %s "$2" > "$1" && chmod 0755 "$1"', "sh", path, text)

    def close(self) -> None:
        """Kill it with all it has started. Idempotent."""
        self._process.kill()  # unshare's --kill-child takes the first process along, and that one all others
        self._process.wait(30)
        self._log.close()
        wait_until(lambda: _remove_group(self._group), "its control groups are empty")

    def _is_up(self) -> bool:
        if self._process.poll() is not None:
            if "booting" not in self.log():
                pytest.skip(f"no namespaces for a systemd of its own here: {self.log()}")
            raise AssertionError(f"systemd did not boot: {self.log()}")
        if not psutil.Process(self._process.pid).children():
            return False
        done = self.run("systemctl", "is-system-running", check=False)
        return done.stdout.strip() in ("running", "degraded")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def _remove_group(group: Path) -> bool:
    """Remove a control group with all below it; return False if a process is still in it."""
    for directory, _, _ in os.walk(group, topdown=False):
        try:
            Path(directory).rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            return False
    return True


def _remove_left_groups(parent: Path) -> None:
    """Remove the groups of test runs that were killed: their processes went with them, the groups do not."""
    for group in parent.glob(f"{_GROUP}-*-*"):
        if not psutil.pid_exists(int(group.name.split("-")[-2])):
            _remove_group(group)


def _skip_unless_possible() -> None:
    if not SYSTEMD.exists():
        missing("systemd", "systemd")
    for program in ("unshare", "nsenter", "setpriv"):
        if shutil.which(program) is None:
            missing(program, "util-linux")
    if os.geteuid() != 0:
        pytest.skip("only root can boot a systemd in namespaces of its own: run this test as root")


def _own_group() -> Path:
    """This process's place in the cgroup v2 hierarchy; skips where there is none that can be written."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    unified = [Path(words[1]) for words in mounts if words[2] == "cgroup2" and "rw" in words[3].split(",")]
    if not unified:
        pytest.skip("needs a cgroup v2 hierarchy that may be written: mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified")
    own = next(line for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::"))
    return unified[0] / own[3:].lstrip("/")
