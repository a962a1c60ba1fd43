"""Which origin the configuration means."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from tickring.planner.origins.project import ProjectOrigin
from tickring.planner.origins.sql_query import SqlQuery
from tickring.planner.origins.static_list import StaticList
from tickring.planner.origins.symbol_file import SymbolFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.config import Config
    from tickring.db import Database
    from tickring.planner.origins.origin import SymbolOrigin

__all__ = ["choose_origin"]


def choose_origin(config: Config, open_database: Callable[[], Database]) -> SymbolOrigin:
    """Return the origin that `planner.origin` names. Connects to nothing.

    Raises:
        TickringError: what it needs is not usable: no address, no database's URL, not a symbol.
    """
    planner = config.planner
    origin = planner.origin
    if origin == "auto":
        origin = "static" if config.stream.symbols else "database"
    match origin:
        case "static":
            return StaticList(config.stream.symbols)
        case "database":
            return ProjectOrigin(
                open_database,
                config.stream.project_id,
                planner.decision_snapshot_id or None,
                snapshot=planner.snapshot,
                age_limit_s=planner.snapshot_age_limit_s,
            )
        case "file":
            return SymbolFile(planner.file_path, limit_bytes=planner.answer_limit_bytes)
        case "http":
            # Imported where it is meant: httpx takes a quarter of a second.
            from tickring.planner.origins.http_json import HttpJson

            return HttpJson(
                planner.http_url,
                timeout_s=planner.http_timeout_s,
                limit_bytes=planner.answer_limit_bytes,
                token_file=planner.http_token_file,
            )
        case "sql":
            return SqlQuery(planner.sql_url, planner.sql_query, limits=config.database)
        case _:
            assert_never(origin)
