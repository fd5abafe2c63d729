"""Embed accepted gallery images: what they show, as a vector by which they are found (R-QA-8, R-SRCH-4).

Belongs here: which pictures lack a vector of the model, fetching them ahead, keeping vectors as they come. Does not:
making vectors (models that see), searching them, what a person sees of it.

Vectors are kept some at a time: whatever is killed loses no more than those, and the next one goes on with what is
missing. One picture that cannot be read is named, and the others go on.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from refpipe.domain.errors import NotFoundError, PermanentFailureError, RefusedInputError
from refpipe.domain.gallery import GalleryImage, ImageStatus
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ports import BlobStore, Database, Records

if TYPE_CHECKING:
    # they speak of arrays, which whoever only looks for what is due need not load
    from refpipe.domain.ports.vectors import VectorSearch
    from refpipe.domain.ports.vision import TextImageModel
    from refpipe.domain.vectors import Vector, VectorModel

LENGTH_TOLERANCE = 5e-3
"""Half precision changes the length of a vector by less than a thousandth."""
_KEPT_AT_ONCE = 16
_FETCHED_AHEAD = 32
_FETCHERS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedPicture:
    """An accepted picture with its vector as it is kept. ``fault``: why there is none, empty where there is one.

    ``is_new``: made now; else it was kept already.
    """

    image: GalleryImage
    model: VectorModel
    vector: Vector | None
    is_new: bool = False
    fault: str = ""

    @property
    def shortfall(self) -> str:
        """What is wrong with the picture's vector, empty where nothing is."""
        return self.fault if self.vector is None else vector_fault(self.vector, self.model)


def vector_fault(vector: Vector, model: VectorModel) -> str:
    """In what a vector is none of the model's: its dimension, or its length; empty where it is."""
    if vector.shape != (model.dimension,):
        return f"{vector.size} numbers, the model makes {model.dimension}"
    length = norm(vector)
    return "" if abs(length - 1.0) <= LENGTH_TOLERANCE else f"length {length:.4f}, not 1"


def norm(vector: Vector) -> float:
    """Euclidean length."""
    return math.sqrt(float(vector @ vector))


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedImages:
    """The use case with its stores and its model."""

    database: Database
    blobs: BlobStore
    model: TextImageModel
    search: VectorSearch | None = None
    """Where a large library's index is seen to once its pictures are embedded; None: nowhere."""

    def __call__(self, key: CharacterKey, shots: Collection[str] = ()) -> Iterator[EmbeddedPicture]:
        """Embed the accepted pictures of the named shots (none named: all) that have no vector of this model.

        One answer for each accepted picture: first those that had a vector, then each as it is kept. Raises
        NotFoundError for no such character, NotSetUpError where the model is not there.
        """
        name = self.model.model
        with self.database.transaction(key.owner) as records:
            records.characters.get(key.character).outfit(key.outfit)
            images = accepted_images(records, key, shots)
            missing = records.embeddings.without(name, [image.picture_sha256 for image in images])
        lacking = set(missing)
        yield from self._answers(key.owner, [image for image in images if image.picture_sha256 not in lacking])
        shown: dict[str, list[GalleryImage]] = {}
        for image in images:
            shown.setdefault(image.picture_sha256, []).append(image)
        for outcomes in self._embed(key.owner, missing):
            done = [image for sha256 in outcomes for image in shown[sha256]]
            yield from self._answers(key.owner, done, outcomes)
        if self.search is not None:
            # also where nothing was new: the last one may have been cut off before it came to this
            self.search.ensure_index(key.owner, name)

    def _answers(
        self, owner: str, images: Sequence[GalleryImage], faults: Mapping[str, str] | None = None
    ) -> list[EmbeddedPicture]:
        """The images with what is kept of them now; ``faults``: SHA-256 → fault, of those that were just embedded."""
        model = self.model.model
        with self.database.transaction(owner) as records:
            kept = records.embeddings.get(model, [image.picture_sha256 for image in images])
        return [
            EmbeddedPicture(
                image=image,
                model=model,
                vector=kept.get(image.picture_sha256),
                is_new=faults is not None and image.picture_sha256 in kept,
                fault=(faults or {}).get(image.picture_sha256, ""),
            )
            for image in images
        ]

    def _embed(self, owner: str, sha256s: Sequence[str]) -> Iterator[Mapping[str, str]]:
        """SHA-256 → fault (empty: its vector is kept now), some pictures at a time."""
        if not sha256s:
            return
        given: deque[str] = deque()
        faults: dict[str, str] = {}
        answers = self.model.embed_pictures(self._readable(sha256s, given, faults))
        while batch := [(given.popleft(), answer) for answer in islice(answers, _KEPT_AT_ONCE)]:
            refused = {sha256: str(answer) for sha256, answer in batch if isinstance(answer, RefusedInputError)}
            vectors = {sha256: answer for sha256, answer in batch if not isinstance(answer, RefusedInputError)}
            if vectors:
                with self.database.transaction(owner) as records:
                    records.embeddings.put(self.model.model, vectors)
            yield {**dict.fromkeys(vectors, ""), **refused}
        if given:
            raise PermanentFailureError(f"the model {self.model.model} left out {len(given)} pictures")
        if faults:
            yield faults

    def _readable(self, sha256s: Sequence[str], given: deque[str], faults: dict[str, str]) -> Iterator[bytes]:
        """The pictures whose bytes are there; ``given`` gets the hash of each as it is handed out."""
        for sha256, fetched in _ahead(self.blobs.get, sha256s):
            try:
                picture = fetched.result()
            except NotFoundError:
                faults[sha256] = "its bytes are not in the store any more"
            except PermanentFailureError as error:
                faults[sha256] = str(error)
            else:
                given.append(sha256)
                yield picture


def accepted_images(records: Records, key: CharacterKey, shots: Collection[str] = ()) -> list[GalleryImage]:
    """The character's accepted pictures of the named shots (none named: all), by the gate or by a person."""
    return [
        image
        for image in records.gallery.list(key)
        if image.status is ImageStatus.ACCEPTED and (not shots or image.shot in shots)
    ]


def accepted_without_vector(
    keys: Iterable[CharacterKey], *, database: Database, model: VectorModel | None
) -> dict[CharacterKey, set[str]]:
    """Character → shots whose accepted pictures have no vector of the model; those without any are left out.

    ``model`` None: it is not known yet which one it is, so all accepted pictures may lack one.
    """
    found: dict[CharacterKey, set[str]] = {}
    for key in keys:
        with database.transaction(key.owner) as records:
            images = accepted_images(records, key)
            hashes = [image.picture_sha256 for image in images]
            lacking = set(records.embeddings.without(model, hashes) if model else hashes)
        shots = {image.shot for image in images if image.shot and image.picture_sha256 in lacking}
        if shots:
            found[key] = shots
    return found


def _ahead(get: Callable[[str], bytes], sha256s: Iterable[str]) -> Iterator[tuple[str, Future[bytes]]]:
    """Each hash with its fetching, while the next ones are under way: a far store answers slowly, but many at once."""
    source = iter(sha256s)
    under_way: deque[tuple[str, Future[bytes]]] = deque()
    pool = ThreadPoolExecutor(_FETCHERS, thread_name_prefix="fetch")
    try:
        while True:
            for sha256 in islice(source, _FETCHED_AHEAD - len(under_way)):
                under_way.append((sha256, pool.submit(get, sha256)))
            if not under_way:
                return
            yield under_way.popleft()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
