"""asset_analysis: what the offline analyst says of labelled pictures, against what is true.

Belongs here: accuracy of the type with its confusions, precision and recall of logos, names of colours, objects,
calibration, and two trivial rules beside it. ``main`` measures *dev*; ``main_untouched``, for one single use, the part
that nothing was set on. Writes ``results/asset_analysis.md`` or ``results/asset_analysis_untouched.md``.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from refpipe.backends.asset_words import packaged_asset_vocabulary, packaged_colour_names
from refpipe.backends.vision.asset_fits import AssetFitFiles
from refpipe.backends.vision.offline_analyst import OfflineAnalyst
from refpipe.domain.asset_analysis import AssetAnalysis, AssetType
from refpipe.domain.fitting_assets import calibration_error
from refpipe.wiring import Wiring
from refpipe_tests.bench.bench_asset_fits import to_look_at
from refpipe_tests.bench.machine import described
from refpipe_tests.judged.assets.labelled import Labelled, labelled

RESULTS = Path(__file__).parent / "results"
TARGET_TYPE, TARGET_LOGO = 0.90, 0.95


@dataclass(frozen=True)
class Judged:
    """A labelled picture and what was said of it."""

    picture: Labelled
    said: AssetAnalysis

    @property
    def is_right(self) -> bool:
        return self.said.asset_type == self.picture.asset_type


def main() -> str:
    """The table of dev, written to the results as well."""
    return _measured("dev", RESULTS / "asset_analysis.md")


def main_untouched() -> str:
    """The table of the untouched part."""
    return _measured("untouched", RESULTS / "asset_analysis_untouched.md")


def _measured(part: str, path: Path) -> str:
    machine = described()
    pictures = labelled(part)
    looked_at = [to_look_at(each) for each in pictures]
    sections = []
    with Wiring() as wiring:
        files = AssetFitFiles(wiring.settings.home / "asset_fits")
        models = [None, *([wiring.text_image_model] if wiring.has_text_image_model else [])]
        for model in models:
            analyst = OfflineAnalyst(
                model=model,
                fits=files,
                vocabulary=packaged_asset_vocabulary(),
                colour_names=packaged_colour_names(),
            )
            began = time.perf_counter()
            said = list(analyst.analyse(looked_at))
            seconds = time.perf_counter() - began
            judged = [
                Judged(picture, each)
                for picture, each in zip(pictures, said, strict=True)
                if isinstance(each, AssetAnalysis)
            ]
            assert len(judged) == len(pictures)
            title = "By measured facts alone" if model is None else f"With the model {model.model}"
            sections += [f"## {title}", "", *_report(judged), f"{1000 * seconds / len(judged):.0f} ms a picture.", ""]
    lines = [
        "# What is said of labelled pictures",
        "",
        f"Part: {part}, {len(pictures)} pictures. {machine}",
        f"Targets: types right > {TARGET_TYPE:.0%}, precision and recall of logos ≥ {TARGET_LOGO:.0%}.",
        "",
        *(sections if len(models) > 1 else [*sections, "There is no text–image model on this machine.", ""]),
    ]
    text = "\n".join(lines)
    path.write_text(text, encoding="utf-8")
    return text


def _report(judged: Sequence[Judged]) -> list[str]:
    said = [each for each in judged if each.said.asset_type is not None]
    documents = [bool(each.said.full["logo"]["by_cues"]["is_logo"]) for each in judged]
    logos = [each.said.is_logo for each in judged]
    return [
        "| pictures | n | a type said | of those right | right of all | always 'product' |",
        "| --- | --- | --- | --- | --- | --- |",
        _types("all", judged),
        _types("drawn as the training's pictures are", [each for each in judged if not _other(each)]),
        _types("another hand, otherwise printed", [each for each in judged if _other(each)]),
        "",
        "| is it a logo? | precision | recall |",
        "| --- | --- | --- |",
        _logos("fused", judged, logos),
        _logos("the documents' rule, cues > 0.5", judged, documents),
        _logos("always no", judged, [False] * len(judged)),
        _cut_outs(judged, logos, documents),
        "",
        *_confusions(judged),
        "",
        *_calibration(said),
        "",
        f"Objects: {_objects(judged)}. Colours: {_colours(judged)}.",
        "",
        "Types right by group: " + ", ".join(_groups(judged)) + ".",
        "",
    ]


def _types(name: str, judged: Sequence[Judged]) -> str:
    said = [each for each in judged if each.said.asset_type is not None]
    right = sum(each.is_right for each in judged)
    products = sum(each.picture.asset_type == "product" for each in judged)
    shares = (_share(len(said), len(judged)), _share(right, len(said)), _share(right, len(judged)))
    return f"| {name} | {len(judged)} | {' | '.join(shares)} | {_share(products, len(judged))} |"


def _logos(name: str, judged: Sequence[Judged], said: Sequence[bool]) -> str:
    both = sum(each.picture.is_logo and yes for each, yes in zip(judged, said, strict=True))
    return f"| {name} | {_share(both, sum(said))} | {_share(both, sum(each.picture.is_logo for each in judged))} |"


def _cut_outs(judged: Sequence[Judged], said: Sequence[bool], documents: Sequence[bool]) -> str:
    rows = [at for at, each in enumerate(judged) if "cut-out" in each.picture.group]
    fused, rule = (sum(verdict[at] for at in rows) for verdict in (said, documents))
    return f"| cut-outs of things taken for logos | fused: {fused} of {len(rows)} | the documents' rule: {rule} |"


def _confusions(judged: Sequence[Judged]) -> list[str]:
    counts = Counter((each.picture.asset_type, str(each.said.asset_type or "not said")) for each in judged)
    columns = [kind.value for kind in AssetType] + ["not said"]
    return [
        "True type in rows, what was said in columns:",
        "",
        "| | " + " | ".join(columns) + " |",
        "| --- |" + " --- |" * len(columns),
        *(
            f"| {kind.value} | " + " | ".join(str(counts[kind.value, column] or "") for column in columns) + " |"
            for kind in AssetType
        ),
    ]


def _calibration(said: Sequence[Judged]) -> list[str]:
    rows = [(each.said.confidence, float(each.is_right)) for each in said if each.said.confidence is not None]
    if not rows:
        return ["No confidence was measured."]
    told, right = np.array(rows).T
    step = np.clip((told * 10).astype(int), 0, 9)
    parts = [
        f"{each / 10:.1f}–{(each + 1) / 10:.1f}: {right[step == each].mean():.0%} of {(step == each).sum()}"
        for each in range(10)
        if (step == each).any()
    ]
    base, brier = float(right.mean()), float(np.mean((told - right) ** 2))
    return [
        f"Calibration of the confidence: ECE {calibration_error(told, right):.3f}, Brier {brier:.3f}",
        f"(always saying {base:.2f}: {base * (1 - base):.3f}). Right by confidence: {'; '.join(parts)}.",
    ]


def _objects(judged: Sequence[Judged]) -> str:
    known = {each.name for each in packaged_asset_vocabulary().objects}
    rows = [each for each in judged if each.picture.object in known]
    named = [each for each in rows if each.said.primary_object is not None]
    right = sum(each.said.primary_object == each.picture.object for each in named)
    return f"named for {_share(len(named), len(rows))} of {len(rows)}, of those {_share(right, len(named))} right"


def _colours(judged: Sequence[Judged]) -> str:
    """The colour's name among the five, and as the first of what is not the ground (cut-outs and bare logos)."""
    rows = [each for each in judged if each.picture.colour is not None]
    among = sum(each.picture.colour in each.said.colours for each in rows)
    bare = [each for each in rows if each.said.full["facts"]["transparent"] > 0.02 and each.said.colours]
    first = sum(each.said.colours[0] == each.picture.colour for each in bare)
    usual = Counter(each.picture.colour for each in rows).most_common(1)[0][1]
    return (
        f"the name of the thing's colour is among those found in {_share(among, len(rows))} of {len(rows)}; where"
        f" nothing lies behind it, it is the first in {_share(first, len(bare))} of {len(bare)}"
        f" (always the commonest: {_share(usual, len(rows))})"
    )


def _groups(judged: Sequence[Judged]) -> list[str]:
    groups = dict.fromkeys(each.picture.group for each in judged)
    told = []
    for group in groups:
        rows = [each for each in judged if each.picture.group == group]
        told.append(f"{group} {sum(each.is_right for each in rows)}/{len(rows)}")
    return told


def _other(judged: Judged) -> bool:
    return judged.picture.is_of_another_hand


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


PARTS: dict[str, Callable[[], str]] = {"dev": main, "untouched": main_untouched}

if __name__ == "__main__":
    import sys

    sys.stdout.write(PARTS[sys.argv[1] if len(sys.argv) > 1 else "dev"]())
