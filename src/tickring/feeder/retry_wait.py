"""How long a refused symbol waits before it is tried again: longer each time, so that refusals never become a storm."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickring.config.structs import FeederConfig

__all__ = ["answer_wait_s", "retry_wait_s"]

_DOUBLINGS_MAX = 30


def retry_wait_s(config: FeederConfig, refusals: int) -> float:
    """Return the seconds until the next try after so many refusals in a row, at least one."""
    longest_s = max(config.retry_s, config.retry_limit_s)
    return min(longest_s, config.retry_s * 2.0 ** min(max(0, refusals - 1), _DOUBLINGS_MAX))


def answer_wait_s(config: FeederConfig, refusals: int) -> float:
    """Return how long a stream's first price is waited for, after so many tries in vain, before it is asked again."""
    longest_s = max(config.subscribe_timeout_s, config.retry_s)
    return min(longest_s, config.subscribe_timeout_s * 2.0 ** min(refusals, _DOUBLINGS_MAX))
