"""What Dagster shows of a character's set. Belongs here: metadata of the sheet, its coverage and its scores."""

from collections.abc import Iterable

import dagster as dg

from refpipe.defs.studio import DrawnSheet
from refpipe.domain.camera import ViewBin
from refpipe.domain.gallery import ImageStatus
from refpipe.services.image_documents import MISSING
from refpipe.services.report_status import StatusReport
from refpipe.services.scores_by_angle import SCORES, AngleScores, Spread, scores_by_angle

SHEET_VIEW_PX = 1600
SHEET_VIEW_QUALITY = 60
_VIEWS = {
    ViewBin.FRONT: "front",
    ViewBin.THREE_QUARTER: "three-quarter",
    ViewBin.PROFILE: "profile",
    ViewBin.BACK: "back",
    ViewBin.DETAIL: "hands",
}
_STATUSES = {
    ImageStatus.ACCEPTED.value: "accepted",
    ImageStatus.NEEDS_REVIEW.value: "to review",
    ImageStatus.FAILED.value: "failed",
    ImageStatus.PENDING.value: "not judged",
    ImageStatus.PROCESSING.value: "being judged",
    MISSING: "missing",
}


def sheet_metadata(drawn: DrawnSheet) -> dict[str, dg.MetadataValue]:
    """A portrait, the sheet as a picture, where it lies, the coverage in total and per pack, and scores by angle.

    A whole sheet says nothing in the few pixels that are drawn inline, so a portrait stands there.
    """
    report = drawn.report
    total = report.total
    return {
        **({"portrait": drawn.portrait.small("portrait")} if drawn.portrait else {}),
        "contact_sheet": drawn.sheet.large("contact_sheet", longest_px=SHEET_VIEW_PX, quality=SHEET_VIEW_QUALITY),
        "path": dg.MetadataValue.path(drawn.where),
        "planned": dg.MetadataValue.int(total.planned),
        "made": dg.MetadataValue.int(total.made),
        "accepted": dg.MetadataValue.int(total.accepted),
        "needs_review": dg.MetadataValue.int(total.needs_review),
        "coverage": dg.MetadataValue.float(round(total.made / total.planned, 3) if total.planned else 0.0),
        "by_pack": dg.MetadataValue.table(
            [
                dg.TableRecord(
                    {
                        "pack": pack.value,
                        "planned": counted.planned,
                        "made": counted.made,
                        "accepted": counted.accepted,
                        "needs review": counted.needs_review,
                        "failed": counted.failed,
                    }
                )
                for pack, counted in report.packs.items()
            ]
        ),
        "scores_by_angle": dg.MetadataValue.md(angle_table(scores_by_angle(report.images))),
        "missing": dg.MetadataValue.text(", ".join(_missing(report)) or "none"),
    }


def angle_table(rows: list[AngleScores]) -> str:
    """Markdown; short enough for the pages to draw it where it stands. Each score: mean, and the lowest in brackets."""
    header = ("view", *SCORES, "status")
    lines = [_row(header), _row(["---"] * len(header))]
    for row in rows:
        said = ", ".join(
            f"{row.statuses[status]} {word}" for status, word in _STATUSES.items() if row.statuses.get(status)
        )
        view = f"{_VIEWS[row.view]} {row.side}".strip()
        lines.append(_row([view, *(_cell(row.scores[name]) for name in SCORES), said]))
    return "\n".join([*lines, "", "Mean (lowest), 0–100; – is not measured."])


def _row(cells: Iterable[str]) -> str:
    return f"|{'|'.join(cells)}|"


def _cell(spread: Spread | None) -> str:
    if spread is None:
        return "–"
    mean, lowest = round(spread.mean), round(spread.lowest)
    return str(mean) if mean == lowest else f"{mean} ({lowest})"


def _missing(report: StatusReport) -> list[str]:
    return [image.shot for image in report.images if image.path is None]
