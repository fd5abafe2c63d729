"""The fitted rules of asset analysis as files: packaged ones in ``data/asset_fits``, own ones in the home over them.

Belongs here: their form, finding the one that a model was fitted with. Does not: fitting.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from refpipe.domain.asset_verdicts import AssetFit, Scorer
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.vectors import VectorModel

FACTS_ALONE = "facts-alone"
_HEAD = (
    "# By what assets are told apart: a logistic (logo) and a softmax (kind) over what is measured of a picture and\n"
    "# what a model says of it. Fitted by `make bench ARGS=asset_fits` on labelled pictures, `left_out` figures on\n"
    "# pictures that the rule was fitted without.\n"
)


class AssetFitFiles:
    """The fits of one home, over the packaged ones."""

    def __init__(self, home: Path, packaged: Path | None = None) -> None:
        self._home = home
        self._packaged = packaged or Path(str(files("refpipe").joinpath("data/asset_fits")))

    def find(self, model: VectorModel | None, words: str) -> AssetFit | None:
        """The rule for this very model and vocabulary, None where there is none. Raises RefusedInputError."""
        for directory in (self._home, self._packaged):
            path = directory / file_name(model)
            if path.is_file():
                found = read_fit(path)
                if found.model == model and (model is None or found.words == words):
                    return found
        return None

    def put(self, fit: AssetFit, *, is_packaged: bool = False) -> Path:
        """Write a fit over the one before; where it lies now."""
        path = (self._packaged if is_packaged else self._home) / file_name(fit.model)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".new")
        text = yaml.safe_dump(as_document(fit), sort_keys=False, width=120, default_flow_style=None)
        unfinished.write_text(_HEAD + text, encoding="utf-8")
        unfinished.replace(path)
        return path


def file_name(model: VectorModel | None) -> str:
    name = FACTS_ALONE if model is None else model.name
    return f"{re.sub(r'[^a-z0-9.]+', '-', name.lower()).strip('-')}.yaml"


def as_document(fit: AssetFit) -> dict[str, Any]:
    """A fit as plain data."""
    return {
        "model": None if fit.model is None else asdict(fit.model),
        "version": fit.version,
        "words": fit.words,
        "fitted_on": fit.fitted_on,
        "left_out": dict(fit.figures),
        "scale": fit.scale,
        "least_object": fit.least_object,
        "least_sure": fit.least_sure,
        "logo": _scorer_document(fit.logo),
        "kind": _scorer_document(fit.kind),
    }


def read_fit(path: Path) -> AssetFit:
    """The fit in a file. Raises RefusedInputError naming the file."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        return AssetFit(
            model=None if data["model"] is None else VectorModel(**data["model"]),
            version=str(data["version"]),
            words=str(data["words"]),
            scale=float(data["scale"]),
            logo=_scorer(data["logo"]),
            kind=_scorer(data["kind"]),
            least_object=float(data["least_object"]),
            least_sure=float(data["least_sure"]),
            fitted_on=str(data.get("fitted_on", "")),
            figures={name: float(value) for name, value in data.get("left_out", {}).items()},
        )
    except OSError as error:
        raise RefusedInputError(f"cannot be read: {error.strerror or error}", source=str(path)) from None
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        words = " ".join(str(error).split())
        raise RefusedInputError(f"is no fit of assets: {type(error).__name__}: {words}", source=str(path)) from None


def _scorer_document(scorer: Scorer) -> dict[str, Any]:
    rows = zip(scorer.inputs, scorer.means, scorer.spreads, strict=True)
    return {
        "inputs": {name: {"mean": mean, "spread": spread} for name, mean, spread in rows},
        "offset": {outcome: weights[0] for outcome, weights in scorer.weights.items()},
        "weights": {
            outcome: dict(zip(scorer.inputs, weights[1:], strict=True)) for outcome, weights in scorer.weights.items()
        },
    }


def _scorer(data: Mapping[str, Any]) -> Scorer:
    inputs = tuple(data["inputs"])
    return Scorer(
        inputs=inputs,
        means=tuple(float(data["inputs"][name]["mean"]) for name in inputs),
        spreads=tuple(float(data["inputs"][name]["spread"]) for name in inputs),
        weights={
            outcome: (float(data["offset"][outcome]), *(float(weights[name]) for name in inputs))
            for outcome, weights in data["weights"].items()
        },
    )
