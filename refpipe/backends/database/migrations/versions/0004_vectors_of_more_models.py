"""Vectors of more models, and whole libraries read in the order in which they lie on the disk."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NEW = {
    "features_192": ("cls", 192),
    "embeddings_512": ("embedding", 512),
    "embeddings_1024": ("embedding", 1024),
    "embeddings_1152": ("embedding", 1152),
}
KEPT = ("features_384", "features_768", "features_1024", "embeddings_768")

TABLE = """
CREATE TABLE {table} (
    owner_id UUID NOT NULL,
    {column} HALFVEC({dimension}) NOT NULL,
    model TEXT NOT NULL,
    revision TEXT NOT NULL,
    preprocessing TEXT NOT NULL,
    picture_sha256 TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_{table} PRIMARY KEY (owner_id, model, revision, preprocessing, picture_sha256),
    CONSTRAINT fk_{table}_owner_id_picture_sha256 FOREIGN KEY(owner_id, picture_sha256) REFERENCES blobs (owner_id, sha256) ON DELETE CASCADE,
    CONSTRAINT fk_{table}_owner_id FOREIGN KEY(owner_id) REFERENCES owners (id) ON DELETE RESTRICT
)
"""


def upgrade() -> None:
    for table, (column, dimension) in NEW.items():
        op.execute(TABLE.format(table=table, column=column, dimension=dimension))
        op.execute(f"CREATE INDEX ix_{table}_picture_sha256 ON {table} (picture_sha256)")
        # a vector that moved out of its row would be fetched from there by every exact scan
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE PLAIN")
    for table in (*NEW, *KEPT):
        op.execute(
            f"CREATE INDEX ix_{table}_owner_id_model_revision_preprocessing "
            f"ON {table} (owner_id, model, revision, preprocessing)"
        )


def downgrade() -> None:
    for table in KEPT:
        op.execute(f"DROP INDEX ix_{table}_owner_id_model_revision_preprocessing")
    op.execute(f"DROP TABLE {', '.join(NEW)}")
