"""Whether the service has a planner, and whether a run waits for it to learn its symbols."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickring.config.structs import Config

__all__ = ["asks_for_symbols", "needs_planner"]


def needs_planner(config: Config) -> bool:
    """Return whether a planner runs: not where `stream.symbols` says it all, so that no database is touched.

    Who names `planner.origin = "static"` wants one all the same: for positions, sessions and the record of runs.
    """
    return config.planner.origin != "auto" or not config.stream.symbols


def asks_for_symbols(config: Config) -> bool:
    """Return whether the symbols come from somewhere else than `stream.symbols`."""
    return config.planner.origin != "static" and needs_planner(config)
