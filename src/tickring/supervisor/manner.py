"""In what `tickring run` and the service differ."""

from typing import NamedTuple

__all__ = ["Manner"]


class Manner(NamedTuple):
    """The values here are those of `tickring run`."""

    ends_when_refused: bool = True
    """A child's `my configuration is wrong` ends it all, because there is somebody who sees it."""
    keeps_segment: bool = False
    """The segment stays at the end, so that readers go on with their mapping after the next start."""
    begins_run: bool = True
    """A run begins at once."""
    is_sample: bool = False
    """For somebody who tries it out: what `api.child = "auto"` starts is started."""
