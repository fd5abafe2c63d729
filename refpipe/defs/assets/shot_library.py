"""The shot library as an asset: the packaged templates, brought into the database.

No cell depends on it in Dagster's sense: the nightly renewal would mark every cell as out of step,
while a cell's fingerprint already tells whether its template has changed.
"""

import dagster as dg

from refpipe.defs.studio import Studio


class SeedConfig(dg.Config):
    """What a renewal may do beyond adding and updating."""

    clean: bool = False
    """Retire templates that the library does not hold any more. Nothing is ever deleted."""


@dg.asset(
    group_name="library", kinds={"yaml", "postgres"}, description="The reference shots that there are (R-SHOT-7)."
)
def shot_library(config: SeedConfig, studio: dg.ResourceParam[Studio]) -> dg.MaterializeResult[None]:
    """Seed the owner's templates; running it twice changes nothing."""
    report = studio.seed_shots(clean=config.clean)
    if report.errors:
        raise dg.Failure(
            f"{report.failed} templates could not be stored",
            metadata={"errors": dg.MetadataValue.json([finding.as_document() for finding in report.errors])},
            allow_retries=False,
        )
    return dg.MaterializeResult(metadata=report.as_document())
