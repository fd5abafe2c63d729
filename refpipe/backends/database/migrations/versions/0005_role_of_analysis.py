"""The ledger keeps what a vision model said of assets: the role ``analysis``."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BEFORE = "'reference_image', 'storyboard_frame', 'video_chunk', 'features', 'planning'"


def upgrade() -> None:
    op.execute("ALTER TABLE generations DROP CONSTRAINT ck_generations_role")
    op.execute(f"ALTER TABLE generations ADD CONSTRAINT ck_generations_role CHECK (role IN ({BEFORE}, 'analysis'))")


def downgrade() -> None:
    # an older version knows no such role, nor how to look such a generation up
    op.execute("DELETE FROM generations WHERE role = 'analysis'")
    op.execute("ALTER TABLE generations DROP CONSTRAINT ck_generations_role")
    op.execute(f"ALTER TABLE generations ADD CONSTRAINT ck_generations_role CHECK (role IN ({BEFORE}))")
