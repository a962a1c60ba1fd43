"""A project to begin with: a theme, a decision snapshot and positions, all named as what they are, a sample."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import select

from tickring.db import Position, Project
from tickring.planner.projects import add_project, set_theme
from tickring.planner.snapshots import choose_snapshot, import_snapshot
from tickring.sample_book import SAMPLE_ACCOUNT, SAMPLE_HOLDINGS

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tickring.db import Database

__all__ = ["SAMPLE_PROJECT", "seed_empty_database", "seed_sample"]

SAMPLE_PROJECT = "Sample project"
_THEME = ("SPY", "QQQ", "IWM", "DIA", "GLD", "TLT", "AAPL", "MSFT", "NVDA", "AMZN", "GOOGL", "META", "TSLA", "AMD",
          "JPM", "BRK B", "XOM", "KO", "INTC", "F")  # fmt: skip
_SNAPSHOT = b"""symbol,side,weight,note
SPY,long,0.20,
QQQ,long,0.15,
AAPL,long,0.10,
MSFT,long,0.10,
NVDA,long,0.10,
AMZN,long,0.05,
GOOGL,long,0.05,
META,long,0.05,
JPM,long,0.05,
XOM,short,-0.05,
TSLA,short,-0.05,
GLD,long,0.05,
TLT,flat,0,closed today
"""


def seed_sample(session: Session) -> Project:
    """Make the sample project with its theme, snapshot and positions; one that is there already is left as it is.

    Positions are seeded only with the project, so that whoever removes or changes them keeps that. Idempotent.
    """
    found = session.scalar(select(Project).where(Project.name == SAMPLE_PROJECT))
    if found is not None:
        return found
    project = add_project(session, SAMPLE_PROJECT, note="Made by tickring; change or ignore it.")
    set_theme(session, project, _THEME)
    snapshot = import_snapshot(session, project, _SNAPSHOT, file_name="sample.csv", name="Sample decisions")
    choose_snapshot(session, project, snapshot.id)  # by its number: a sample never gets too old
    now = datetime.now(UTC)
    for symbol, quantity, cost in SAMPLE_HOLDINGS:
        session.merge(
            Position(
                account=SAMPLE_ACCOUNT,
                position_key=f"{symbol}:USD",
                symbol=symbol,
                currency="USD",
                quantity=Decimal(quantity),
                average_cost=Decimal(cost),
                multiplier=Decimal(1),
                seen_at=now,
            )
        )
    session.flush()
    return project


def seed_empty_database(database: Database) -> None:
    """Seed the sample into a database without any project; another one is left as it is.

    Raises:
        DatabaseError: it does not answer; nothing was written.
    """
    with database.writing() as session:
        if session.scalar(select(Project).limit(1)) is None:
            seed_sample(session)
