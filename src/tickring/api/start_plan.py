"""What a start of the stream would stream, as the configuration says. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tickring.api.symbol_schemas import StartPlanDocument
from tickring.config.planner_need import needs_planner

if TYPE_CHECKING:
    from tickring.config.structs import Config

__all__ = ["start_plan"]


def start_plan(config: Config) -> StartPlanDocument:
    """Return the plan of a run that is begun without a wish."""
    planner, stream = config.planner, config.stream
    origin = planner.origin
    if origin == "auto":
        origin = "static" if stream.symbols else "database"
    has_planner = needs_planner(config)
    places = {"file": planner.file_path, "http": _without_secrets(planner.http_url)}
    return StartPlanDocument(
        origin=origin,
        place=places.get(origin, ""),
        symbols=stream.symbols if origin == "static" else None,
        takes_project=origin == "database",
        takes_refresh=has_planner,
        project_id=stream.project_id,
        snapshot=planner.snapshot,
        decision_snapshot_id=planner.decision_snapshot_id or None,
        max_symbols=planner.max_symbols if has_planner else None,
        refresh_interval_s=planner.refresh_interval_s if has_planner else None,
    )


def _without_secrets(url: str) -> str:
    """Return scheme, host and path: what stands before the host or behind the path may be a secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
