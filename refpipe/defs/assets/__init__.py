"""Assets, one module a family. Bodies of a few lines: they call a service and record what it said."""

from refpipe.defs.assets.embeddings import shot_embedding
from refpipe.defs.assets.masters import master_reference
from refpipe.defs.assets.reference_sets import character_set, reference_shot
from refpipe.defs.assets.reviews import shot_review
from refpipe.defs.assets.shot_library import shot_library

all_assets = [shot_library, master_reference, reference_shot, shot_review, shot_embedding, character_set]

__all__ = [
    "all_assets",
    "character_set",
    "master_reference",
    "reference_shot",
    "shot_embedding",
    "shot_library",
    "shot_review",
]
