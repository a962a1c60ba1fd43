"""The children of the service: what each is, in the order of their start."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from tickring.supervisor.alerter_need import needs_alerter
from tickring.supervisor.child_spec import ChildSpec, HeartbeatPlace, RestartKind
from tickring.supervisor.live_config import ALERTER, API, FEEDER, FLUSHER, PLANNER
from tickring.supervisor.running_child import RunningChild, SpawnedChild

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.supervisor.feeder_life import FeederLife
    from tickring.supervisor.live_config import LiveConfig
    from tickring.supervisor.planner_life import PlannerLife
    from tickring.supervisor.programs import Programs

__all__ = ["child_list"]


def child_list(
    live: LiveConfig,
    programs: Programs,
    feeder: FeederLife,
    planner: PlannerLife | None,
    gateway: Callable[[], RunningChild] | None,
    *,
    has_api: bool = False,
) -> list[ChildSpec]:
    """Return the specifications.

    `planner` None: `stream.symbols` says it all. `gateway` starts the embedded simulator; None: it is somebody else's.
    `has_api`: no unit of its own serves HTTP.
    """

    def launch_flusher() -> RunningChild:
        live.started(FLUSHER)
        return SpawnedChild("flusher", programs.flusher, msgspec.json.encode(live.config), os.getpid())

    def launch_alerter() -> RunningChild:
        live.started(ALERTER)
        return SpawnedChild("alerter", programs.alerter, msgspec.json.encode(live.config), os.getpid())

    def launch_api() -> RunningChild:
        live.started(API)
        return SpawnedChild("api", programs.api, msgspec.json.encode(live.config), os.getpid())

    def launch_feeder() -> RunningChild:
        live.started(FEEDER)
        return feeder.launch()

    def launch_planner() -> RunningChild:
        assert planner is not None
        live.started(PLANNER)
        return planner.launch()

    specs = [
        ChildSpec("flusher", launch_flusher, RestartKind.PERMANENT, HeartbeatPlace.CHILD_LINE),
        ChildSpec(
            "feeder",
            launch_feeder,
            RestartKind.WITH_RUN,
            HeartbeatPlace.FEEDER_LINE,
            own_grace_s=live.config.feeder.stop_timeout_s,
            clear=feeder.clear,
            carries_data=feeder.carries_data,
        ),
    ]
    if planner is not None:
        line = HeartbeatPlace.CHILD_LINE
        specs.insert(1, ChildSpec("planner", launch_planner, RestartKind.PERMANENT, line, is_vital=False))
    if needs_alerter(live.config):
        line = HeartbeatPlace.CHILD_LINE
        specs.append(ChildSpec("alerter", launch_alerter, RestartKind.PERMANENT, line, is_vital=False))
    if has_api:
        line = HeartbeatPlace.CHILD_LINE
        specs.append(ChildSpec("api", launch_api, RestartKind.PERMANENT, line, is_vital=False))
    return specs if gateway is None else [ChildSpec("gateway", gateway, RestartKind.PERMANENT), *specs]
