"""The unit files as text: templates of `tickring/units` with a plan filled in.

A template is a unit file that can be read as one. `@@NAME@@` stands for a value; lines between `@@system` and `@@end`
are for the machine's service manager alone, which may do what a user's may not.
"""

import re
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from tickring.cli.unit_plan import UnitPlan

__all__ = ["API_PROGRAM", "DEFAULT_USER", "SUPERVISOR_PROGRAM", "UnitFile", "unit_files"]

DEFAULT_USER = "tickring"
SUPERVISOR_PROGRAM = "tickring-supervisor"
API_PROGRAM = "tickring-api"

_SYSTEM_PART = re.compile(r"^@@system\n(.*?)^@@end\n", re.MULTILINE | re.DOTALL)
_VALUE = re.compile(r"@@([A-Z_]+)@@")
_EMPTY_LINES = re.compile(r"\n{3,}")
_PLAIN = re.compile(r"[A-Za-z0-9_./@:+,=-]+")


class UnitFile(NamedTuple):
    """One file to be installed."""

    path: Path
    text: str


def unit_files(plan: UnitPlan, *, units: Path, sysusers: Path, with_gateway: bool = False) -> list[UnitFile]:
    """Return what belongs to the plan; `units` and `sysusers` are the directories they go to.

    The api's unit is among them if this environment has its program; the user's file if the service's user is ours to
    make.
    """
    found = [UnitFile(units / f"{plan.name}.service", _filled("tickring.service", plan))]
    if (plan.bin_directory / API_PROGRAM).exists():
        found.append(UnitFile(units / f"{plan.name}-api.service", _filled("tickring-api.service", plan)))
    if with_gateway:
        found.append(UnitFile(units / "ib-gateway@.service", _filled("ib-gateway@.service", plan)))
    if not plan.for_user and plan.run_as == DEFAULT_USER:
        found.append(UnitFile(sysusers / "tickring.conf", _filled("tickring.sysusers", plan)))
    return found


def _filled(template: str, plan: UnitPlan) -> str:
    text = _template(template).replace("@@HARDENING@@\n", _template("hardening.conf"))
    text = _SYSTEM_PART.sub("" if plan.for_user else r"\1", text)
    values = {
        "NAME": plan.name,
        "TICKRING": _word(plan.bin_directory / "tickring"),
        "SUPERVISOR": _word(plan.bin_directory / SUPERVISOR_PROGRAM),
        "API": _word(plan.bin_directory / API_PROGRAM),
        "CONFIG": _word(plan.config_file).replace("$", "$$"),
        "RUN_AS": plan.run_as,
        "USER_FLAG": " --user" if plan.for_user else "",
        "WANTED_BY": "default.target" if plan.for_user else "multi-user.target",
        "WRITABLE": "" if plan.for_user else "".join(f"ReadWritePaths=-{_word(path)}\n" for path in plan.writable),
        "WATCHDOG_S": str(plan.watchdog_s),
        "START_S": str(plan.start_s),
        "STOP_S": str(plan.stop_s),
        "MEMORY_MB": str(plan.memory_mb),
        "PROTECT_HOME": plan.protect_home,
    }
    return _EMPTY_LINES.sub("\n\n", _VALUE.sub(lambda match: values[match[1]], text))


def _template(name: str) -> str:
    return (files("tickring") / "units" / name).read_text(encoding="utf-8")


def _word(path: Path) -> str:
    """Return the path as one word of a unit file: systemd takes % for its own, and blanks for the end of a word."""
    text = str(path).replace("%", "%%")
    if _PLAIN.fullmatch(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
