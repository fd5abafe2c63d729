"""A verdict keeps its notes, every part that was measured, and the scorer that measured it."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
ALTER TABLE verdicts
    ADD COLUMN notes JSONB DEFAULT '[]' NOT NULL,
    ADD COLUMN parts JSONB DEFAULT '{}' NOT NULL,
    ADD COLUMN scorer TEXT
"""
    )


def downgrade() -> None:
    op.execute("ALTER TABLE verdicts DROP COLUMN notes, DROP COLUMN parts, DROP COLUMN scorer")
