"""Jobs: what can be started by name. Belongs here: selections and tags, nothing that runs.

Assets of different partitions cannot share a job, so the set and its contact sheet are two.
"""

import dagster as dg

REFERENCE_SET = "reference_set"
CONTACT_SHEET = "contact_sheet"
SHOT_LIBRARY = "renew_shot_library"
REVIEW = "review"
EMBEDDING = "embedding"
MASTER = "show_master_reference"

reference_set = dg.define_asset_job(
    REFERENCE_SET,
    selection=dg.AssetSelection.assets("reference_shot"),
    description="All of a character's reference shots, or some of them, in one run over a range of cells.",
)
contact_sheet = dg.define_asset_job(
    CONTACT_SHEET,
    selection=dg.AssetSelection.assets("character_set"),
    description="A character's contact sheet and coverage, drawn from the pictures there are.",
)
review = dg.define_asset_job(
    REVIEW,
    selection=dg.AssetSelection.assets("shot_review"),
    description="The gate over a character's pictures, or some of them: those that wait for it, or all again.",
)
embedding = dg.define_asset_job(
    EMBEDDING,
    selection=dg.AssetSelection.assets("shot_embedding"),
    description="Vectors of a character's accepted pictures, or of some: those that have none of today's model.",
)
show_master_reference = dg.define_asset_job(
    MASTER,
    selection=dg.AssetSelection.assets("master_reference"),
    description="Shows the master reference that a character has now.",
)
renew_shot_library = dg.define_asset_job(
    SHOT_LIBRARY,
    selection=dg.AssetSelection.assets("shot_library"),
    description="The packaged shot library into the database; what it no longer holds is retired.",
)

all_jobs = [reference_set, review, embedding, contact_sheet, show_master_reference, renew_shot_library]
