"""Looks at assets without asking anybody: measured facts, and a text–image model's zero-shot verdict (R-LIB-3, 4, 5).

Implements domain.ports.asset_analyst.AssetAnalyst. Belongs here: the order of looking, and the answer put together.
Does not: what is measured (logos, colours), nearness to words (zero_shot), the fitted rules (domain.asset_verdicts).

Without a model, or with one that no rule was fitted for, the type is said by facts alone where those are sure enough;
where they are not, an unfitted model's likeliest type stands without a confidence, and without a model there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from refpipe.backends.vision.asset_fits import AssetFitFiles
from refpipe.backends.vision.colours import REVISION as COLOURS_REVISION
from refpipe.backends.vision.colours import dominant_colours
from refpipe.backends.vision.grounds import encoded, seen
from refpipe.backends.vision.logos import REVISION as FACTS_REVISION
from refpipe.backends.vision.logos import facts, logo_measures, style_facts
from refpipe.backends.vision.prefetching import decoding_threads
from refpipe.backends.vision.zero_shot import ZeroShot
from refpipe.domain.asset_analysis import AssetAnalysis, AssetType, DominantColour
from refpipe.domain.asset_uses import logo_position, recommended_shot_types, usage_contexts
from refpipe.domain.asset_verdicts import AssetFit, TypeVerdict, type_verdict
from refpipe.domain.asset_vocabulary import AssetVocabulary
from refpipe.domain.colours import ColourNames
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.logo_cues import Cue, LogoMeasures, cue_score, is_logo_by_cues, logo_cues
from refpipe.domain.ports.asset_analyst import AssetToLookAt
from refpipe.domain.ports.vision import TextImageModel
from refpipe.domain.vectors import Vector

_CHUNK = 32
_DEFAULT_SCALE = 40.0
_COLOUR_NAMED_FROM = 0.03
"""A colour's name is told from this share on."""
_PLAIN_BORDER = 0.12
_CUT_OUT_FROM = 0.02

