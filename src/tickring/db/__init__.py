"""The planner's database: projects, decision snapshots, contracts, positions as last seen, runs, the event log.

SQLite by default, PostgreSQL by URL; docs/planner.md has the tables.
Needs SQLAlchemy and Alembic: `tickring[service]`.
"""

from tickring.db.contract_tables import Contract, SymbolAlias
from tickring.db.database import Database
from tickring.db.project_tables import DecisionSnapshot, DecisionSnapshotItem, Project, SnapshotChoice, ThemeMember
from tickring.db.record_tables import EventLogEntry, Position, StreamRun, WorkingOrder

__all__ = [
    "Contract",
    "Database",
    "DecisionSnapshot",
    "DecisionSnapshotItem",
    "EventLogEntry",
    "Position",
    "Project",
    "SnapshotChoice",
    "StreamRun",
    "SymbolAlias",
    "ThemeMember",
    "WorkingOrder",
]
