"""What the children run, named as text: the supervisor imports none of them."""

from typing import NamedTuple

__all__ = ["Programs"]


class Programs(NamedTuple):
    """`package.module:function`, which returns the exit code."""

    feeder: str = "tickring.feeder.process:run_feeder"
    """Called with the configuration, the epoch and the pipe that its commands come through."""
    flusher: str = "tickring.flusher.process:run_flusher"
    """Called with the configuration as JSON and the pid of its parent."""
    api: str = "tickring.api.process:run_api"
    """Called with the configuration as JSON and the pid of its parent."""
    planner: str = "tickring.planner.process:run_planner"
    """Called with the configuration as JSON, the pid of its parent and one end of a duplex pipe."""
    alerter: str = "tickring.alerter.process:run_alerter"
    """Called with the configuration as JSON and the pid of its parent."""
