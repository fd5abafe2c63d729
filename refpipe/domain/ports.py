"""Protocols for everything at the edge. Services speak to these; backends implement them.

Belongs here: small interfaces in the trade's words. Does not: any implementation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar, runtime_checkable
from uuid import UUID

from refpipe.domain.characters import CharacterSheet
from refpipe.domain.gallery import GalleryImage, ImageStatus, Scores
from refpipe.domain.generation import Capabilities, GeneratedImage, GenerationState, ImageRequest, Size
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ledger import Claim, Wanted
from refpipe.domain.quality import Expected, FailureReason, Scored
from refpipe.domain.shots import ReferenceShot
from refpipe.domain.verdict import Verdict


@dataclass(frozen=True, slots=True)
class BlobRef:
    """A stored blob: its content hash names it."""

    sha256: str
    size_bytes: int
    media_type: str


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """A blob as a listing of the store shows it."""

    sha256: str
    size_bytes: int
    stored_at: datetime


class BlobStore(Protocol):
    """Content-addressed, immutable blobs. Writes are atomic; a put that returned has reached the disk."""

    def put(self, data: bytes, media_type: str) -> BlobRef:
        """Store the bytes once, whoever else is storing them. Raises StorageFullError."""
        ...

    def get(self, sha256: str) -> bytes:
        """The bytes, checked against their hash. Raises NotFoundError, PermanentFailureError when damaged."""
        ...

    def exists(self, sha256: str) -> bool: ...

    def list(self) -> Iterator[StoredBlob]: ...

    def delete(self, sha256s: Iterable[str], *, untouched_for: timedelta | None = None) -> set[str]:
        """Remove blobs that are there; the hashes of those removed.

        With ``untouched_for``, one that was put within that time stays: putting bytes that are there
        already counts as putting them now, so that a writer never loses them to a sweep.
        """
        ...

    def where(self, sha256: str) -> str:
        """A path or URL for people; the object need not be readable by them."""
        ...

    def sweep_unfinished(self, older_than: timedelta) -> int:
        """Remove leftovers of writes that never ended; the number removed."""
        ...


class ImageGenerator(Protocol):
    """Makes one picture from one request. Keeps what is costly (a body, a model) warm between calls."""

    @property
    def capabilities(self) -> Capabilities: ...

    def generate(self, request: ImageRequest) -> GeneratedImage:
        """The picture. Raises PermanentFailureError, RetryableFailureError or RateLimitedError."""
        ...


Result_co = TypeVar("Result_co", covariant=True)
Request_contra = TypeVar("Request_contra", contravariant=True)


@runtime_checkable
class ProviderJobs(Protocol[Request_contra, Result_co]):
    """A generator whose pictures are jobs at a provider: sent off, found again, fetched. No call tries twice."""

    def submit(self, request: Request_contra, mark: str) -> str:
        """Create the job, marked so that it can be found again; the provider's id of it.

        Raises RateLimitedError or NotCreatedError when surely nothing was created, PermanentFailureError when
        the provider refuses the request. After any other error it is in doubt whether the job exists.
        """
        ...

    def collect(self, provider_id: str) -> Result_co:
        """The result, waited for. Raises PermanentFailureError when the job failed, else it may be asked again."""
        ...

    def look_up(self, mark: str) -> str | None:
        """The id of the job that bears the mark, None when there is none. Raises when it cannot be said."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationRecord:
    """A generation as the ledger keeps it; ``request`` is the canonical request that its fingerprint names.

    ``attempt`` counts how often it was sent to its generator; ``holder`` has the lease until ``lease_until``.
    """

    fingerprint: str
    owner: str
    role: str
    model: str
    state: GenerationState
    attempt: int
    blob_sha256: str | None
    cost_usd: float
    provider_id: str | None = None
    error: str | None = None
    request: Mapping[str, Any] | None = None
    fence: int = 0
    holder: str | None = None
    lease_until: datetime | None = None
    updated_at: datetime | None = field(default=None, compare=False)


class ShotTemplates(Protocol):
    """The seeded reference shots of an owner."""

    def all(self, *, active_only: bool = True) -> list[ReferenceShot]: ...

    def upsert(self, shot: ReferenceShot) -> str:
        """'created', 'updated' or 'unchanged'."""
        ...

    def retire(self, slugs: Sequence[str]) -> int: ...


class Characters(Protocol):
    """An owner's characters and their outfits."""

    def save(self, sheet: CharacterSheet) -> str:
        """'created', 'updated' or 'unchanged'. Outfits not on the sheet any more are retired, never deleted.

        One that was removed before is created anew, without pictures and master; its history is found again.
        """
        ...

    def remove(self, slug: str) -> int:
        """Retire the character with its outfits, show its pictures no more; how many those were.

        Attempts, verdicts and generations stay: what was made once is found again. Raises NotFoundError.
        """
        ...

    def get(self, slug: str) -> CharacterSheet:
        """Raises NotFoundError."""
        ...

    def list(self) -> list[CharacterSheet]: ...

    def set_master(self, slug: str, picture: BlobRef, *, source: str) -> bool:
        """Record a new master reference; True when it differs from the current one.

        Every gallery image of the character becomes due for review in the same transaction.
        """
        ...

    def master(self, slug: str) -> str | None:
        """SHA-256 of the current master reference's picture."""
        ...