Said = AssetAnalysis | RefusedInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was measured of one picture. ``for_model``: the picture as the model is to see it."""

    for_model: bytes
    measures: LogoMeasures
    cues: tuple[Cue, ...]
    colours: tuple[DominantColour, ...]
    facts: Mapping[str, float]

    @property
    def is_cut_out(self) -> bool:
        return self.measures.transparent_share > _CUT_OUT_FROM


class OfflineAnalyst:
    """See the port. ``model`` None: facts alone; ``why_no_model`` is told in the notes then."""

    def __init__(
        self,
        *,
        model: TextImageModel | None,
        fits: AssetFitFiles,
        vocabulary: AssetVocabulary,
        colour_names: ColourNames,
        why_no_model: str = "",
    ) -> None:
        self._model, self._fits, self._why_no_model = model, fits, why_no_model
        self._vocabulary, self._colour_names = vocabulary, colour_names

    @property
    def name(self) -> str:
        by = "facts" if self._model is None else str(self._model.model)
        fitted = self._fit or self._facts_fit
        revisions = f"{FACTS_REVISION}.{COLOURS_REVISION}.{self._vocabulary.version}"
        return f"offline@{revisions}+{by}+{fitted.version if fitted else 'unfitted'}"

    @property
    def is_fitted(self) -> bool:
        """Whether there is a rule for the model: then every answer has a type and a confidence."""
        return self._fit is not None

    def analyse(self, pictures: Sequence[AssetToLookAt]) -> Iterator[Said]:
        """See the port."""
        with ThreadPoolExecutor(decoding_threads(), thread_name_prefix="look") as pool:
            for start in range(0, len(pictures), _CHUNK):
                looks = list(pool.map(self.look_or_refuse, pictures[start : start + _CHUNK]))
                for look, vector in zip(looks, self._vectors(looks), strict=True):
                    if isinstance(look, RefusedInputError):
                        yield look
                    elif isinstance(vector, RefusedInputError):
                        yield vector
                    else:
                        yield self._said(look, vector)

    def look(self, picture: AssetToLookAt) -> Look:
        """What is measured of a picture. Raises RefusedInputError."""
        read = seen(picture.picture)
        measures = logo_measures(read, picture.original_bytes)
        cues = logo_cues(measures)
        colours = dominant_colours(read.pixels, self._colour_names)
        is_as_it_was = measures.ground in {"", "white"}  # models lay it on white themselves
        return Look(
            for_model=picture.picture if is_as_it_was else encoded(read.laid),
            measures=measures,
            cues=cues,
            colours=colours,
            facts=facts(read, measures, colours, cues),
        )

    def look_or_refuse(self, picture: AssetToLookAt) -> Look | RefusedInputError:
        try:
            return self.look(picture)
        except RefusedInputError as error:
            return error

    def _vectors(self, looks: Sequence[Look | RefusedInputError]) -> Iterator[Vector | RefusedInputError | None]:
        """One a look, in order; None where there is no model or nothing to embed."""
        readable = [each.for_model for each in looks if isinstance(each, Look)]
        told = iter(self._model.embed_pictures(readable)) if self._model is not None and readable else None
        for each in looks:
            yield next(told) if told is not None and isinstance(each, Look) else None

    @cached_property
    def _zero_shot(self) -> ZeroShot | None:
        return None if self._model is None else ZeroShot(self._model, self._vocabulary)

    @cached_property
    def _fit(self) -> AssetFit | None:
        """The rule for the model that is there."""
        return None if self._model is None else self._fits.find(self._model.model, self._vocabulary.version)

    @cached_property
    def _facts_fit(self) -> AssetFit | None:
        return self._fits.find(None, self._vocabulary.version)

    def _said(self, look: Look, vector: Vector | None) -> AssetAnalysis:
        judged = self._judged(look, vector)
        object_name, objects = self._object(judged, vector)
        known = self._vocabulary.find(object_name)
        traits = known.traits if known else ()
        is_logo = judged.is_logo
        return AssetAnalysis(
            asset_type=judged.asset_type,
            primary_object=object_name,
            colours=tuple(dict.fromkeys(each.name for each in look.colours if each.share >= _COLOUR_NAMED_FROM)),
            dominant_colours=look.colours,
            style_tags=tuple(style_facts(look.facts, look.colours, look.measures)),
            recommended_shot_types=recommended_shot_types(judged.asset_type, traits),
            usage_contexts=usage_contexts(
                judged.asset_type,
                is_cut_out=look.is_cut_out,
                has_plain_ground=look.facts["border_spread"] < _PLAIN_BORDER,
                traits=traits,
            ),
            is_logo=is_logo,
            logo_position_preference=logo_position(
                is_logo=is_logo, is_cut_out=look.is_cut_out, aspect=look.measures.aspect
            ),
            has_text=None,
            confidence=judged.confidence,
            full=self._document(look, judged, objects),
            notes=self._notes(look, judged),
        )

    def _judged(self, look: Look, vector: Vector | None) -> _Judged:
        by_facts = None if self._facts_fit is None else type_verdict(self._facts_fit, look.facts)
        zero_shot: dict[str, float] = {}
        if vector is not None and self._zero_shot is not None:
            zero_shot = self._zero_shot.inputs(vector, self._fit.scale if self._fit else _DEFAULT_SCALE)
            if self._fit is not None:
                fused = type_verdict(self._fit, {**look.facts, **zero_shot})
                return _Judged(fused.asset_type, fused.confidence, fused.is_logo, fused, by_facts, zero_shot)
        if by_facts is not None and self._facts_fit is not None and by_facts.confidence >= self._facts_fit.least_sure:
            return _Judged(by_facts.asset_type, by_facts.confidence, by_facts.is_logo, by_facts, by_facts, zero_shot)
        is_logo = by_facts is not None and by_facts.is_logo
        if zero_shot:
            likeliest = max(AssetType, key=lambda kind: zero_shot[f"shows_{kind.value}"])
            return _Judged(likeliest, None, likeliest is AssetType.LOGO, by_facts, by_facts, zero_shot)
        return _Judged(None, None, is_logo, by_facts, by_facts, zero_shot)

    def _object(self, judged: _Judged, vector: Vector | None) -> tuple[str | None, list[tuple[str, float]]]:
        """The object where it is likely enough by the fit, and the likeliest ones with their shares."""
        if vector is None or self._zero_shot is None or judged.asset_type is None:
            return None, []
        scale = self._fit.scale if self._fit else _DEFAULT_SCALE
        ranked = self._zero_shot.objects(vector, scale, judged.asset_type)
        least = self._fit.least_object if self._fit else 1.0
        name, share = ranked[0]
        return (name if share >= least else None), ranked[:5]

    def _document(self, look: Look, judged: _Judged, objects: list[tuple[str, float]]) -> dict[str, Any]:
        score = cue_score(look.cues)
        shown = {
            name.removeprefix("shows_"): round(value, 4) for name, value in judged.zero_shot.items() if "shows" in name
        }
        return {
            "analyst": self.name,
            "model": None if self._model is None else str(self._model.model),
            "cost_usd": 0.0,
            "logo": {
                "verdict": judged.is_logo,
                "probability": None if judged.verdict is None else round(judged.verdict.logo, 4),
                "by_cues": {
                    "score": score,
                    "is_logo": is_logo_by_cues(score),
                    "cues": [asdict(cue) for cue in look.cues],
                },
                "by_facts": None if judged.by_facts is None else round(judged.by_facts.logo, 4),
                "by_model": {"log_share": shown["logo"], "is_logo": max(shown, key=shown.__getitem__) == "logo"}
                if shown
                else None,
                "reasons": _reasons(look, judged, shown),
                "laid_on": look.measures.ground or None,
            },
            "types": None
            if judged.verdict is None
            else {kind.value: round(share, 4) for kind, share in judged.verdict.probabilities.items()},
            "objects": [{"name": name, "share": round(share, 4)} for name, share in objects],
            "facts": {name: round(value, 4) for name, value in look.facts.items()},
            "not_measured": ["has_text", *(["asset_type"] if judged.asset_type is None else [])],
        }

    def _notes(self, look: Look, judged: _Judged) -> tuple[str, ...]:
        notes = []
        if self._model is None:
            notes.append(f"no model looked at it ({self._why_no_model or 'none is set up'}): measured facts alone")
        elif self._fit is None:
            notes.append(f"nothing was fitted for the model {self._model.model}: its confidence is not measured")
        if judged.asset_type is None:
            notes.append("what it is was not measured: the facts alone are not sure enough")
        if not look.colours:
            notes.append("it is transparent everywhere: it has no colours")
        return tuple(notes)


@dataclass(frozen=True, slots=True)
class _Judged:
    """``verdict`` holds the probabilities that decided, ``by_facts`` those without a model."""

    asset_type: AssetType | None
    confidence: float | None
    is_logo: bool
    verdict: TypeVerdict | None
    by_facts: TypeVerdict | None
    zero_shot: Mapping[str, float]


def _reasons(look: Look, judged: _Judged, shown: Mapping[str, float]) -> list[str]:
    """Why it is taken for a logo, or not: the cues that hold or fail, and what the model sees."""
    wanted = judged.is_logo
    reasons = [cue.reason for cue in look.cues if cue.holds is wanted]
    if shown:
        likeliest = max(shown, key=shown.__getitem__)
        reasons.append(f"the model sees {'an' if likeliest[0] in 'aeiou' else 'a'} {likeliest}")
    if look.measures.ground:
        reasons.append(f"measured on {look.measures.ground}, on which it is seen best")
    return reasons
