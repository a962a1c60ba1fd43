"""Projects, decision snapshots, contracts, runs, positions and orders as last seen."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
TIME = sa.DateTime(timezone=True)
AMOUNT = sa.Text().with_variant(sa.Numeric(), "postgresql")


def upgrade() -> None:
    """From nothing."""
    op.create_table(
        "contracts",
        sa.Column("symbol", sa.String(), nullable=False),
        sa.Column("con_id", sa.Integer(), nullable=True),
        sa.Column("ib_symbol", sa.String(), nullable=False),
        sa.Column("sec_type", sa.String(), nullable=False),
        sa.Column("exchange", sa.String(), nullable=False),
        sa.Column("primary_exchange", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("local_symbol", sa.String(), nullable=False),
        sa.Column("trading_class", sa.String(), nullable=False),
        sa.Column("min_tick", AMOUNT, nullable=True),
        sa.Column("multiplier", AMOUNT, nullable=True),
        sa.Column("time_zone_id", sa.String(), nullable=False),
        sa.Column("trading_hours", sa.String(), nullable=False),
        sa.Column("liquid_hours", sa.String(), nullable=False),
        sa.Column("is_pinned", sa.Boolean(), nullable=False),
        sa.Column("candidates", sa.String(), nullable=False),
        sa.Column("resolved_at", TIME, nullable=True),
        sa.Column("changed_at", TIME, nullable=False),
        sa.CheckConstraint("con_id IS NULL OR con_id > 0", name="ck_contracts_con_id"),
        sa.PrimaryKeyConstraint("symbol", name="pk_contracts"),
        sa.UniqueConstraint("con_id", name="uq_contracts_con_id"),
    )
    op.create_table(
        "positions",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("position_key", sa.String(), nullable=False),
        sa.Column("symbol", sa.String(), nullable=False),
        sa.Column("con_id", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("quantity", AMOUNT, nullable=False),
        sa.Column("average_cost", AMOUNT, nullable=True),
        sa.Column("multiplier", AMOUNT, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("account", "position_key", name="pk_positions"),
    )
    op.create_table(
        "projects",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_projects"),
        sa.UniqueConstraint("name", name="uq_projects_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "stream_runs",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("decision_snapshot_id", sa.Integer(), nullable=True),
        sa.Column("api_mode", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("ended_how", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", name="pk_stream_runs"),
    )
    op.create_index("ix_stream_runs_started_at", "stream_runs", ["started_at"], unique=False)
    op.create_table(
        "working_orders",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("order_key", sa.String(), nullable=False),
        sa.Column("symbol", sa.String(), nullable=False),
        sa.Column("con_id", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("quantity", AMOUNT, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.CheckConstraint("side IN ('buy', 'sell')", name="ck_working_orders_side"),
        sa.PrimaryKeyConstraint("account", "order_key", name="pk_working_orders"),
    )
    op.create_table(
        "decision_snapshots",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("decided_at", TIME, nullable=False),
        sa.Column("imported_at", TIME, nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_decision_snapshots_project_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_decision_snapshots"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_decision_snapshots_project_id", "decision_snapshots", ["project_id"], unique=False)
    op.create_table(
        "symbol_aliases",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("symbol", sa.String(), nullable=False),
        sa.Column("alias", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["symbol"], ["contracts.symbol"], name="fk_symbol_aliases_symbol", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("source", "symbol", name="pk_symbol_aliases"),
        sa.UniqueConstraint("source", "alias", name="uq_symbol_aliases_source_alias"),
    )
    op.create_table(
        "theme_members",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("symbol", sa.String(), nullable=False),
        sa.Column("added_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_theme_members_project_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_theme_members"),
        sa.UniqueConstraint("project_id", "symbol", name="uq_theme_members_project_id_symbol"),
    )
    op.create_table(
        "decision_snapshot_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_snapshot_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("symbol", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("weight", AMOUNT, nullable=True),
        sa.Column("quantity", AMOUNT, nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.CheckConstraint("side IN ('long', 'short', 'flat')", name="ck_decision_snapshot_items_side"),
        sa.ForeignKeyConstraint(
            ["decision_snapshot_id"],
            ["decision_snapshots.id"],
            name="fk_decision_snapshot_items_decision_snapshot_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_decision_snapshot_items"),
        sa.UniqueConstraint(
            "decision_snapshot_id", "symbol", name="uq_decision_snapshot_items_decision_snapshot_id_symbol"
        ),
    )
    op.create_table(
        "snapshot_choices",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("decision_snapshot_id", sa.Integer(), nullable=True),
        sa.Column("chosen_at", TIME, nullable=False),
        sa.CheckConstraint(
            "(rule = 'fixed') = (decision_snapshot_id IS NOT NULL)", name="ck_snapshot_choices_fixed_names_one"
        ),
        sa.CheckConstraint("rule IN ('fixed', 'latest', 'none')", name="ck_snapshot_choices_rule"),
        sa.ForeignKeyConstraint(
            ["decision_snapshot_id"],
            ["decision_snapshots.id"],
            name="fk_snapshot_choices_decision_snapshot_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_snapshot_choices_project_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("project_id", name="pk_snapshot_choices"),
    )
