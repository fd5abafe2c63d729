"""Which picture a set is compared with: always one that a person has chosen (R-CHAR-2).

Belongs here: finding it, and why there is none. Does not: comparing.

It is the character's master reference, where that wears the set's outfit: clothes are a large part of what a picture
shows, and calibrations are fitted on pairs in the same clothes. An uploaded master is taken to wear the default
outfit, one promoted from the gallery the outfit of its picture.

Where there is none of this outfit, a front picture of the set that a person has accepted stands in, and notes say so.
A picture that only the gate has accepted does not: nobody has said who it shows, and what the first pictures of a set
were compared with would depend on the order in which they came. So a set that nobody has looked at is not measured,
and one word of a person about its front picture has the others measured.

Calibrations are fitted on front pictures as masters. A master promoted from another view is compared with nothing; an
upload is taken for a front picture.
"""

from __future__ import annotations

from dataclasses import dataclass

from refpipe.domain.camera import Crop, ViewBin, view_bin
from refpipe.domain.gallery import GalleryImage, ImageStatus
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ports import CellAttempt, Records
from refpipe.domain.shots import parse_slug

_CROPS = (Crop.MCU, Crop.FULL, Crop.THREE_QUARTER, Crop.CU)
"""Of several accepted front pictures the first of these stands in: face and clothes together say most."""


@dataclass(frozen=True, slots=True)
class Standard:
    """What a set is compared with. ``called`` names it in a sentence, ``note`` is empty for the master itself."""

    sha256: str
    called: str = "the master reference"
    note: str = ""


@dataclass(frozen=True, slots=True)
class NoStandard:
    """There is none, and why."""

    why: str


def choose_standard(key: CharacterKey, records: Records) -> Standard | NoStandard:
    """What the character's pictures in this outfit are compared with. Raises NotFoundError for no such character."""
    sheet = records.characters.get(key.character)
    master = records.characters.master(key.character)
    if master is not None:
        shown = [each for each in records.attempts.with_picture(master) if each.key.character == key.character]
        worn = {each.key.outfit for each in shown} or {sheet.default_outfit.slug}
        if key.outfit in worn:
            return Standard(master) if _is_front(shown) else NoStandard("the master reference is no front picture")
    stand_in = _accepted_front(records.gallery.list(key))
    if stand_in is not None:
        why = _why_no_master(master)
        return Standard(
            stand_in.picture_sha256,
            called=f"the accepted {stand_in.shot}",
            note=f"compared with {stand_in.shot}, which {stand_in.reviewed_by} accepted: {why}",
        )
    return NoStandard(f"{_why_no_master(master)}, and nobody has accepted a front picture of this outfit")


def _is_front(shown: list[CellAttempt]) -> bool:
    """Whether a master is a front picture, as far as is known: of an upload it is taken for granted."""
    views = {is_front(each.shot) for each in shown if each.shot}
    return not views or True in views


def is_front(shot: str) -> bool | None:
    """Whether a shot shows the subject from the front; None where its slug does not say."""
    slug = parse_slug(shot)
    return None if slug is None else view_bin(slug.view_deg, slug.crop) is ViewBin.FRONT


def _accepted_front(images: list[GalleryImage]) -> GalleryImage | None:
    """The front picture that stands in; the order of arrival decides between equals."""
    fronts = [(_rank(image), image) for image in images if _is_accepted_by_person(image)]
    ranked = [(rank, image) for rank, image in fronts if rank is not None]
    return min(ranked, key=lambda each: each[0])[1] if ranked else None


def _is_accepted_by_person(image: GalleryImage) -> bool:
    return image.reviewed_by is not None and image.status is ImageStatus.ACCEPTED


def _rank(image: GalleryImage) -> tuple[int, bool] | None:
    """The crop's place, plain shots before their variants; None for what is no front picture."""
    slug = parse_slug(image.shot) if image.shot and is_front(image.shot) else None
    if slug is None or slug.crop not in _CROPS:
        return None
    return _CROPS.index(slug.crop), bool(slug.variant)


def _why_no_master(master: str | None) -> str:
    return "there is no master reference" if master is None else "the master reference wears another outfit"
