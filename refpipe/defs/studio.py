"""refpipe's services in the terms of Dagster's keys. Belongs here: from partition keys to use cases and back."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from refpipe.defs.cell_records import ShotListener
from refpipe.defs.partitions import SHOT_SLUGS
from refpipe.defs.pictures import PictureViews, ViewShelf
from refpipe.domain.errors import NotFoundError, PermanentFailureError, RefpipeError, RefusedInputError
from refpipe.domain.gallery import GalleryImage
from refpipe.domain.generation import Size
from refpipe.domain.keys import CharacterKey
from refpipe.domain.shots import ReferenceShot
from refpipe.domain.upkeep import keys_of
from refpipe.services.embed_images import EmbeddedPicture, accepted_without_vector
from refpipe.services.examine_set import SetExamination
from refpipe.services.make_shot import ShotOutcome
from refpipe.services.report_status import StatusReport, report_status
from refpipe.services.review_shots import ShotReview, current_review, review_shots
from refpipe.services.seed_shots import SeedReport
from refpipe.settings import parse_size
from refpipe.wiring import Wiring

PORTRAIT_SHOT = "50mm_front_cu"
"""The shot by which a character is known at a glance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnSheet:
    """A contact sheet: its views, its path or URL for people, the portrait's if there is one, the coverage."""

    sheet: PictureViews
    where: str
    portrait: PictureViews | None
    report: StatusReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Master:
    """A master reference: its encoded picture, content hash, and path or URL for people."""

    picture: bytes
    sha256: str
    where: str


