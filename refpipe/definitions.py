"""What Dagster loads. Belongs here: nothing but this; the parts are put together in ``refpipe.defs.assembly``."""

from refpipe.defs.assembly import build_definitions

defs = build_definitions()

__all__ = ["build_definitions", "defs"]
