"""What whoever has installed the units should know, and what to do next."""

import pwd

from tickring.cli.unit_files import API_PROGRAM, DEFAULT_USER
from tickring.cli.unit_plan import UnitPlan, closed_to_others
from tickring.config.load import Loaded

__all__ = ["next_steps", "notes_on"]


def notes_on(plan: UnitPlan, loaded: Loaded) -> list[str]:
    """Return what is not wrong but will surprise."""
    notes = list(loaded.notes)
    if not (plan.bin_directory / API_PROGRAM).exists():
        notes.append(f"no {plan.name}-api.service: this release has no {API_PROGRAM}")
    if "segment.name" in loaded.origins:
        notes.append(
            f"segment.name is {loaded.config.segment.name!r} (from {loaded.origin('segment.name')}), but the unit's "
            "Environment= counts more: readers open the service's runtime directory"
        )
    if plan.for_user or plan.run_as == "root":
        return notes
    closed = closed_to_others(plan.bin_directory)
    if closed is not None:
        notes.append(f"{closed} is closed to others: user {plan.run_as} cannot start what lies behind it")
    if plan.run_as != DEFAULT_USER and not _is_user(plan.run_as):
        notes.append(f"there is no user {plan.run_as} on this machine: make one before the start")
    return notes


def next_steps(plan: UnitPlan, *, with_gateway: bool) -> list[str]:
    """Return the commands from here to a running service and a look at it."""
    systemctl = "systemctl --user" if plan.for_user else "systemctl"
    runtime = "$XDG_RUNTIME_DIR" if plan.for_user else "/run"
    tickring, config = plan.bin_directory / "tickring", plan.config_file
    steps: list[str] = []
    if not config.exists():
        steps.append(f"mkdir -p {config.parent} && {tickring} config init {config}   # then edit it")
    if plan.for_user:
        steps.append("loginctl enable-linger   # else it ends when you log out")
    elif plan.run_as == DEFAULT_USER:
        steps.append("systemd-sysusers tickring.conf   # makes the service's user")
        steps.append(f"usermod -aG {plan.run_as} TRADER   # for everybody who reads quotes")
    steps += [f"{systemctl} daemon-reload", f"{systemctl} enable --now {plan.name}"]
    if with_gateway:
        steps.append(f"{systemctl} edit ib-gateway@ && {systemctl} enable --now ib-gateway@paper")
    return [*steps, f"{systemctl} status {plan.name}", f"{tickring} top --segment {runtime}/{plan.name}"]


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
