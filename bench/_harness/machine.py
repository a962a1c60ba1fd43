"""What the machine is, for the report."""

from __future__ import annotations

import os
import platform
import sysconfig
from pathlib import Path

from bench._harness.cores import describe_pinning
from bench._harness.results import Machine

__all__ = ["describe_machine"]


def _text(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


def _cpuinfo(field: str) -> str:
    for line in _text("/proc/cpuinfo").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == field:
            return value.strip()
    return ""


def _caches() -> str:
    found = []
    for directory in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        kind, level, size = (_text(str(directory / name)) for name in ("type", "level", "size"))
        if kind != "Instruction" and size:
            found.append(f"L{level} {size}")
    return ", ".join(found) or "unknown"


def _system() -> str:
    for line in _text("/etc/os-release").splitlines():
        if line.startswith("PRETTY_NAME="):
            return line.partition("=")[2].strip('"')
    return platform.system()


def _hypervisor() -> str:
    if "hypervisor" not in _cpuinfo("flags").split():
        return "none seen"
    vendor = _text("/sys/class/dmi/id/sys_vendor")
    return f"virtual machine ({vendor})" if vendor else "virtual machine"


def _python() -> str:
    """Return release and build: an interpreter without profile-guided optimisation is a quarter slower and more."""
    arguments = str(sysconfig.get_config_var("CONFIG_ARGS"))
    build = [
        "optimised (PGO)" if "--enable-optimizations" in arguments else "built without PGO",
        "LTO" if "--with-lto" in arguments else "without LTO",
        *(["as a shared library"] if "libpython" in Path("/proc/self/maps").read_text() else []),
    ]
    return f"{platform.python_implementation()} {platform.python_version()}, {', '.join(build)}"


def describe_machine() -> Machine:
    """Return what /proc and /sys say."""
    return Machine(
        cpu=_cpuinfo("model name") or platform.processor() or platform.machine(),
        cores=os.cpu_count() or 1,
        caches=_caches(),
        memory_gb=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        kernel=platform.release(),
        system=_system(),
        hypervisor=_hypervisor(),
        governor=_text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor") or "not told (no cpufreq)",
        python=_python(),
        pinning=describe_pinning(),
    )