class Studio:
    """The services over one wiring, which whoever made it closes."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring

    def check_character(self, key: CharacterKey) -> None:
        """Raises NotFoundError or RefusedInputError where there is no such character or outfit."""
        with self._wiring.database.transaction(key.owner) as records:
            records.characters.get(key.character).outfit(key.outfit)

    def build_set(
        self, character: str, shots: Sequence[str], *, seed: int | None, size: str | None, listener: ShotListener
    ) -> Iterator[ShotOutcome]:
        """One outcome per shot. Raises RefpipeError, told to the listener first, when the work cannot go on."""
        try:
            key = CharacterKey.parse(character)
            yield from self._wiring.build_reference_set()(
                key, self._templates(key.owner, shots), seed=seed, size=_size(size)
            )
        except RefpipeError as error:
            listener.broke_off(error)
            raise

    def _templates(self, owner: str, slugs: Sequence[str]) -> list[ReferenceShot]:
        self._wiring.seed_if_empty()
        with self._wiring.database.transaction(owner) as records:
            active = {shot.slug: shot for shot in records.shots.all()}
        absent = [slug for slug in slugs if slug not in active]
        if absent:
            raise RefusedInputError(
                f"not active in the database: {', '.join(absent)}; renew shot_library", field="shots"
            )
        return [active[slug] for slug in slugs]

    def review(
        self,
        character: str,
        shots: Sequence[str],
        *,
        again: bool = False,
        quality: float | None = None,
        consistency: float | None = None,
    ) -> Iterator[ShotReview]:
        """One review per picture that the shots have; see services.review_shots."""
        return review_shots(
            CharacterKey.parse(character),
            shots,
            review=self._wiring.review_images(),
            database=self._wiring.database,
            again=again,
            quality=quality,
            consistency=consistency,
        )

    def last_review(self, image: GalleryImage) -> ShotReview:
        """What is said of an image now; nothing is judged."""
        return current_review(image, self._wiring.database)

    def verdicts_after(self, number: int, *, limit: int) -> list[tuple[int, str, GalleryImage]]:
        """Verdicts by their running number, each with its character's key and the image as it is now."""
        with self._wiring.database.transaction(self._wiring.settings.owner) as records:
            given = records.reviews.given_after(number, limit=limit)
        return [(seq, str(CharacterKey(image.owner, image.character, image.outfit)), image) for seq, image in given]

    def waiting_for_review(self) -> dict[str, set[str]]:
        """Character → shots whose pictures wait for the gate."""
        with self._wiring.database.transaction(self._wiring.settings.owner) as records:
            due = records.reviews.due()
        waiting: dict[str, set[str]] = {}
        for image in due:
            if image.shot:
                key = CharacterKey(image.owner, image.character, image.outfit)
                waiting.setdefault(str(key), set()).add(image.shot)
        return waiting

    def mark_reviews_due(self) -> int:
        """Pictures that another scorer than today's has measured wait for the gate again; how many."""
        return self._wiring.review_images().mark_due(self._wiring.settings.owner)

    def embed(self, character: str, shots: Sequence[str]) -> Iterator[EmbeddedPicture]:
        """One answer per accepted picture that the shots have; see services.embed_images. Raises NotSetUpError."""
        return self._wiring.embed_images()(CharacterKey.parse(character), shots)

    def embedding_model(self) -> str:
        """What tells the model that pictures are embedded with from any other. Raises NotSetUpError without one."""
        return str(self._wiring.embedding_model() or self._wiring.models_that_see()[0][0])

    def waiting_for_embedding(self, characters: Collection[str] | None = None) -> dict[str, set[str]]:
        """Character → shots whose accepted pictures have no vector of today's model; None: of all characters.

        Of outfits that are worn no more nothing waits. Raises NotSetUpError without a model.
        """
        worn = set().union(*self.character_keys().values())
        wanted = worn if characters is None else worn & set(characters)
        found = accepted_without_vector(
            [CharacterKey.parse(key) for key in sorted(wanted)],
            database=self._wiring.database,
            model=self._wiring.embedding_model(),
        )
        return {str(key): shots & set(SHOT_SLUGS) for key, shots in found.items()}

    def shots_to_make(self) -> dict[str, list[str]]:
        """Character → shots without a picture, with a failed generation, or out of date, in the library's order."""
        wanted = {}
        planner = self._wiring.planner_if_any()
        for character in sorted(set().union(*self.character_keys().values())):
            key = CharacterKey.parse(character)
            report = report_status(
                key.owner,
                key.character,
                outfit=key.outfit,
                database=self._wiring.database,
                locate=self._wiring.blobs.where,
                planner=planner,
            )
            shots = [image.shot for image in report.images if image.path is None or image.out_of_date]
            if shots:
                wanted[character] = shots
        return wanted

    def master(self, character: str) -> Master | None:
        """The character's master reference, if there is one."""
        key = CharacterKey.parse(character)
        with self._wiring.database.transaction(key.owner) as records:
            sha256 = records.characters.master(key.character)
        blobs = self._wiring.blobs
        return Master(picture=blobs.get(sha256), sha256=sha256, where=blobs.where(sha256)) if sha256 else None

    def masters(self) -> dict[str, str]:
        """Character → hash of its master reference, for those that have one."""
        owner = self._wiring.settings.owner
        with self._wiring.database.transaction(owner) as records:
            found = {sheet.slug: (sheet, records.characters.master(sheet.slug)) for sheet in records.characters.list()}
        return {str(key): sha256 for sheet, sha256 in found.values() if sha256 for key in keys_of(sheet)}

    def views_if_readable(self, image: GalleryImage) -> PictureViews | None:
        """Views of the picture; None where its bytes are gone or damaged, as its verdict then says."""
        try:
            return self.views(self._wiring.blobs.get(image.picture_sha256))
        except (NotFoundError, PermanentFailureError):
            return None

    def views(self, picture: bytes) -> PictureViews:
        """Views of a picture of ours for the pages; those made before are kept."""
        return PictureViews(picture, ViewShelf(self._wiring.settings.views_path), self._wiring.kept_copies)

    def picture_of(self, image: GalleryImage) -> tuple[bytes, str]:
        """The encoded picture, and its path or URL for people."""
        blobs = self._wiring.blobs
        return blobs.get(image.picture_sha256), blobs.where(image.picture_sha256)

    def draw_contact_sheet(self, character: str) -> DrawnSheet:
        """The sheet drawn and stored. Raises NotFoundError where no picture is."""
        key = CharacterKey.parse(character)
        drawn = self._wiring.draw_contact_sheet()(key)
        blobs = self._wiring.blobs
        return DrawnSheet(
            sheet=self.views(blobs.get(drawn.sha256)),
            where=self._wiring.publish_contact_sheet(key) or blobs.where(drawn.sha256),
            portrait=self._portrait(key),
            report=report_status(
                key.owner, key.character, outfit=key.outfit, database=self._wiring.database, locate=blobs.where
            ),
        )

    def examine(self, character: str) -> SetExamination:
        """The set in all respects; see services.examine_set."""
        return self._wiring.examine_set(CharacterKey.parse(character))

    def _portrait(self, key: CharacterKey) -> PictureViews | None:
        with self._wiring.database.transaction(key.owner) as records:
            image = records.gallery.get(key, PORTRAIT_SHOT)
        return self.views(self.picture_of(image)[0]) if image else None

    def character_keys(self) -> dict[str, set[str]]:
        """Owner → the character keys there are, for every owner that this home can read."""
        owner = self._wiring.settings.owner
        with self._wiring.database.transaction(owner) as records:
            sheets = records.characters.list()
        return {owner: {str(key) for sheet in sheets for key in keys_of(sheet)}}

    def seed_shots(self, *, clean: bool) -> SeedReport:
        """Bring the owner's templates to what the packaged library says."""
        return self._wiring.seed_shots(clean=clean)


def _size(text: str | None) -> Size | None:
    if text is None:
        return None
    try:
        return parse_size(text)
    except ValueError as error:
        raise RefusedInputError(str(error), field="size") from None
