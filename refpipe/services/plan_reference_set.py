"""Plan a character's reference set: what is asked of the generator for each shot, and the fingerprint of that.

Belongs here: from sheet, shots and a generator's capabilities to requests; what is refused before any work.
Does not: making anything, choosing references (choose_references).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from refpipe.domain.characters import CharacterSheet, Outfit, Persona
from refpipe.domain.generation import Capabilities, ImageRequest, Reference, Role, Size, fingerprint
from refpipe.domain.keys import CharacterKey
from refpipe.domain.ports import Database
from refpipe.domain.prompts import build_prompt
from refpipe.domain.seeds import character_seed, shot_seed
from refpipe.domain.shots import ReferenceShot
from refpipe.services.check_picture_size import check_picture_size
from refpipe.services.choose_references import references_for


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPlan:
    """What every shot of one set shares."""

    key: CharacterKey
    sheet: CharacterSheet
    outfit: Outfit
    master_sha256: str | None
    seed: int
    size: Size


@dataclass(frozen=True, slots=True)
class PlannedShot:
    """One shot of the set, what is asked for it, and the fingerprint of that."""

    shot: ReferenceShot
    request: ImageRequest
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReferenceSet:
    """The use case. ``seed`` None: each character's own; ``parameters`` go to the generator."""

    database: Database
    capabilities: Capabilities
    size: Size
    seed: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, key: CharacterKey, *, seed: int | None = None, size: Size | None = None) -> SetPlan:
        """The plan of one set. Raises NotFoundError, or RefusedInputError for an outfit or size there is none of."""
        size = size or self.size
        check_picture_size(size, (), self.capabilities)
        with self.database.transaction(key.owner) as records:
            sheet = records.characters.get(key.character)
            master = records.characters.master(key.character)
        chosen = next((each for each in (seed, self.seed) if each is not None), None)
        return SetPlan(
            key=key,
            sheet=sheet,
            outfit=sheet.outfit(key.outfit),
            master_sha256=master,
            seed=character_seed(key.owner, key.character) if chosen is None else chosen,
            size=size,
        )

    def shot(self, plan: SetPlan, shot: ReferenceShot) -> PlannedShot:
        """What is asked for one shot. Raises RefusedInputError when its prompt template cannot be filled."""
        request = self._request(plan, shot)
        return PlannedShot(shot, request, fingerprint(request))

    def _request(self, plan: SetPlan, shot: ReferenceShot) -> ImageRequest:
        able = self.capabilities
        plain = ImageRequest(
            role=Role.REFERENCE_IMAGE,
            model=able.model,
            physical=plan.sheet.physical,
            outfit=plan.outfit,
            shot=shot,
            size=plan.size,
            seed=shot_seed(plan.seed, shot.slug) if able.takes_seed else 0,
            parameters=self.parameters,
        )
        request = replace(plain, references=self._references(plan, plain))
        if not able.takes_prompt:
            return request
        # without name and persona: what draws nothing must not make a new picture
        nameless = plan.sheet.model_copy(update={"persona": Persona(), "name": ""})
        words = build_prompt(nameless, plan.outfit, shot, references=request.references)
        negative = words.negative_text() if able.takes_negative_prompt else None
        return replace(request, prompt=words.as_text(), negative_prompt=negative)

    def _references(self, plan: SetPlan, request: ImageRequest) -> tuple[Reference, ...]:
        cap = self.capabilities.max_references
        if cap == 0 or (cap == 1 and plan.master_sha256 is None):
            return ()  # nothing to choose, and nothing to ask the database for
        with self.database.transaction(plan.key.owner) as records:
            return references_for(request, plan.key, master_sha256=plan.master_sha256, cap=cap, records=records)
