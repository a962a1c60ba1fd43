"""Alembic migrations, one file a version, run by `tickring.db.migrating`."""
