"""What the unit files say of this installation: where it lies, what its configuration asks of systemd.

The unit's own limits stand above those of the configuration, so that it is the supervisor that ends things in order and
systemd only what the supervisor cannot. They are those of the configuration at the time of the installation.
"""

import math
import os
import re
import stat
import sys
from pathlib import Path
from typing import NamedTuple

from tickring import _core
from tickring.config.settings import settings
from tickring.config.structs import Config

__all__ = ["UnitPlan", "closed_to_others", "is_unit_name", "plan_units"]

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}")
_PROCESSES_MB = 1024
_SQLITE = "sqlite:///"
_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))


class UnitPlan(NamedTuple):
    """Everything a template asks for. Times are in whole seconds."""

    name: str
    """Of the unit, its runtime directory and its state directory."""
    bin_directory: Path
    """Where this environment's programs lie."""
    config_file: Path
    for_user: bool
    """For the user's own service manager instead of the machine's."""
    run_as: str
    """The machine's service runs as this user."""
    memory_mb: int
    watchdog_s: int
    start_s: int
    stop_s: int
    protect_home: str
    """`yes`, or `read-only` where the service itself lies in a home directory."""
    writable: tuple[Path, ...]
    """What the configuration names outside the state directory."""


def is_unit_name(name: str) -> bool:
    """Return whether a service and its directories can be called this: letters, digits, `_`; inside `.` and `-`."""
    return _NAME.fullmatch(name) is not None


def plan_units(
    config: Config, *, name: str, bin_directory: Path, config_file: Path, for_user: bool, run_as: str
) -> UnitPlan:
    """Return the plan for a checked configuration; paths are absolute."""
    supervisor, segment = config.supervisor, config.segment
    segment_mb = _core.segment_bytes(segment.capacity, segment.depth) / 1e6
    in_a_home = any(path.is_relative_to(home) for path in _used(bin_directory, config_file) for home in _HOMES)
    return UnitPlan(
        name=name,
        bin_directory=bin_directory,
        config_file=config_file,
        for_user=for_user,
        run_as=run_as,
        memory_mb=_PROCESSES_MB + math.ceil(2 * segment_mb),
        watchdog_s=math.ceil(supervisor.fence_timeout_s) + 15,
        start_s=math.ceil(supervisor.ready_limit_s) + 30,
        stop_s=math.ceil(supervisor.stop_limit_s) + 10,
        protect_home="read-only" if in_a_home else "yes",
        writable=_written_elsewhere(config),
    )


def closed_to_others(bin_directory: Path) -> Path | None:
    """Return the first directory or program on the way to this installation that not everybody may use, if any."""
    for path in _used(bin_directory):
        for step in (*reversed(path.parents), path):
            if not _is_open(step):
                return step
    return None


def _is_open(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IXOTH)
    except PermissionError:  # behind a closed door
        return False


def _used(bin_directory: Path, *more: Path) -> list[Path]:
    """What a process of the service opens: its environment, the interpreter behind it, our own code."""
    interpreter = Path(os.path.realpath(sys.executable))
    return [bin_directory, interpreter, Path(__file__).parents[1].resolve(), *more]


def _written_elsewhere(config: Config) -> tuple[Path, ...]:
    places = [
        Path(getattr(getattr(config, setting.section), setting.key))
        for setting in settings().values()
        if setting.type is str and setting.key.endswith(("_dir", "_root"))
    ]
    if config.database.url.startswith(_SQLITE):
        places.append(Path(config.database.url.removeprefix(_SQLITE)).parent)  # beside the file: its journal
    return tuple(sorted({place for place in places if place.is_absolute()}))
