"""The event log, which the database itself keeps from being changed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
TIME = sa.DateTime(timezone=True)

_REFUSED = "event_log is append-only"
# REPLACE removes the old row without a DELETE trigger unless recursive_triggers is on, and another program's connection
# may have it off: an id that is there already is refused before anything is removed.
_SQLITE = (
    f"CREATE TRIGGER event_log_no_update BEFORE UPDATE ON event_log BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END",
    f"CREATE TRIGGER event_log_no_delete BEFORE DELETE ON event_log BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END",
    (
        "CREATE TRIGGER event_log_no_replace BEFORE INSERT ON event_log "
        "WHEN EXISTS (SELECT 1 FROM event_log WHERE id = NEW.id) "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
    ),
)
_POSTGRESQL = (
    (
        "CREATE FUNCTION event_log_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSED}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    ),
    (
        "CREATE TRIGGER event_log_no_change BEFORE UPDATE OR DELETE ON event_log "
        "FOR EACH ROW EXECUTE FUNCTION event_log_refuse()"
    ),
    (
        "CREATE TRIGGER event_log_no_truncate BEFORE TRUNCATE ON event_log "
        "FOR EACH STATEMENT EXECUTE FUNCTION event_log_refuse()"
    ),
)


def upgrade() -> None:
    """From 0001."""
    op.create_table(
        "event_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("data", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event_log"),
    )
    op.create_index("ix_event_log_at", "event_log", ["at"], unique=False)
    op.create_index("ix_event_log_kind_at", "event_log", ["kind", "at"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        for statement in _SQLITE:
            op.execute(statement)
    else:
        for statement in _POSTGRESQL:
            op.execute(statement)
