"""Jobs: what can be started by name. Belongs here: selections and tags, nothing that runs.

Assets of different partitions cannot share a job, so the set and its contact sheet are two.
"""

import dagster as dg

REFERENCE_SET = "reference_set"
CONTACT_SHEET = "contact_sheet"
SHOT_LIBRARY = "renew_shot_library"

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
renew_shot_library = dg.define_asset_job(
    SHOT_LIBRARY,
    selection=dg.AssetSelection.assets("shot_library"),
    description="The packaged shot library into the database; what it no longer holds is retired.",
)

all_jobs = [reference_set, contact_sheet, renew_shot_library]
