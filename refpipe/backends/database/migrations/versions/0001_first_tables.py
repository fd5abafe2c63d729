"""The first tables: owners, blobs, characters, shots, galleries, the ledger, vectors."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE owners (
    id UUID NOT NULL,
    slug TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_owners PRIMARY KEY (id),
    CONSTRAINT uq_owners_slug UNIQUE (slug),
    CONSTRAINT ck_owners_slug CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$')
);
CREATE TABLE blobs (
    owner_id UUID NOT NULL,
    sha256 TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    media_type TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_blobs PRIMARY KEY (owner_id, sha256),
    CONSTRAINT ck_blobs_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT ck_blobs_size_bytes CHECK (size_bytes >= 0),
    CONSTRAINT ck_blobs_media_type CHECK (media_type <> ''),
    CONSTRAINT fk_blobs_owner_id FOREIGN KEY(owner_id) REFERENCES owners (id) ON DELETE RESTRICT
);
CREATE INDEX ix_blobs_sha256 ON blobs (sha256);
CREATE TABLE characters (
    id UUID NOT NULL,
    owner_id UUID NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    sheet JSONB NOT NULL,
    current_master_id UUID,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_characters PRIMARY KEY (id),
    CONSTRAINT uq_characters_owner_id_slug UNIQUE (owner_id, slug),
    CONSTRAINT uq_characters_owner_id_id UNIQUE (owner_id, id),
    CONSTRAINT ck_characters_slug CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'),
    CONSTRAINT ck_characters_name CHECK (name <> ''),
    CONSTRAINT ck_characters_status CHECK (status IN ('draft', 'active', 'archived')),
    CONSTRAINT fk_characters_owner_id FOREIGN KEY(owner_id) REFERENCES owners (id) ON DELETE RESTRICT
);
CREATE TABLE shot_templates (
    id UUID NOT NULL,
    owner_id UUID NOT NULL,
    seq BIGINT GENERATED ALWAYS AS IDENTITY,
    slug TEXT NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    pack TEXT NOT NULL,
    lens_mm FLOAT NOT NULL,
    mode TEXT NOT NULL,
    angle TEXT NOT NULL,
    crop TEXT NOT NULL,
    azimuth_deg FLOAT NOT NULL,
    elevation_deg FLOAT NOT NULL,
    distance_m FLOAT NOT NULL,
    subject_yaw_deg FLOAT NOT NULL,
    gaze TEXT NOT NULL,
    thirds TEXT NOT NULL,
    headroom TEXT NOT NULL,
    pose TEXT NOT NULL,
    expression TEXT NOT NULL,
    scene_types JSONB NOT NULL,
    priority INTEGER NOT NULL,
    when_to_use TEXT NOT NULL,
    composition_notes TEXT NOT NULL,
    negative_prompts JSONB NOT NULL,
    description TEXT NOT NULL,
    tags JSONB NOT NULL,
    f_stop FLOAT NOT NULL,
    iso INTEGER NOT NULL,
    shutter TEXT NOT NULL,
    reference_weight FLOAT NOT NULL,
    prompt_template TEXT NOT NULL,
    file_name_pattern TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_shot_templates PRIMARY KEY (id),
    CONSTRAINT uq_shot_templates_owner_id_slug_version UNIQUE (owner_id, slug, version),
    CONSTRAINT ck_shot_templates_slug CHECK (slug ~ '^[a-z0-9]([a-z0-9_]{0,62}[a-z0-9])?$'),
    CONSTRAINT ck_shot_templates_version CHECK (version >= 1),
    CONSTRAINT ck_shot_templates_name CHECK (name <> ''),
    CONSTRAINT ck_shot_templates_pack CHECK (pack IN ('core', 'essential', 'coverage', 'turnaround')),
    CONSTRAINT ck_shot_templates_mode CHECK (mode IN ('action_body', 'conversation', 'emotion', 'hands')),
    CONSTRAINT ck_shot_templates_crop CHECK (crop IN ('full', 'three_quarter', 'mcu', 'cu', 'hands')),
    CONSTRAINT ck_shot_templates_gaze CHECK (gaze IN ('to_camera', 'away', 'left', 'right')),
    CONSTRAINT ck_shot_templates_thirds CHECK (thirds IN ('centered', 'left_third', 'right_third')),
    CONSTRAINT ck_shot_templates_headroom CHECK (headroom IN ('equal', 'tight', 'loose')),
    CONSTRAINT ck_shot_templates_lens_mm CHECK (lens_mm BETWEEN 14 AND 200),
    CONSTRAINT ck_shot_templates_azimuth_deg CHECK (azimuth_deg BETWEEN -180 AND 180),
    CONSTRAINT ck_shot_templates_elevation_deg CHECK (elevation_deg BETWEEN -90 AND 90),
    CONSTRAINT ck_shot_templates_distance_m CHECK (distance_m BETWEEN 0.1 AND 10),
    CONSTRAINT ck_shot_templates_subject_yaw_deg CHECK (subject_yaw_deg BETWEEN -180 AND 180),
    CONSTRAINT ck_shot_templates_priority CHECK (priority BETWEEN 1 AND 10),
    CONSTRAINT ck_shot_templates_f_stop CHECK (f_stop BETWEEN 0.7 AND 64),
    CONSTRAINT ck_shot_templates_iso CHECK (iso BETWEEN 25 AND 409600),
    CONSTRAINT ck_shot_templates_reference_weight CHECK (reference_weight BETWEEN 0 AND 1),
    CONSTRAINT ck_shot_templates_scene_types CHECK (scene_types <@ '["dialogue", "action", "emotional", "establishing", "transition"]'::jsonb),
    CONSTRAINT fk_shot_templates_owner_id FOREIGN KEY(owner_id) REFERENCES owners (id) ON DELETE RESTRICT
);
CREATE INDEX ix_shot_templates_owner_id_azimuth_deg_elevation_deg ON shot_templates (owner_id, azimuth_deg, elevation_deg);
CREATE INDEX ix_shot_templates_owner_id_priority ON shot_templates (owner_id, priority);
CREATE INDEX ix_shot_templates_owner_id_seq ON shot_templates (owner_id, seq);
CREATE TABLE blob_names (
    owner_id UUID NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    sha256 TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_blob_names PRIMARY KEY (owner_id, name),
    CONSTRAINT fk_blob_names_owner_id_sha256 FOREIGN KEY(owner_id, sha256) REFERENCES blobs (owner_id, sha256),
    CONSTRAINT ck_blob_names_name CHECK (name <> ''),
    CONSTRAINT fk_blob_names_owner_id FOREIGN KEY(owner_id) REFERENCES owners (id) ON DELETE RESTRICT
);
CREATE INDEX ix_blob_names_sha256 ON blob_names (sha256);
CREATE TABLE master_references (
    id UUID NOT NULL,
    owner_id UUID NOT NULL,
    character_id UUID NOT NULL,
    picture_sha256 TEXT NOT NULL,
    source TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_master_references PRIMARY KEY (id),
    CONSTRAINT uq_master_references_owner_id_id UNIQUE (owner_id, id),
    CONSTRAINT fk_master_references_owner_id_character_id FOREIGN KEY(owner_id, character_id) REFERENCES characters (owner_id, id),
    CONSTRAINT fk_master_references_owner_id_picture_sha256 FOREIGN KEY(owner_id, picture_sha256) REFERENCES blobs (owner_id, sha256),
    CONSTRAINT fk_master_references_owner_id FOREIGN KEY(owner_id) REFERENCES owners (id) ON DELETE RESTRICT
);
CREATE INDEX ix_master_references_character_id ON master_references (character_id);
CREATE INDEX ix_master_references_picture_sha256 ON master_references (picture_sha256);
CREATE TABLE outfits (
    id UUID NOT NULL,
    owner_id UUID NOT NULL,
    character_id UUID NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    position INTEGER NOT NULL,
    is_default BOOLEAN NOT NULL,
    is_retired BOOLEAN DEFAULT 'false' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_outfits PRIMARY KEY (id),
    CONSTRAINT uq_outfits_character_id_slug UNIQUE (character_id, slug),
    CONSTRAINT uq_outfits_owner_id_id UNIQUE (owner_id, id),
    CONSTRAINT fk_outfits_owner_id_character_id FOREIGN KEY(owner_id, character_id) REFERENCES characters (owner_id, id),
    CONSTRAINT ck_outfits_slug CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'),
    CONSTRAINT ck_outfits_position CHECK (position >= 0),
    CONSTRAINT fk_outfits_owner_id FOREIGN KEY(owner_id) REFERENCES owners (id) ON DELETE RESTRICT
);
CREATE TABLE generations (
    id UUID NOT NULL,
    owner_id UUID NOT NULL,
    fingerprint TEXT NOT NULL,
    role TEXT NOT NULL,
    model TEXT NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    fence BIGINT DEFAULT '0' NOT NULL,
    lease_holder TEXT,
    lease_until TIMESTAMP WITH TIME ZONE,
    provider_id TEXT,
    blob_sha256 TEXT,
    cost_usd NUMERIC(12, 6) DEFAULT '0' NOT NULL,
    error TEXT,
    request JSONB,
    submitted_at TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_generations PRIMARY KEY (id),
    CONSTRAINT uq_generations_owner_id_fingerprint UNIQUE (owner_id, fingerprint),
    CONSTRAINT fk_generations_owner_id_blob_sha256 FOREIGN KEY(owner_id, blob_sha256) REFERENCES blobs (owner_id, sha256),
    CONSTRAINT ck_generations_fingerprint CHECK (fingerprint ~ '^[0-9a-f]{64}$'),
    CONSTRAINT ck_generations_role CHECK (role IN ('reference_image', 'storyboard_frame', 'video_chunk', 'features', 'planning')),
    CONSTRAINT ck_generations_state CHECK (state IN ('reserved', 'submitting', 'submitted', 'succeeded', 'failed', 'in_doubt')),
    CONSTRAINT ck_generations_attempt CHECK (attempt >= 0),
    CONSTRAINT ck_generations_fence CHECK (fence >= 0),
    CONSTRAINT ck_generations_cost_usd CHECK (cost_usd >= 0),
    CONSTRAINT ck_generations_lease CHECK ((lease_holder IS NULL) = (lease_until IS NULL)),
    CONSTRAINT ck_generations_succeeded_has_blob CHECK (state <> 'succeeded' OR blob_sha256 IS NOT NULL),
    CONSTRAINT ck_generations_submitted_has_provider_id CHECK (state <> 'submitted' OR provider_id IS NOT NULL),
    CONSTRAINT fk_generations_owner_id FOREIGN KEY(owner_id) REFERENCES owners (id) ON DELETE RESTRICT
);
CREATE INDEX ix_generations_lease_until ON generations (lease_until) WHERE state IN ('reserved', 'submitting', 'submitted', 'in_doubt');
CREATE INDEX ix_generations_blob_sha256 ON generations (blob_sha256);
CREATE INDEX ix_generations_owner_id_state ON generations (owner_id, state);
CREATE TABLE features_384 (
    owner_id UUID NOT NULL,
    cls HALFVEC(384) NOT NULL,
    model TEXT NOT NULL,
    revision TEXT NOT NULL,
    preprocessing TEXT NOT NULL,
    picture_sha256 TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_features_384 PRIMARY KEY (owner_id, model, revision, preprocessing, picture_sha256),
    CONSTRAINT fk_features_384_owner_id_picture_sha256 FOREIGN KEY(owner_id, picture_sha256) REFERENCES blobs (owner_id, sha256) ON DELETE CASCADE,
    CONSTRAINT fk_features_384_owner_id FOREIGN KEY(owner_id) REFERENCES owners (id) ON DELETE RESTRICT
);
CREATE INDEX ix_features_384_picture_sha256 ON features_384 (picture_sha256);
CREATE TABLE features_768 (
    owner_id UUID NOT NULL,
    cls HALFVEC(768) NOT NULL,
    model TEXT NOT NULL,
    revision TEXT NOT NULL,
    preprocessing TEXT NOT NULL,
    picture_sha256 TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_features_768 PRIMARY KEY (owner_id, model, revision, preprocessing, picture_sha256),
    CONSTRAINT fk_features_768_owner_id_picture_sha256 FOREIGN KEY(owner_id, picture_sha256) REFERENCES blobs (owner_id, sha256) ON DELETE CASCADE,
    CONSTRAINT fk_features_768_owner_id FOREIGN KEY(owner_id) REFERENCES owners (id) ON DELETE RESTRICT
);
CREATE INDEX ix_features_768_picture_sha256 ON features_768 (picture_sha256);
CREATE TABLE features_1024 (
    owner_id UUID NOT NULL,
    cls HALFVEC(1024) NOT NULL,
    model TEXT NOT NULL,
    revision TEXT NOT NULL,
    preprocessing TEXT NOT NULL,
    picture_sha256 TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_features_1024 PRIMARY KEY (owner_id, model, revision, preprocessing, picture_sha256),
    CONSTRAINT fk_features_1024_owner_id_picture_sha256 FOREIGN KEY(owner_id, picture_sha256) REFERENCES blobs (owner_id, sha256) ON DELETE CASCADE,
    CONSTRAINT fk_features_1024_owner_id FOREIGN KEY(owner_id) REFERENCES owners (id) ON DELETE RESTRICT
);
CREATE INDEX ix_features_1024_picture_sha256 ON features_1024 (picture_sha256);
CREATE TABLE embeddings_768 (
    owner_id UUID NOT NULL,
    embedding HALFVEC(768) NOT NULL,
    model TEXT NOT NULL,
    revision TEXT NOT NULL,
    preprocessing TEXT NOT NULL,
    picture_sha256 TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_embeddings_768 PRIMARY KEY (owner_id, model, revision, preprocessing, picture_sha256),
    CONSTRAINT fk_embeddings_768_owner_id_picture_sha256 FOREIGN KEY(owner_id, picture_sha256) REFERENCES blobs (owner_id, sha256) ON DELETE CASCADE,
    CONSTRAINT fk_embeddings_768_owner_id FOREIGN KEY(owner_id) REFERENCES owners (id) ON DELETE RESTRICT
);
CREATE INDEX ix_embeddings_768_picture_sha256 ON embeddings_768 (picture_sha256);
CREATE TABLE gallery_images (
    id UUID NOT NULL,
    owner_id UUID NOT NULL,
    seq BIGINT GENERATED ALWAYS AS IDENTITY,
    character_id UUID NOT NULL,
    outfit_id UUID NOT NULL,
    shot_slug TEXT,
    current_attempt_id UUID,
    attempts INTEGER DEFAULT '0' NOT NULL,
    status TEXT NOT NULL,
    quality FLOAT,
    consistency FLOAT,
    technical FLOAT,
    composition FLOAT,
    cinematic FLOAT,
    notes JSONB NOT NULL,
    is_core_reference BOOLEAN NOT NULL,
    review_due BOOLEAN NOT NULL,
    recommended_for JSONB NOT NULL,
    usage_reason TEXT NOT NULL,
    tags JSONB NOT NULL,
    reviewed_by TEXT,
    reviewed_at TIMESTAMP WITH TIME ZONE,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_gallery_images PRIMARY KEY (id),
    CONSTRAINT uq_gallery_images_owner_id_character_id_outfit_id_shot_slug UNIQUE (owner_id, character_id, outfit_id, shot_slug),
    CONSTRAINT uq_gallery_images_owner_id_id UNIQUE (owner_id, id),
    CONSTRAINT fk_gallery_images_owner_id_character_id FOREIGN KEY(owner_id, character_id) REFERENCES characters (owner_id, id),
    CONSTRAINT fk_gallery_images_owner_id_outfit_id FOREIGN KEY(owner_id, outfit_id) REFERENCES outfits (owner_id, id),
    CONSTRAINT ck_gallery_images_shot_slug CHECK (shot_slug ~ '^[a-z0-9]([a-z0-9_]{0,62}[a-z0-9])?$'),
    CONSTRAINT ck_gallery_images_attempts CHECK (attempts >= 0),
    CONSTRAINT ck_gallery_images_reviewed CHECK ((reviewed_by IS NULL) = (reviewed_at IS NULL)),
    CONSTRAINT ck_gallery_images_status CHECK (status IN ('pending', 'processing', 'validation_success', 'needs_review', 'validation_failed')),
    CONSTRAINT ck_gallery_images_quality CHECK (quality BETWEEN 0 AND 100),
    CONSTRAINT ck_gallery_images_consistency CHECK (consistency BETWEEN 0 AND 100),
    CONSTRAINT ck_gallery_images_technical CHECK (technical BETWEEN 0 AND 100),
    CONSTRAINT ck_gallery_images_composition CHECK (composition BETWEEN 0 AND 100),
    CONSTRAINT ck_gallery_images_cinematic CHECK (cinematic BETWEEN 0 AND 100),
    CONSTRAINT fk_gallery_images_owner_id FOREIGN KEY(owner_id) REFERENCES owners (id) ON DELETE RESTRICT
);
CREATE INDEX ix_gallery_images_owner_id ON gallery_images (owner_id) WHERE review_due;
CREATE INDEX ix_gallery_images_owner_id_status ON gallery_images (owner_id, status);
CREATE INDEX ix_gallery_images_owner_id_seq ON gallery_images (owner_id, seq);
CREATE TABLE image_attempts (
    id UUID NOT NULL,
    owner_id UUID NOT NULL,
    image_id UUID NOT NULL,
    number INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    picture_sha256 TEXT NOT NULL,
    picture_bytes BIGINT NOT NULL,
    width_px INTEGER NOT NULL,
    height_px INTEGER NOT NULL,
    shot_version INTEGER,
    shot_type TEXT NOT NULL,
    model TEXT NOT NULL,
    seed BIGINT NOT NULL,
    prompt TEXT NOT NULL,
    parents JSONB NOT NULL,
    lens_mm FLOAT NOT NULL,
    azimuth_deg FLOAT NOT NULL,
    elevation_deg FLOAT NOT NULL,
    distance_m FLOAT NOT NULL,
    subject_yaw_deg FLOAT NOT NULL,
    gaze TEXT NOT NULL,
    thirds TEXT NOT NULL,
    headroom TEXT NOT NULL,
    f_stop FLOAT NOT NULL,
    punch_in FLOAT NOT NULL,
    head_x FLOAT,
    headroom_share FLOAT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_image_attempts PRIMARY KEY (id),
    CONSTRAINT uq_image_attempts_image_id_number UNIQUE (image_id, number),
    CONSTRAINT uq_image_attempts_image_id_fingerprint_picture_sha256 UNIQUE (image_id, fingerprint, picture_sha256),
    CONSTRAINT uq_image_attempts_owner_id_id UNIQUE (owner_id, id),
    CONSTRAINT fk_image_attempts_owner_id_image_id FOREIGN KEY(owner_id, image_id) REFERENCES gallery_images (owner_id, id),
    CONSTRAINT fk_image_attempts_owner_id_picture_sha256 FOREIGN KEY(owner_id, picture_sha256) REFERENCES blobs (owner_id, sha256),
    CONSTRAINT ck_image_attempts_fingerprint CHECK (fingerprint ~ '^[0-9a-f]{64}$'),
    CONSTRAINT ck_image_attempts_number CHECK (number >= 1),
    CONSTRAINT ck_image_attempts_shot_version CHECK (shot_version >= 1),
    CONSTRAINT ck_image_attempts_size CHECK (width_px > 0 AND height_px > 0),
    CONSTRAINT ck_image_attempts_lens_mm CHECK (lens_mm BETWEEN 1 AND 2000),
    CONSTRAINT ck_image_attempts_azimuth_deg CHECK (azimuth_deg BETWEEN -180 AND 180),
    CONSTRAINT ck_image_attempts_elevation_deg CHECK (elevation_deg BETWEEN -90 AND 90),
    CONSTRAINT ck_image_attempts_distance_m CHECK (distance_m > 0 AND distance_m < 1000),
    CONSTRAINT ck_image_attempts_subject_yaw_deg CHECK (subject_yaw_deg BETWEEN -180 AND 180),
    CONSTRAINT ck_image_attempts_f_stop CHECK (f_stop > 0 AND f_stop < 1000),
    CONSTRAINT ck_image_attempts_punch_in CHECK (punch_in > 0 AND punch_in < 1000),
    CONSTRAINT ck_image_attempts_gaze CHECK (gaze IN ('to_camera', 'away', 'left', 'right')),
    CONSTRAINT ck_image_attempts_thirds CHECK (thirds IN ('centered', 'left_third', 'right_third')),
    CONSTRAINT ck_image_attempts_headroom CHECK (headroom IN ('equal', 'tight', 'loose')),
    CONSTRAINT fk_image_attempts_owner_id FOREIGN KEY(owner_id) REFERENCES owners (id) ON DELETE RESTRICT
);
CREATE INDEX ix_image_attempts_picture_sha256 ON image_attempts (picture_sha256);
CREATE INDEX ix_image_attempts_owner_id_fingerprint ON image_attempts (owner_id, fingerprint);
CREATE INDEX ix_image_attempts_owner_id_azimuth_deg_elevation_deg ON image_attempts (owner_id, azimuth_deg, elevation_deg);
CREATE TABLE verdicts (
    id UUID NOT NULL,
    owner_id UUID NOT NULL,
    seq BIGINT GENERATED ALWAYS AS IDENTITY,
    attempt_id UUID NOT NULL,
    status TEXT NOT NULL,
    judge TEXT NOT NULL,
    quality FLOAT,
    consistency FLOAT,
    technical FLOAT,
    composition FLOAT,
    cinematic FLOAT,
    reasons JSONB NOT NULL,
    thresholds JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_verdicts PRIMARY KEY (id),
    CONSTRAINT fk_verdicts_owner_id_attempt_id FOREIGN KEY(owner_id, attempt_id) REFERENCES image_attempts (owner_id, id),
    CONSTRAINT ck_verdicts_status CHECK (status IN ('pending', 'processing', 'validation_success', 'needs_review', 'validation_failed')),
    CONSTRAINT ck_verdicts_quality CHECK (quality BETWEEN 0 AND 100),
    CONSTRAINT ck_verdicts_consistency CHECK (consistency BETWEEN 0 AND 100),
    CONSTRAINT ck_verdicts_technical CHECK (technical BETWEEN 0 AND 100),
    CONSTRAINT ck_verdicts_composition CHECK (composition BETWEEN 0 AND 100),
    CONSTRAINT ck_verdicts_cinematic CHECK (cinematic BETWEEN 0 AND 100),
    CONSTRAINT ck_verdicts_judge CHECK (judge <> ''),
    CONSTRAINT fk_verdicts_owner_id FOREIGN KEY(owner_id) REFERENCES owners (id) ON DELETE RESTRICT
);
CREATE INDEX ix_verdicts_attempt_id_seq ON verdicts (attempt_id, seq);
ALTER TABLE gallery_images ADD CONSTRAINT fk_gallery_images_owner_id_current_attempt_id FOREIGN KEY(owner_id, current_attempt_id) REFERENCES image_attempts (owner_id, id);
ALTER TABLE characters ADD CONSTRAINT fk_characters_owner_id_current_master_id FOREIGN KEY(owner_id, current_master_id) REFERENCES master_references (owner_id, id);
"""

