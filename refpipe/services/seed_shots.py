"""Seed an owner's reference shots from a library, as often as you like.

Belongs here: which templates are stored or retired, and the account of it. Does not: reading the
library (backends), judging a template (domain).
Source: specification, shots.md, R-SHOT-7.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from refpipe.domain.errors import PermanentFailureError, RefusedInputError
from refpipe.domain.ports import Database
from refpipe.domain.shot_validation import ShotFinding, TemplateReport, validate_templates
from refpipe.domain.shots import Pack, ShotSet, is_in_set


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedReport:
    """What a seeding did. ``by_pack`` counts the templates that stand in the store as the library has them."""

    created: int
    updated: int
    unchanged: int
    retired: int
    failed: int
    by_pack: dict[Pack, int]
    errors: tuple[ShotFinding, ...]
    warnings: tuple[ShotFinding, ...]

    def as_document(self) -> dict[str, Any]:
        """The document that scripts rely on (R-PLAT-7, ``seed``); findings as ``{template, field, reason}``."""
        return {
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "retired": self.retired,
            "failed": self.failed,
            "by_pack": {pack.value: count for pack, count in self.by_pack.items()},
            "errors": [finding.as_document() for finding in self.errors],
            "warnings": [finding.as_document() for finding in self.warnings],
        }


def seed_shots(
    database: Database,
    owner: str,
    library: Sequence[Any],
    wanted: ShotSet = ShotSet.ALL,
    *,
    clean: bool = False,
    validate: bool = True,
) -> SeedReport:
    """Bring the owner's templates to what the library says; running it again changes nothing.

    ``library`` holds templates as parsed YAML or JSON. A template with a fault is counted as failed
    and named in ``errors``; the others go on, each in a transaction of its own. ``validate=False``
    stores whatever can be resolved and reports no warnings. ``clean`` retires what is active but
    not in the library at all (whatever set is wanted); nothing is ever deleted, so gallery images
    keep their shot. Raises RetryableFailureError when the database cannot be reached; what was
    stored until then stays, and the next run goes on from there.
    """
    all_reports = validate_templates(library)
    reports = [report for report in all_reports if _is_wanted(report, wanted)]
    outcomes: Counter[str] = Counter()
    by_pack: Counter[Pack] = Counter()
    errors: list[ShotFinding] = []
    for report in reports:
        faults = report.errors if validate or report.shot is None else ()
        outcome: str | ShotFinding = faults[0] if faults else _store(database, owner, report)
        if isinstance(outcome, ShotFinding):
            outcomes["failed"] += 1
            errors += faults or (outcome,)
        elif report.shot is not None:
            outcomes[outcome] += 1
            by_pack[report.shot.pack] += 1
    warnings = [finding for report in reports for finding in report.warnings] if validate else []
    retired = 0
    if clean:
        retired, remarks = _retire_strangers(database, owner, all_reports)
        warnings += remarks
    return SeedReport(
        created=outcomes["created"],
        updated=outcomes["updated"],
        unchanged=outcomes["unchanged"],
        retired=retired,
        failed=outcomes["failed"],
        by_pack={pack: by_pack[pack] for pack in Pack if by_pack[pack]},
        errors=tuple(errors),
        warnings=tuple(warnings),
    )


def _is_wanted(report: TemplateReport, wanted: ShotSet) -> bool:
    # whose pack cannot be read may belong to any set: silence would hide its fault
    return report.shot is None or is_in_set(report.shot.slug, report.shot.pack, wanted)


def _store(database: Database, owner: str, report: TemplateReport) -> str | ShotFinding:
    shot = report.shot
    if shot is None:
        raise AssertionError("a template without errors has a shot")
    try:
        with database.transaction(owner) as records:
            return records.shots.upsert(shot)
    except RefusedInputError as error:
        return ShotFinding(report.label, error.field or "template", error.reason)
    except PermanentFailureError as error:
        return ShotFinding(report.label, "template", str(error))


def _retire_strangers(
    database: Database, owner: str, reports: Sequence[TemplateReport]
) -> tuple[int, list[ShotFinding]]:
    """Retire what the library does not name; a faulty template still names its slug."""
    if not reports or any(report.label.startswith("#") for report in reports):
        # a library that cannot be read in full does not say what is absent from it
        return 0, [ShotFinding("library", "clean", "nothing retired: not every template has a slug")]
    named = {report.label for report in reports}
    with database.transaction(owner) as records:
        strangers = dict.fromkeys(shot.slug for shot in records.shots.all() if shot.slug not in named)
        return (records.shots.retire(list(strangers)) if strangers else 0), []
