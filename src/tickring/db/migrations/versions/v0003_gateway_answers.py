"""What the gateway says of contracts, positions and orders: whose word it is, and which kind of contract is held.

Runs get what tells whether their holder still lives.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """From 0002."""
    op.add_column("contracts", sa.Column("told_by", sa.String(), nullable=False, server_default=""))
    op.add_column("positions", sa.Column("sec_type", sa.String(), nullable=False, server_default="STK"))
    op.add_column("working_orders", sa.Column("sec_type", sa.String(), nullable=False, server_default="STK"))
    op.add_column("stream_runs", sa.Column("data_root", sa.String(), nullable=False, server_default=""))
    op.add_column("stream_runs", sa.Column("start_ticks", sa.BigInteger(), nullable=True))
