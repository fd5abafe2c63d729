"""What an exported picture of a reference shot is called.

Belongs here: the fields a file name pattern may name. Does not: storage names (keys).
"""

from __future__ import annotations

from refpipe.domain.field_templates import fill_file_name
from refpipe.domain.shots import ReferenceShot

FILE_NAME_FIELDS = frozenset({
    "owner", "character", "outfit", "slug", "version", "pack", "lens_mm", "angle", "crop", "azimuth_deg",
    "elevation_deg", "pose", "expression",
})  # fmt: skip
"""What a file name pattern may name."""


def shot_file_name(shot: ReferenceShot, *, owner: str, character: str, outfit: str) -> str:
    """The file name by the shot's own pattern. Raises FieldTemplateError where that gives no plain file name."""
    return fill_file_name(
        shot.file_name_pattern,
        {
            "owner": owner,
            "character": character,
            "outfit": outfit,
            "slug": shot.slug,
            "version": str(shot.version),
            "pack": shot.pack.value,
            "lens_mm": f"{shot.lens_mm:g}",
            "angle": shot.angle,
            "crop": shot.crop.value,
            "azimuth_deg": f"{shot.azimuth_deg:g}",
            "elevation_deg": f"{shot.elevation_deg:g}",
            "pose": shot.pose.value,
            "expression": shot.expression.value,
        },
    )
