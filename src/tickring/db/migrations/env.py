"""What Alembic runs for every command: the connection is the caller's, and so is its transaction."""

from alembic import context

from tickring.db.base import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, transactional_ddl=True
)
with context.begin_transaction():
    context.run_migrations()