# vectors of 2 kB would move out of the row, and an exact scan would fetch each one from there
VECTORS_IN_THE_ROW = """
ALTER TABLE features_384 ALTER COLUMN cls SET STORAGE PLAIN;
ALTER TABLE features_768 ALTER COLUMN cls SET STORAGE PLAIN;
ALTER TABLE features_1024 ALTER COLUMN cls SET STORAGE PLAIN;
ALTER TABLE embeddings_768 ALTER COLUMN embedding SET STORAGE PLAIN;
"""

REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$
"""
APPEND_ONLY = ("image_attempts", "verdicts", "master_references")

# another program in the same database may use the extension too, and not everyone may drop it
DROP_VECTOR = """
DO $$ BEGIN
    DROP EXTENSION IF EXISTS vector;
EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege THEN NULL;
END $$
"""


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    for statement in (TABLES + VECTORS_IN_THE_ROW).split(";\n"):
        if statement.strip():
            op.execute(statement)
    op.execute(REFUSE_CHANGE)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.execute("ALTER TABLE characters DROP CONSTRAINT fk_characters_owner_id_current_master_id")
    op.execute("ALTER TABLE gallery_images DROP CONSTRAINT fk_gallery_images_owner_id_current_attempt_id")
    op.execute("DROP TABLE verdicts, image_attempts, gallery_images, outfits, master_references, generations, features_768")
    op.execute("DROP TABLE features_384, features_1024, embeddings_768, blob_names, shot_templates, characters, blobs, owners")
    op.execute("DROP FUNCTION refuse_change()")
    op.execute(DROP_VECTOR)
