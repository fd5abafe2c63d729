"""Asset checks: what must hold of what was made. Belongs here: specs and results. Does not: verdicts on pictures."""

import dagster as dg

from refpipe.services.report_status import StatusReport

set_is_complete = dg.AssetCheckSpec(
    "every_shot_is_made",
    asset="character_set",
    description="Every active shot of the library has a picture of this character that has not failed.",
)


def set_check_result(report: StatusReport) -> dg.AssetCheckResult:
    """Passed when no shot is missing or failed; a picture that waits for a person is no failure (R-CHAR-4)."""
    total = report.total
    open_shots = total.planned - total.made + total.failed
    return dg.AssetCheckResult(
        check_name=set_is_complete.name,
        passed=open_shots == 0,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{report.key}: {total.made - total.failed} of {total.planned} shots",
        metadata={"character": str(report.key), "missing_or_failed": open_shots},
    )
