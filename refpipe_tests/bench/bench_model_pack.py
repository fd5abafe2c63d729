"""model_pack: what the shipped CLIP is worth, on people that it has never seen.

Belongs here: figures of the shipped weights on the held-out people, who have hair, garments and colours that training
never showed, and on held-out drawings of assets; trivial answers beside. The pictures are rendered on first use, which
takes some twenty minutes. Does not: the identity model (bench consistency). Writes ``results/model_pack.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from refpipe.backends.model_pack import clip_evaluation as evaluation
from refpipe.backends.model_pack.asset_pictures import AssetPicture, asset_picture
from refpipe.backends.model_pack.asset_store import COUNTS
from refpipe.backends.model_pack.clip_evaluation import Accuracy, Recall
from refpipe.backends.model_pack.picture_cache import read
from refpipe.backends.model_pack.rendering import render_all
from refpipe.backends.vision.clip import ClipName, OpenClipModel
from refpipe.domain.errors import RefusedInputError
from refpipe_tests.bench import machine

RESULTS = Path(__file__).parent / "results" / "model_pack.md"
GALLERIES = (33, 1000)


def main() -> str:
    """The tables, written to the results as well."""
    render_all(("held_out", "calibration"))
    model = OpenClipModel(ClipName())
    people = evaluation.usable(read("held_out"))
    vectors = evaluation.embedded(people, model)
    texts = model.embed_texts(evaluation.full_captions(people))
    more = evaluation.embedded(evaluation.usable(read("calibration"))[: max(GALLERIES) - len(people)], model)
    wide = np.concatenate([vectors, more])
    meant = list(range(len(people)))
    recalls = [evaluation.recall(texts, wide, meant, gallery=size) for size in GALLERIES]
    lines = [
        "# model_pack: the shipped CLIP on people it has never seen",
        "",
        machine.described(),
        (
            f"Model `{model.model}`. {len({one.person.family for one in people})} families of people and {len(people)} "
            "pictures, none of them seen in training, nor their hair shapes, garments or colours of garments; other "
            "light, other backdrops. All are previs pictures: of photographs nothing is said here."
        ),
        "",
        "## Text to picture",
        "",
        (
            "A text says all that a picture shows by rule. A gallery of 33 is drawn 200 times; the larger one is "
            "filled with pictures of other people that training has not seen either."
        ),
        "",
        *_recall_rows(recalls),
        "",
        "## What a picture shows",
        "",
        "The nearest of several ways to say it, as one would ask without training for it.",
        "",
        *_accuracy_rows(evaluation.accuracies(people, vectors, model)),
        "",
        "## Drawn assets",
        "",
        *_assets(model),
        "",
    ]
    text = "\n".join(lines)
    RESULTS.write_text(text, encoding="utf-8")
    return text


def _recall_rows(recalls: Sequence[Recall]) -> list[str]:
    rows = ["| gallery | texts | recall@1 | recall@5 | by chance |", "| --- | --- | --- | --- | --- |"]
    rows += [
        f"| {each.gallery:,} | {each.queries} | {each.at_1:.3f} | {each.at_5:.3f} | "
        f"{1 / each.gallery:.3f} / {5 / each.gallery:.3f} |"
        for each in recalls
    ]
    return rows


def _accuracy_rows(found: Sequence[Accuracy]) -> list[str]:
    rows = ["| question | pictures | choices | right | always the commonest |", "| --- | --- | --- | --- | --- |"]
    rows += [
        f"| {each.question} | {each.pictures} | {each.choices} | {each.right:.3f} | {each.commonest:.3f} |"
        for each in found
    ]
    return rows


def _assets(model: OpenClipModel) -> list[str]:
    drawn = [asset_picture(number, "held_out") for number in range(COUNTS["held_out"])]
    answers = list(model.embed_pictures(_png(each) for each in drawn))
    vectors = np.array([each for each in answers if not isinstance(each, RefusedInputError)], np.float32)
    texts = model.embed_texts([each.caption for each in drawn])
    found = evaluation.recall(texts, vectors, list(range(len(drawn))), gallery=len(drawn))
    return [
        f"{len(drawn)} drawings with pairings of kinds, colours and words that training never showed.",
        "",
        *_recall_rows([found]),
    ]


def _png(asset: AssetPicture) -> bytes:
    from io import BytesIO

    encoded = BytesIO()
    asset.image.save(encoded, "PNG")
    return encoded.getvalue()
