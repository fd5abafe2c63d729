"""asset_queries: words that somebody types, against pictures of a library, by the text–image model's nearness.

Belongs here: precision of the first five (grade 2 is relevant), nDCG, whether the first is right; two baselines beside:
any order, and the words of the query met in what the analyst says of each picture. ``main`` measures *dev*;
``main_untouched``, for one single use, the part that no template was chosen on. Writes ``results/asset_queries.md`` or
``results/asset_queries_untouched.md``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from refpipe.backends.pictures.picture_reader import PillowPictureReader
from refpipe.backends.vision.grounds import encoded, seen
from refpipe.domain.asset_analysis import AssetAnalysis
from refpipe.domain.ports.asset_analyst import AssetToLookAt
from refpipe.domain.ports.vision import TextImageModel
from refpipe.domain.vectors import Vectors
from refpipe.wiring import Wiring
from refpipe_tests.bench.machine import described
from refpipe_tests.judged.assets.queries import FULL, Item, Query, library, queries

RESULTS = Path(__file__).parent / "results"
FIRST = 5
TARGET = 0.8

Ranking = Callable[[Query], Sequence[int]]
"""Numbers of the library's pictures, the best first."""


def main() -> str:
    """The table of dev, written to the results as well."""
    return _measured("dev", RESULTS / "asset_queries.md")


def main_untouched() -> str:
    """The table of the untouched queries."""
    return _measured("untouched", RESULTS / "asset_queries_untouched.md")


def _measured(part: str, path: Path) -> str:
    machine = described()
    asked, items = queries(part), list(library(part))
    uprights = [PillowPictureReader().read(item.data).upright_png for item in items]
    with Wiring() as wiring:
        model = wiring.text_image_model if wiring.has_text_image_model else None
        looks = [
            AssetToLookAt(picture=upright, original_bytes=len(item.data))
            for upright, item in zip(uprights, items, strict=True)
        ]
        said = list(wiring.asset_analyst().analyse(looks))
        rows = [
            _row("any order (expected)", asked, items, None),
            _row("words met in what the analyst says", asked, items, _by_words(said)),
        ]
        detail: list[str] = []
        if model is not None:
            ranking = by_nearness(model, uprights)
            rows.append(_row(f"nearness by {model.model}", asked, items, ranking))
            detail = _detail(asked, items, ranking)
    lines = [
        "# Words that find assets",
        "",
        f"Part: {part}, {len(asked)} queries on {len(items)} pictures, all graded. {machine}",
        f"Relevant: grade 2, an answer in full. Target: P@5 > {TARGET}.",
        "",
        "| | P@5 | first relevant | nDCG@5 |",
        "| --- | --- | --- | --- |",
        *rows,
        "",
        *(detail if model is not None else ["There is no text–image model on this machine.", ""]),
    ]
    text = "\n".join(lines)
    path.write_text(text, encoding="utf-8")
    return text


def by_nearness(model: TextImageModel, uprights: Sequence[bytes]) -> Ranking:
    """As the asset search does it: each picture on a ground on which it is seen, the query as it was typed."""
    laid = [_as_seen(each) for each in uprights]
    vectors: Vectors = np.stack([each for each in model.embed_pictures(laid) if not isinstance(each, Exception)])
    assert len(vectors) == len(uprights)
    return lambda query: np.argsort(-(vectors @ model.embed_texts([query.text])[0]), kind="stable").tolist()


def _as_seen(upright: bytes) -> bytes:
    picture = seen(upright)
    return upright if picture.ground in {"", "white"} else encoded(picture.laid)


def _by_words(said: Sequence[object]) -> Ranking:
    """How many of the query's words are among the analysis' words; ties as they lie."""
    bags = []
    for each in said:
        assert isinstance(each, AssetAnalysis)
        words = [each.primary_object or "", each.asset_type or "", *each.colours, *each.style_tags]
        bags.append(set(re.findall(r"[a-z]+", " ".join(words))))

    def ranked(query: Query) -> list[int]:
        wanted = set(re.findall(r"[a-z]+", query.text.lower()))
        met = np.array([len(wanted & bag) for bag in bags])
        return np.argsort(-met, kind="stable").tolist()

    return ranked


def _row(name: str, asked: Sequence[Query], items: Sequence[Item], ranking: Ranking | None) -> str:
    figures = np.array([_figures(query, items, ranking) for query in asked]).mean(axis=0)
    return f"| {name} | {figures[0]:.3f} | {figures[1]:.3f} | {figures[2]:.3f} |"


def _figures(query: Query, items: Sequence[Item], ranking: Ranking | None) -> tuple[float, float, float]:
    grades = np.array([query.grade(item.shows) for item in items])
    if ranking is None:
        share = float((grades == FULL).mean())
        gain = float((2.0**grades - 1).mean())
        return share, share, gain * _discounts().sum() / _ideal(grades)
    first = grades[list(ranking(query)[:FIRST])]
    found = float(((2.0**first - 1) * _discounts()).sum())
    return float((first == FULL).mean()), float(first[0] == FULL), found / _ideal(grades)


def _discounts() -> np.ndarray:
    return 1 / np.log2(np.arange(2, FIRST + 2))


def _ideal(grades: np.ndarray) -> float:
    best = np.sort(grades)[::-1][:FIRST]
    return float(((2.0**best - 1) * _discounts()).sum())


def _detail(asked: Sequence[Query], items: Sequence[Item], ranking: Ranking) -> list[str]:
    rows = []
    for query in asked:
        first = [query.grade(items[at].shows) for at in ranking(query)[:FIRST]]
        rows.append(f"| {query.text} | {' '.join(map(str, first))} |")
    return ["| query | grades of the first five |", "| --- | --- |", *rows, ""]


PARTS: dict[str, Callable[[], str]] = {"dev": main, "untouched": main_untouched}

if __name__ == "__main__":
    import sys

    sys.stdout.write(PARTS[sys.argv[1] if len(sys.argv) > 1 else "dev"]())
