"""A project of our own database: its decision snapshot, else its theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.planner.stream_symbols import SnapshotRule, resolve_stream_symbols

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.db import Database
    from tickring.planner.wanted import Resolution

__all__ = ["ProjectOrigin"]


class ProjectOrigin:
    """What `resolve_stream_symbols` says, asked anew at every refresh."""

    def __init__(
        self,
        open_database: Callable[[], Database],
        project_id: int,
        decision_snapshot_id: int | None,
        *,
        snapshot: SnapshotRule,
        age_limit_s: float,
    ) -> None:
        """`open_database`: returns the open one, or raises DatabaseError; the database stays its owner's."""
        self.name = f"database, project {project_id}"
        self._open_database = open_database
        self._project_id = project_id
        self._decision_snapshot_id = decision_snapshot_id
        self._snapshot: SnapshotRule = snapshot
        self._age_limit_s = age_limit_s

    def resolve(self) -> Resolution:
        """Return the project's set.

        Raises:
            UnknownProject, UnknownSnapshot, SnapshotTooOld, DatabaseUnavailable: as `resolve_stream_symbols`.
        """
        with self._open_database().reading() as session:
            return resolve_stream_symbols(
                session,
                self._project_id,
                self._decision_snapshot_id,
                snapshot=self._snapshot,
                age_limit_s=self._age_limit_s,
            )

    def close(self) -> None:
        """The database is not its own."""