class Generations(Protocol):
    """The generation ledger. Every write names the claim it is made under and fails when that is lost."""

    def find(self, fingerprint: str) -> GenerationRecord | None: ...

    def list(self, state: GenerationState | None = None) -> list[GenerationRecord]:
        """All of the owner's, or those in one state, the one that changed last first."""
        ...

    def claim(self, wanted: Wanted, *, holder: str, lease_s: float, over_fence: int | None = None) -> Claim | None:
        """The right to work on it for ``lease_s`` seconds; None while somebody else has it, or it has ended.

        A generation that is not known yet is made, reserved. While its fence still is ``over_fence`` it is
        claimed in any case: one that has ended begins again, reserved; one whose holder is gone goes on.
        """
        ...

    def advance(
        self,
        claim: Claim,
        state: GenerationState,
        *,
        lease_s: float | None,
        provider_id: str | None = None,
        blob_sha256: str | None = None,
        spent_usd: float = 0.0,
        error: str | None = None,
    ) -> Claim:
        """Write the next state; the claim as it is then. ``lease_s`` None gives the claim up with it.

        ``spent_usd`` is added to the cost. Raises LeaseLostError when the claim is not in force any more or the
        state cannot follow.
        """
        ...

    def renew(self, claim: Claim, *, lease_s: float) -> bool:
        """Let the lease run ``lease_s`` from now; False when it is lost."""
        ...

    def release(self, claim: Claim) -> None:
        """Give the claim up, the state as it is; nothing when it is lost already."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageAttempt:
    """A picture that a gallery cell has or had, and the last verdict on it (``status`` pending: none yet).

    ``reasons`` are why it did not pass, the worst first.
    """

    fingerprint: str
    picture_sha256: str
    status: ImageStatus
    scores: Scores
    reasons: tuple[FailureReason, ...]
    is_current: bool


class ImageAttempts(Protocol):
    """All pictures that gallery cells have had; none is ever removed."""

    def of_cell(self, key: CharacterKey, shot: str) -> list[ImageAttempt]:
        """In the order in which they were made."""
        ...


class Gallery(Protocol):
    """An owner's gallery images; attempts are append-only, the image points to the current one."""

    def get(self, key: CharacterKey, shot: str) -> GalleryImage | None: ...

    def list(self, key: CharacterKey) -> list[GalleryImage]: ...

    def put(self, image: GalleryImage) -> GalleryImage:
        """Make this the cell's current picture; the stored image keeps its id and counts the attempt."""
        ...

    def image(self, image_id: UUID) -> GalleryImage:
        """Raises NotFoundError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PastVerdict:
    """What was once said of a picture. ``judge`` is ``gate`` or a person; a person's verdict has no thresholds.

    ``reasons`` are words of ``FailureReason``, or a person's own; ``parts`` by score and name; ``scorer`` None where
    nothing was measured.
    """

    picture_sha256: str
    status: ImageStatus
    judge: str
    scores: Scores
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    thresholds: Mapping[str, float]
    parts: Mapping[str, Mapping[str, float]]
    scorer: str | None
    judged_at: datetime


class Reviews(Protocol):
    """Verdicts on an owner's gallery images; none is ever changed or removed."""

    def due(self, key: CharacterKey | None = None) -> list[GalleryImage]:
        """Images that wait for the gate, of one character in one outfit or of all, in the order of arrival."""
        ...

    def record(self, image: GalleryImage, verdict: Verdict, *, notes: Sequence[str]) -> GalleryImage | None:
        """Keep the gate's verdict with the picture it was reached on, and mark the image as not due any more.

        Scores are the image's from now on; so are status and ``notes``, unless a person has decided about this
        picture. None, and nothing is kept, when the image shows another picture by now.
        """
        ...

    def decide(self, image_id: UUID, status: ImageStatus, *, by: str, why: str, at: datetime) -> GalleryImage:
        """Keep a person's decision about the image's current picture. Raises NotFoundError."""
        ...

    def mark_due(self, *, without_consistency: bool = False, not_by_scorer: str | None = None) -> int:
        """Make judged images due again whose consistency is not measured, or that another scorer measured; how many."""
        ...

    def history(self, image_id: UUID) -> list[PastVerdict]:
        """All verdicts on all pictures that the image has had, the first one first."""
        ...

    def given_after(self, number: int, *, limit: int) -> list[tuple[int, GalleryImage]]:
        """Verdicts by their running number, the next ones after ``number``, each with its image as it is now."""
        ...


