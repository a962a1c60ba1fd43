"""The liveness section of the configuration: when a stream that says nothing counts as silent, and what is tried."""

from typing import Annotated

import msgspec

from tickring.config.section import Seconds, Section

__all__ = ["LivenessConfig"]

Share = Annotated[float, msgspec.Meta(gt=0, le=1)]


class LivenessConfig(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a symbol, a group of them or the whole stream is silent; times count only while the market is open."""

    look_period_s: Annotated[float, msgspec.Meta(ge=0.01, le=60)] = 1.0
    """Every stream's newest tick is looked at this often."""
    silence_min_s: Seconds = 10.0
    """No symbol is suspected sooner than this after its newest tick."""
    silence_max_s: Seconds = 300.0
    """And none later, however rarely it is used to tick."""
    gap_factor: Annotated[float, msgspec.Meta(ge=1, le=100)] = 3.0
    """Between the two a symbol is suspected after so many times the gap that 99 of 100 of its gaps stay below."""
    gaps_min: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 20
    """With fewer gaps than this nothing is learnt yet, and `silence_min_s` counts."""
    quiet_after_s: Seconds = 5.0
    """A symbol that is used to longer gaps reads `quiet` after this, and is vouched for until it is suspected."""
    answer_wait_s: Seconds = 3.0
    """A suspected symbol is asked for anew; without a price within this it is silent and served by other means."""
    group_min: Annotated[int, msgspec.Meta(ge=2, le=10_000)] = 3
    """Fewer silent symbols than this, of one kind and currency, are no group."""
    group_share: Share = 0.5
    """From this share of its symbols on the group is down, in one episode."""
    degraded_share: Share = 0.1
    """From this share of all wanted symbols on, silent or served by other means, the stream is `degraded`."""
    reconnect_after_s: Seconds = 20.0
    """The whole stream silent for this long, though asked for anew, is cured by one reconnection, and no second one."""
    flap_falls: Annotated[int, msgspec.Meta(ge=2, le=100)] = 3
    """A symbol that has gone silent this often within `flap_window_s` flaps."""
    flap_window_s: Seconds = 600.0
    """Over which it is counted."""
    poll_fallback_duration_s: Seconds = 60.0
    """A symbol that flaps is served by other means for this long at least."""
    return_ticks: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 3
    """And after that until its stream has brought so many prices."""
