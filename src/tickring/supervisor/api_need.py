"""Whether the supervisor starts the HTTP service: under systemd that is a unit of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickring.config.structs import Config

__all__ = ["needs_api"]


def needs_api(config: Config, *, is_sample: bool) -> bool:
    """Return whether it is a child. `is_sample`: `tickring run` on its own simulator, for somebody who looks at it."""
    return config.api.child == "yes" or (config.api.child == "auto" and is_sample)
