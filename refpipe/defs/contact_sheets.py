"""What Dagster shows of a character's set. Belongs here: metadata of the sheet and its coverage."""

import dagster as dg

from refpipe.defs.studio import DrawnSheet
from refpipe.services.report_status import StatusReport

SHEET_VIEW_PX = 1600
SHEET_VIEW_QUALITY = 60


def sheet_metadata(drawn: DrawnSheet) -> dict[str, dg.MetadataValue]:
    """A portrait, the sheet as a picture, where it lies, and the coverage in total and per pack.

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
        "missing": dg.MetadataValue.text(", ".join(_missing(report)) or "none"),
    }


def _missing(report: StatusReport) -> list[str]:
    return [image.shot for image in report.images if image.path is None]