class Blobs(Protocol):
    """Rows that speak of blobs: names that point to them, and which blobs any row needs."""

    def name(self, name: str, blob: BlobRef) -> None:
        """Point a storage name at a blob that is already stored."""
        ...

    def name_all(self, named: Mapping[str, BlobRef]) -> None:
        """Point several names at once, in an order in which no two writers wait for each other."""
        ...

    def resolve(self, name: str) -> str | None:
        """SHA-256 that the name points to."""
        ...

    def names(self, prefix: str) -> dict[str, str]:
        """Name → SHA-256 for every name below the prefix."""
        ...

    def forget_names(self, prefix: str) -> int:
        """Let go of every name below the prefix; how many there were. The blobs stay until they are swept."""
        ...

    def unreferenced(self, sha256s: Sequence[str]) -> set[str]:
        """Those of the given hashes that no row of any owner points to."""
        ...

    def forget(self, sha256s: Sequence[str]) -> set[str]:
        """Drop what the database keeps of those given blobs, of any owner, that no row points to; their hashes.

        A row that is being written at the same moment is waited for, and counts.
        """
        ...


class Records(Protocol):
    """All rows of one owner, within one transaction."""

    @property
    def shots(self) -> ShotTemplates: ...
    @property
    def characters(self) -> Characters: ...
    @property
    def generations(self) -> Generations: ...
    @property
    def gallery(self) -> Gallery: ...
    @property
    def attempts(self) -> ImageAttempts: ...
    @property
    def reviews(self) -> Reviews: ...
    @property
    def blobs(self) -> Blobs: ...


class Database(Protocol):
    """One call, one transaction: committed on leaving, rolled back on an error."""

    def transaction(self, owner: str) -> AbstractContextManager[Records]: ...


class ImageScorer(Protocol):
    """Measures pictures."""

    @property
    def name(self) -> str:
        """The way of measuring with its revision, such as ``pixels@1``: another name means other scores."""
        ...

    def score(self, picture: bytes, expected: Expected) -> Scored:
        """What was measured in an encoded picture. Raises RefusedInputError where the bytes cannot be used."""
        ...


class Progress(Protocol):
    """Told what happens during long work; a face decides how to show it."""

    def started(self, total: int, what: str) -> None: ...
    def advanced(self, item: str, outcome: str) -> None: ...
    def waiting(self, item: str, reason: str) -> None: ...
    def finished(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPicture:
    """An uploaded picture, read to its end and found sound.

    ``original`` is what was given, byte for byte; ``upright_png`` is the same picture for processing:
    8-bit RGB (or RGBA where the original is transparent), turned upright, first frame only, no metadata.
    ``notes`` say what was changed for it.
    """

    original: bytes
    media_type: str
    upright_png: bytes
    size: Size
    notes: tuple[str, ...] = ()


class PictureReader(Protocol):
    """Decides by content whether bytes are a picture that can be used."""

    def read(self, data: bytes, *, source: str | None = None) -> ReadPicture:
        """The picture. Raises RefusedInputError with the reason; ``source`` names it in the message."""
        ...


class DuplicateFinder(Protocol):
    """Finds pictures that are the same but for their encoding or size."""

    def pairs(self, pictures: Mapping[str, bytes]) -> list[tuple[str, str]]:
        """Pairs of names, the earlier first; what is no readable picture is no duplicate of anything."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFrame:
    """One frame of a contact sheet; ``picture_png`` is None where nothing is made yet or it failed."""

    number: int
    shot: ReferenceShot
    picture_png: bytes | None
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSheet:
    """What a contact sheet shows; frames are in the library's order and drawn by pack."""

    title: str
    subtitle: str
    frames: tuple[ContactFrame, ...]


class ContactSheetPainter(Protocol):
    """Lays pictures out on one sheet."""

    def paint(self, sheet: ContactSheet) -> bytes:
        """A PNG; the same sheet gives the same bytes."""
        ...


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run has begun; ``total`` shots are planned."""

    run_id: str
    total: int


@dataclass(frozen=True, slots=True)
class RunShot:
    """One shot of a run is done. ``outcome`` is generated, from_ledger or failed; ``reason`` is empty unless failed."""

    shot: str
    outcome: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The run has ended."""

    is_success: bool
    generated: int
    from_ledger: int
    failed: int


RunEvent = RunStarted | RunShot | RunFinished


class Holders(Protocol):
    """Names those who hold claims of the ledger, and knows which of them are gone."""

    @property
    def me(self) -> str:
        """The name of this process; no other has or had it."""
        ...

    def is_gone(self, holder: str) -> bool:
        """Whether that process has surely ended; False where it cannot be known from here."""
        ...


class RunLauncher(Protocol):
    """Starts long work as a run and tells what happens in it."""

    def build_set(
        self, key: CharacterKey, shots: Sequence[str], *, seed: int | None = None, size: Size | None = None
    ) -> Iterator[RunEvent]:
        """Events as they come, RunFinished last. Raises RefpipeError when the run as a whole cannot go on.

        Closing the iterator, or an interrupt, asks the run to stop and waits until it has.
        """
        ...
