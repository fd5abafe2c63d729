"""Reference shots of the old shape, with room for the camera columns that a migration fills."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# priority and the rest know no ranges here: what an old row held must come out unchanged
TABLE = """
CREATE TABLE legacy_shot_templates (
    owner_id UUID NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    name TEXT,
    angle TEXT,
    lens TEXT,
    crop TEXT,
    pack TEXT,
    mode TEXT,
    prompt TEXT,
    other JSONB DEFAULT '{}' NOT NULL,
    azimuth_deg FLOAT,
    elevation_deg FLOAT,
    distance_m FLOAT,
    priority INTEGER,
    when_to_use TEXT,
    scene_types JSONB,
    filled_columns JSONB,
    fault TEXT,
    CONSTRAINT pk_legacy_shot_templates PRIMARY KEY (owner_id, id),
    CONSTRAINT fk_legacy_shot_templates_owner_id FOREIGN KEY(owner_id) REFERENCES owners (id) ON DELETE RESTRICT
)
"""


def upgrade() -> None:
    op.execute(TABLE)


def downgrade() -> None:
    op.execute("DROP TABLE legacy_shot_templates")
