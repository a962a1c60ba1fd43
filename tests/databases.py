"""Fixtures for a database of one test's own: the same test on SQLite and on PostgreSQL.

What needs SQLAlchemy is imported by the fixture that uses it: the core's tests run without (tools/other_pythons.sh).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tickring.config import DatabaseConfig

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.postgres_cluster import PostgresCluster
    from tickring.db import Database


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresCluster]:
    """One PostgreSQL for all tests of this process."""
    from tests.postgres_cluster import PostgresCluster

    cluster = PostgresCluster()
    yield cluster
    cluster.close()


@pytest.fixture
def own_postgres() -> Iterator[PostgresCluster]:
    """One PostgreSQL for this test alone, which may end it."""
    from tests.postgres_cluster import PostgresCluster

    cluster = PostgresCluster()
    yield cluster
    cluster.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_config(request: pytest.FixtureRequest, tmp_path: Path) -> DatabaseConfig:
    """Names a database that is empty."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'tickring.db'}"
    else:
        cluster: PostgresCluster = request.getfixturevalue("postgres")
        url = cluster.new_database()
    return DatabaseConfig(url=url, busy_timeout_s=20)


@pytest.fixture
def database(database_config: DatabaseConfig) -> Iterator[Database]:
    """A database with its tables and nothing in them."""
    from tickring.db import Database

    with Database.open(database_config) as opened:
        yield opened


@pytest.fixture
def sqlite_config(tmp_path: Path) -> DatabaseConfig:
    """As `database_config`, for what does not depend on the kind."""
    return DatabaseConfig(url=f"sqlite:///{tmp_path / 'tickring.db'}", busy_timeout_s=20)
