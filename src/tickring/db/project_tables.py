"""Projects, the symbols of their themes, and their decision snapshots."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tickring.db.base import Base

__all__ = ["DecisionSnapshot", "DecisionSnapshotItem", "Project", "SnapshotChoice", "ThemeMember"]


class Project(Base):
    """One desk's piece of work."""

    __tablename__ = "projects"
    __table_args__ = ({"sqlite_autoincrement": True},)  # a number is never used again, on neither database

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    theme: Mapped[list[ThemeMember]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="ThemeMember.symbol"
    )
    choice: Mapped[SnapshotChoice | None] = relationship(cascade="all, delete-orphan", passive_deletes=True)


class ThemeMember(Base):
    """One symbol of a project's theme: what is streamed while no decision snapshot counts."""

    __tablename__ = "theme_members"
    __table_args__ = (UniqueConstraint("project_id", "symbol"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    symbol: Mapped[str]
    added_at: Mapped[datetime]


class DecisionSnapshot(Base):
    """What a project has decided for a day. Never changed after its import."""

    __tablename__ = "decision_snapshots"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    decided_at: Mapped[datetime]
    imported_at: Mapped[datetime]
    origin: Mapped[str] = mapped_column(default="")
    """The file's name, without its directory."""
    items: Mapped[list[DecisionSnapshotItem]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="DecisionSnapshotItem.place"
    )


class DecisionSnapshotItem(Base):
    """One decision: what, which way, how much."""

    __tablename__ = "decision_snapshot_items"
    __table_args__ = (
        UniqueConstraint("decision_snapshot_id", "symbol"),
        CheckConstraint("side IN ('long', 'short', 'flat')", name="side"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_snapshot_id: Mapped[int] = mapped_column(ForeignKey("decision_snapshots.id", ondelete="CASCADE"))
    place: Mapped[int]
    """In the file, from 0."""
    symbol: Mapped[str]
    side: Mapped[str] = mapped_column(default="long")
    weight: Mapped[Decimal | None]
    """Part of the whole, as the file says it; None: not said."""
    quantity: Mapped[Decimal | None]
    """Shares or contracts; None: not said."""
    note: Mapped[str] = mapped_column(default="")


class SnapshotChoice(Base):
    """Which decision snapshot of a project counts: one, always the newest, or none. No row: none, the theme counts."""

    __tablename__ = "snapshot_choices"
    __table_args__ = (
        CheckConstraint("rule IN ('fixed', 'latest', 'none')", name="rule"),
        CheckConstraint("(rule = 'fixed') = (decision_snapshot_id IS NOT NULL)", name="fixed_names_one"),
    )

    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    rule: Mapped[str]
    decision_snapshot_id: Mapped[int | None] = mapped_column(ForeignKey("decision_snapshots.id", ondelete="CASCADE"))
    chosen_at: Mapped[datetime]
