"""asset_fits: fit the rules by which assets are told apart, and say how well they hold on pictures left out.

Belongs here: the fit on the calibration part of the labelled pictures: once on facts alone, once more with the
text–image model that the settings name, where there is one. Writes ``refpipe/data/asset_fits/*.yaml`` for refpipe's own
model and for facts alone, into the home for any other, and ``results/asset_fits.md``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from refpipe.backends.asset_words import packaged_asset_vocabulary, packaged_colour_names
from refpipe.backends.pictures.picture_reader import PillowPictureReader
from refpipe.backends.vision.asset_fits import AssetFitFiles
from refpipe.backends.vision.clip import SHIPPED
from refpipe.backends.vision.logos import FACTS
from refpipe.backends.vision.offline_analyst import Look, OfflineAnalyst
from refpipe.backends.vision.zero_shot import INPUTS, ZeroShot
from refpipe.domain.asset_analysis import AssetType
from refpipe.domain.asset_verdicts import OTHER_TYPES, AssetFit
from refpipe.domain.fitting_assets import calibration_error, fit_scorer, log_loss
from refpipe.domain.ports.asset_analyst import AssetToLookAt
from refpipe.domain.ports.vision import TextImageModel
from refpipe.domain.vectors import Vector
from refpipe.wiring import Wiring
from refpipe_tests.judged.assets.labelled import Labelled, labelled

RESULTS = Path(__file__).parent / "results" / "asset_fits.md"
PART = "calibration"
SCALES = (10.0, 20.0, 40.0, 80.0)
SURE = 0.95
"""Facts alone say a type only where they are right this often."""
OBJECT_RIGHT = 0.8
"""An object is named only where it is right this often."""
# how a file was encoded and framed says more of this set than of the world
UNUSED = ("aspect", "bytes_a_pixel")
USED_FACTS = tuple(name for name in FACTS if name not in UNUSED)


def main() -> str:
    """The table, written to the results as well."""
    pictures = labelled(PART)
    with Wiring() as wiring:
        model = wiring.text_image_model if wiring.has_text_image_model else None
        files = AssetFitFiles(wiring.settings.home / "asset_fits")
        analyst = bare_analyst(files)
        looks = [analyst.look(to_look_at(each)) for each in pictures]
        fits = [facts_fit(pictures, looks)]
        if model is not None:
            fits.append(model_fit(pictures, looks, model))
        for fit in fits:
            files.put(fit, is_packaged=fit.model is None or fit.model.name == SHIPPED)
    lines = [
        "# By what assets are told apart",
        "",
        f"Fitted on the {PART} part, {len(pictures)} labelled pictures. Figures are of pictures that the rule was",
        "fitted without (five folds); of pictures that it was not fitted on at all they are in asset_analysis.",
        "",
        "| rule | types right | logo found right | ECE of the type's confidence | objects named, right |",
        "| --- | --- | --- | --- | --- |",
        *(_row(fit) for fit in fits),
        "",
    ]
    if model is None:
        lines += ["There is no text–image model on this machine: only the rule on facts alone was fitted.", ""]
    text = "\n".join(lines)
    RESULTS.write_text(text, encoding="utf-8")
    return text


def bare_analyst(files: AssetFitFiles) -> OfflineAnalyst:
    """One that measures."""
    return OfflineAnalyst(
        model=None, fits=files, vocabulary=packaged_asset_vocabulary(), colour_names=packaged_colour_names()
    )


def to_look_at(picture: Labelled) -> AssetToLookAt:
    """A labelled picture as an upload that was read."""
    read = PillowPictureReader().read(picture.data)
    return AssetToLookAt(picture=read.upright_png, original_bytes=len(picture.data))


def facts_fit(pictures: Sequence[Labelled], looks: Sequence[Look]) -> AssetFit:
    """The rule without a model, sure enough from the confidence on at which it is right often enough."""
    fit, told, right = _fitted(pictures, [look.facts for look in looks], USED_FACTS)
    order = np.argsort(-told)
    shares = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(shares >= SURE)
    least = float(told[order][good[-1]]) if len(good) else 1.0
    return replace(fit, least_sure=round(least, 4), least_object=1.0)


def model_fit(pictures: Sequence[Labelled], looks: Sequence[Look], model: TextImageModel) -> AssetFit:
    """The rule with a model, at the scale that surprises least."""
    vocabulary = packaged_asset_vocabulary()
    asked = ZeroShot(model, vocabulary)
    vectors = _vectors(model, looks)
    best: tuple[float, float, AssetFit] | None = None
    for scale in SCALES:
        rows = [{**look.facts, **asked.inputs(vector, scale)} for look, vector in zip(looks, vectors, strict=True)]
        fit, _, _ = _fitted(pictures, rows, (*USED_FACTS, *INPUTS))
        surprise = fit.figures["log_loss"]
        if best is None or surprise < best[0]:
            best = surprise, scale, fit
    assert best is not None
    _, scale, fit = best
    least, named, right = _least_object(pictures, vectors, asked, scale)
    figures = {**fit.figures, "objects_named": named, "objects_right": right}
    version = hashlib.sha256(repr((str(model.model), vocabulary.version, fit.logo, fit.kind)).encode()).hexdigest()[:8]
    return replace(
        fit, model=model.model, scale=scale, least_object=least, least_sure=0.0, figures=figures, version=version
    )


def _vectors(model: TextImageModel, looks: Sequence[Look]) -> list[Vector]:
    found = list(model.embed_pictures([look.for_model for look in looks]))
    return [each for each in found if not isinstance(each, Exception)]


def _fitted(
    pictures: Sequence[Labelled], rows: Sequence[Mapping[str, float]], inputs: Sequence[str]
) -> tuple[AssetFit, np.ndarray, np.ndarray]:
    """The rule, and of each picture left out the confidence of its type and whether that was right."""
    # a part's groups lie one after the other: the folds must not follow them
    order = np.random.default_rng(7).permutation(len(rows))
    pictures, rows = [pictures[at] for at in order], [rows[at] for at in order]
    logo, by_logo = fit_scorer(rows, ["yes" if each.is_logo else "no" for each in pictures], inputs)
    others = [at for at, each in enumerate(pictures) if not each.is_logo]
    kind, by_kind = fit_scorer([rows[at] for at in others], [pictures[at].asset_type for at in others], inputs)
    names = sorted(each.value for each in OTHER_TYPES)
    whole = np.zeros((len(rows), len(AssetType)))
    columns = [[*AssetType].index(AssetType(name)) for name in names]
    whole[:, [*AssetType].index(AssetType.LOGO)] = by_logo[:, 1]
    left_out = dict(zip(others, by_kind, strict=True))
    for at in range(len(rows)):
        shares = left_out.get(at)
        if shares is None:
            scores = kind.scores(rows[at])
            grown = np.exp(np.array([scores[name] for name in names]) - max(scores.values()))
            shares = grown / grown.sum()
        whole[at, columns] = (1 - by_logo[at, 1]) * shares
    truth = np.array([[*AssetType].index(AssetType(each.asset_type)) for each in pictures])
    told, right = whole.max(axis=1), (whole.argmax(axis=1) == truth).astype(float)
    is_logo = np.array([each.is_logo for each in pictures])
    figures = {
        "types_right": round(float(right.mean()), 4),
        "logos_right": round(float(((by_logo[:, 1] >= 0.5) == is_logo).mean()), 4),
        "ece": round(calibration_error(told, right), 4),
        "log_loss": round(log_loss(whole, truth), 4),
    }
    version = hashlib.sha256(repr((logo, kind)).encode()).hexdigest()[:8]
    fit = AssetFit(
        model=None, version=version, words=packaged_asset_vocabulary().version, scale=0.0, logo=logo, kind=kind,
        least_object=1.0, least_sure=0.0, fitted_on=f"{len(rows)} labelled pictures ({PART})", figures=figures,
    )  # fmt: skip
    return fit, told, right


def _least_object(
    pictures: Sequence[Labelled], vectors: Sequence[Vector], asked: ZeroShot, scale: float
) -> tuple[float, float, float]:
    """From which share on an object is right often enough; how often one is named then, and right."""
    known = {each.name for each in packaged_asset_vocabulary().objects}
    rows = []
    for picture, vector in zip(pictures, vectors, strict=True):
        if picture.object in known:
            name, share = asked.objects(vector, scale, AssetType(picture.asset_type))[0]
            rows.append((share, float(name == picture.object)))
    table = np.array(sorted(rows, reverse=True))
    shares = np.cumsum(table[:, 1]) / np.arange(1, len(table) + 1)
    good = np.flatnonzero(shares >= OBJECT_RIGHT)
    if not len(good):
        return 1.0, 0.0, 0.0
    last = int(good[-1])
    return round(float(table[last, 0]), 4), round((last + 1) / len(table), 4), round(float(shares[last]), 4)


def _row(fit: AssetFit) -> str:
    told = fit.figures
    named = f"{told['objects_named']:.0%}, {told['objects_right']:.0%}" if "objects_named" in told else "none"
    return (
        f"| {fit.model or 'facts alone'} | {told['types_right']:.1%} | {told['logos_right']:.1%} | {told['ece']:.3f}"
        f" | {named} |"
    )


if __name__ == "__main__":
    import sys

    sys.stdout.write(main())
