"""Protocols for everything at the edge. Services speak to these; backends implement them.

Belongs here: small interfaces in the trade's words, one module a room. Does not: any implementation.

Ports of models that see are imported from ``vision`` itself: they speak of arrays, which a command that only lists
things need not load.
"""

from refpipe.domain.ports.blobs import BlobRef, BlobStore, StoredBlob
from refpipe.domain.ports.generators import Holders, ImageGenerator, ProviderJobs
from refpipe.domain.ports.pictures import (
    ContactFrame,
    ContactSheet,
    ContactSheetPainter,
    DuplicateFinder,
    ImageScorer,
    PictureReader,
    ReadPicture,
)
from refpipe.domain.ports.records import (
    Blobs,
    CellAttempt,
    Characters,
    Database,
    Gallery,
    GenerationRecord,
    Generations,
    ImageAttempt,
    ImageAttempts,
    PastVerdict,
    Records,
    Reviews,
    ShotTemplates,
)
from refpipe.domain.ports.runs import Progress, RunEvent, RunFinished, RunLauncher, RunShot, RunStarted

__all__ = [
    "BlobRef",
    "BlobStore",
    "Blobs",
    "CellAttempt",
    "Characters",
    "ContactFrame",
    "ContactSheet",
    "ContactSheetPainter",
    "Database",
    "DuplicateFinder",
    "Gallery",
    "GenerationRecord",
    "Generations",
    "Holders",
    "ImageAttempt",
    "ImageAttempts",
    "ImageGenerator",
    "ImageScorer",
    "PastVerdict",
    "PictureReader",
    "Progress",
    "ProviderJobs",
    "ReadPicture",
    "Records",
    "Reviews",
    "RunEvent",
    "RunFinished",
    "RunLauncher",
    "RunShot",
    "RunStarted",
    "ShotTemplates",
    "StoredBlob",
]
