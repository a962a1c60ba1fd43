"""A time namespace: processes in it see CLOCK_BOOTTIME as if the machine had been suspended for so long."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

__all__ = ["AHEAD_S", "after_suspension", "enter_future", "prepare_future"]

AHEAD_S = 28_800
_CLONE_NEWTIME = 0x80


def after_suspension(*arguments: str) -> list[str]:
    """Return the command line of a Python that lives `AHEAD_S` ahead; skips the test where that is not allowed."""
    inside = ["unshare", "--map-root-user", "--time", "--fork", "--kill-child", "--boottime", str(AHEAD_S)]
    if shutil.which("unshare") is None or subprocess.run([*inside, "true"], check=False).returncode != 0:
        pytest.skip("needs a namespace of time: Linux 5.6, unshare of util-linux, and the right to make one")
    return [*inside, sys.executable, *arguments]


def prepare_future() -> int:
    """Make such a namespace and return a descriptor of it; this process stays where it is."""
    _check(ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWTIME))
    Path("/proc/self/timens_offsets").write_text(f"boottime {AHEAD_S} 0\n")
    return os.open("/proc/self/ns/time_for_children", os.O_RDONLY | os.O_CLOEXEC)


def enter_future(descriptor: int) -> None:
    """Jump: for this process, which has one thread, the machine has just been suspended."""
    _check(ctypes.CDLL(None, use_errno=True).setns(descriptor, _CLONE_NEWTIME))


def _check(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
