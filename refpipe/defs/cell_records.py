"""What Dagster keeps of one finished cell. Belongs here: events and their metadata. Does not: making the picture."""

from collections.abc import Mapping
from typing import Protocol

import dagster as dg

from refpipe.defs.partitions import cell_key, cell_tags
from refpipe.defs.pictures import PictureViews
from refpipe.domain.errors import RefpipeError
from refpipe.domain.gallery import GalleryImage
from refpipe.services.make_shot import ShotOutcome

CELL_VIEW_PX = 720


class ShotListener(Protocol):
    """Told of every finished shot, besides Dagster."""

    def shot_done(self, outcome: ShotOutcome) -> None: ...

    def broke_off(self, error: RefpipeError) -> None:
        """The work as a whole cannot go on."""
        ...


class SilentListener:
    """Listens to nothing: Dagster's own records are enough."""

    def shot_done(self, outcome: ShotOutcome) -> None:
        """Nothing."""

    def broke_off(self, error: RefpipeError) -> None:
        """Nothing."""


def cell_materialization(
    asset: dg.AssetKey, character: str, outcome: ShotOutcome, views: PictureViews, where: str
) -> dg.AssetMaterialization:
    """The event of one finished cell. ``views`` are of its picture, ``where`` is its path or URL for people."""
    if outcome.image is None:
        raise ValueError(f"{outcome.shot} was not made")
    key = cell_key(character, outcome.shot)
    return dg.AssetMaterialization(
        asset_key=asset,
        partition=key,
        tags=cell_tags(key),
        description=f"{outcome.shot}: {outcome.result.replace('_', ' ')}",
        metadata={
            "picture": views.small("picture"),
            "picture_large": views.large("picture", longest_px=CELL_VIEW_PX),
            "path": dg.MetadataValue.path(where),
            "outcome": outcome.result.value,
            **({"remark": outcome.reason} if outcome.reason else {}),
            **_image_metadata(outcome.image),
            "seconds": round(outcome.seconds, 3),
        },
    )


def _image_metadata(image: GalleryImage) -> Mapping[str, dg.MetadataValue]:
    camera = image.camera
    scores = image.scores
    measured = {
        name: getattr(scores, name)
        for name in ("quality", "consistency", "technical", "composition", "cinematic")
        if getattr(scores, name) is not None
    }
    return {
        "camera": dg.MetadataValue.text(
            f"{camera.lens_mm:g} mm f/{camera.f_stop:g}, {camera.distance_m:.2f} m, "
            f"{camera.azimuth_deg:g}° round, {camera.elevation_deg:g}° up"
        ),
        "framing": dg.MetadataValue.text(
            f"punch-in {camera.punch_in:.2f}, {camera.thirds.replace('_', ' ')}, {camera.headroom} headroom"
        ),
        "status": dg.MetadataValue.text(image.status.value),
        **{name: dg.MetadataValue.float(value) for name, value in measured.items()},
        "model": dg.MetadataValue.text(image.model),
        "seed": dg.MetadataValue.int(image.seed),
        "attempts": dg.MetadataValue.int(image.attempts),
        "size": dg.MetadataValue.text(f"{image.width_px}x{image.height_px} px, {image.picture_bytes} bytes"),
        "fingerprint": dg.MetadataValue.text(image.fingerprint),
        "picture_sha256": dg.MetadataValue.text(image.picture_sha256),
    }


def failure_of(failed: Mapping[str, str], made: int) -> dg.Failure:
    """The one failure that ends a run with failed cells: each named with its reason; the good ones stay recorded."""
    reasons = "; ".join(f"{cell}: {reason}" for cell, reason in failed.items())
    return dg.Failure(
        description=f"{len(failed)} of {len(failed) + made} shots could not be made: {', '.join(failed)}",
        metadata={"failed": dg.MetadataValue.text(reasons), "made": made},
        # the same run again would make the same failures; what may pass by itself is retried below Dagster
        allow_retries=False,
    )
