"""A code location with nothing but one trivial asset of the same partitions: what Dagster itself takes."""

import dagster as dg

from refpipe.defs.partitions import cells


@dg.asset(partitions_def=cells)
def bare_cell() -> None:
    """Nothing."""


defs = dg.Definitions(assets=[bare_cell], jobs=[dg.define_asset_job("bare", selection="bare_cell")])
