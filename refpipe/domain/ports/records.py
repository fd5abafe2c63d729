"""Rows of one owner, within one transaction.

Belongs here: what services read and write of the database. Does not: bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from refpipe.domain.characters import CharacterSheet
from refpipe.domain.gallery import GalleryImage, ImageStatus, Scores
from refpipe.domain.generation import GenerationState
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ledger import Claim, Wanted
from refpipe.domain.ports.blobs import BlobRef
from refpipe.domain.quality import FailureReason
from refpipe.domain.shots import ReferenceShot
from refpipe.domain.verdict import Verdict

if TYPE_CHECKING:
    # it speaks of arrays, which commands that only list things need not load
    from refpipe.domain.ports.vectors import Embeddings, Features


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

    def asking_for(self, part: Mapping[str, Any]) -> Sequence[GenerationRecord]:
        """Those whose request holds at least this, as JSON is held in JSON; the one that changed last first."""
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

    ``reasons`` are why it did not pass, the worst first; ``by_person``: the last verdict is a person's.
    """

    fingerprint: str
    picture_sha256: str
    status: ImageStatus
    scores: Scores
    reasons: tuple[FailureReason, ...]
    is_current: bool
    by_person: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CellAttempt:
    """An attempt with its cell; ``shot`` None: a picture made on demand."""

    key: CharacterKey
    shot: str | None
    attempt: ImageAttempt


class ImageAttempts(Protocol):
    """All pictures that gallery cells have had; none is ever removed."""

    def of_cell(self, key: CharacterKey, shot: str) -> list[ImageAttempt]:
        """In the order in which they were made."""
        ...

    def with_picture(self, sha256: str) -> list[CellAttempt]:
        """Every attempt that is this very picture, in the order in which they were made."""
        ...

    def cells_by_fingerprint(self) -> dict[str, list[tuple[CharacterKey, str]]]:
        """The cells (key, shot) that each generation has or had a picture in, in the order of their names."""
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

    def mark_set_due(self, key: CharacterKey) -> int:
        """Make every judged image of one character in one outfit due again; how many were not due already."""
        ...

    def history(self, image_id: UUID) -> list[PastVerdict]:
        """All verdicts on all pictures that the image has had, the first one first."""
        ...

    def given_after(self, number: int, *, limit: int) -> list[tuple[int, GalleryImage]]:
        """Verdicts by their running number, the next ones after ``number``, each with its image as it is now.

        Images that show nothing any more (their character was removed) are left out.
        """
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

    def find(self, name: str) -> BlobRef | None:
        """The blob that the name points to."""
        ...

    def has(self, sha256: str) -> bool:
        """Whether the owner has such a blob."""
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
    @property
    def features(self) -> Features: ...
    @property
    def embeddings(self) -> Embeddings: ...


class Database(Protocol):
    """One call, one transaction: committed on leaving, rolled back on an error."""

    def transaction(self, owner: str) -> AbstractContextManager[Records]: ...
