"""Calibrations in files: those that come with refpipe, and those fitted on this home.

Belongs here: where they lie, and their form. Does not: fitting, reading pairs.

A calibration is of one model, one revision and one way of preparing pictures. The home's comes before the packaged
one; a file of another revision is passed over, since other weights mean other cosines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from refpipe.domain.camera import ViewBin
from refpipe.domain.consistency import BinCalibration, BinFigures, Calibration, HardFigures, PairKind
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.vectors import VectorModel

_HEAD = (
    "# What the cosines of a feature model mean, per view of the picture:\n"
    "# p(same character) = 1 / (1 + exp(-(slope * cosine + intercept))).\n"
    "# Fitted by `refpipe calibrate`; `held_out` was measured on pairs that took no part in the fit.\n"
)
_PLACES = 4


class CalibrationFiles:
    """The calibrations of one home, over the packaged ones."""

    def __init__(self, home: Path, packaged: Path | None = None) -> None:
        self._home = home
        self._packaged = packaged or Path(str(files("refpipe").joinpath("data/calibrations")))

    @property
    def is_checkout(self) -> bool:
        """Whether the packaged ones lie in a checkout, where those who work on refpipe fit them anew."""
        return (self._packaged.parents[2] / "pyproject.toml").is_file()

    def find(self, model: VectorModel) -> Calibration | None:
        """The model's calibration, None where there is none. Raises RefusedInputError for a file that is damaged."""
        for directory in (self._home, self._packaged):
            path = directory / file_name(model)
            if path.is_file():
                found = read_calibration(path)
                if found.model == model:
                    return found
        return None

    def put(self, calibration: Calibration, *, is_packaged: bool = False) -> Path:
        """Write a calibration over the one before; where it lies now. Raises RefusedInputError where it cannot be."""
        path = (self._packaged if is_packaged else self._home) / file_name(calibration.model)
        unfinished = path.with_suffix(".new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_text(_HEAD + yaml.safe_dump(as_document(calibration), sort_keys=False), encoding="utf-8")
            unfinished.replace(path)
        except OSError as error:
            raise RefusedInputError(f"cannot be written: {error.strerror or error}", source=str(path)) from None
        return path


def file_name(model: VectorModel) -> str:
    return f"{re.sub(r'[^a-z0-9.]+', '-', model.name.lower()).strip('-')}.yaml"


def as_document(calibration: Calibration) -> dict[str, Any]:
    """A calibration as plain data, the same in its file and in JSON."""
    return {
        "model": asdict(calibration.model),
        "version": calibration.version,
        "fitted_on": calibration.fitted_on,
        "bins": {view.value: _bin_document(each) for view, each in calibration.bins.items()},
    }


def _bin_document(each: BinCalibration) -> dict[str, Any]:
    return {
        "pairs": {"same": each.same, "other": each.other},
        **({"abstains": each.why_not} if each.why_not else {}),
        "slope": each.slope,
        "intercept": each.intercept,
        "different_below": each.different_below,
        "same_from": each.same_from,
        "blind_to": [kind.value for kind in each.blind_to],
        "held_out": _figures_document(each.figures) if each.figures else None,
    }


def _figures_document(figures: BinFigures) -> dict[str, Any]:
    plain = {name: _rounded(value) for name, value in asdict(figures).items() if name != "hard"}
    hard = {
        kind.value: {name: _rounded(value) for name, value in asdict(each).items()}
        for kind, each in figures.hard.items()
    }
    return {**plain, "abstention": _rounded(figures.abstention), "hard": hard}


def _rounded(value: float) -> float:
    return value if isinstance(value, int) else round(value, _PLACES)


def read_calibration(path: Path) -> Calibration:
    """The calibration in a file. Raises RefusedInputError naming the file."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Calibration(
            model=VectorModel(**data["model"]),
            version=str(data["version"]),
            fitted_on=str(data.get("fitted_on", "")),
            bins={ViewBin(view): _bin(each) for view, each in data["bins"].items()},
        )
    except OSError as error:
        raise RefusedInputError(f"cannot be read: {error.strerror or error}", source=str(path)) from None
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        words = " ".join(str(error).split())
        reason = f"is no calibration: {type(error).__name__}: {words}; fit it again with refpipe calibrate"
        raise RefusedInputError(reason, source=str(path)) from None


def _bin(data: Mapping[str, Any]) -> BinCalibration:
    told = data.get("held_out")
    return BinCalibration(
        slope=float(data["slope"]),
        intercept=float(data["intercept"]),
        different_below=float(data["different_below"]),
        same_from=float(data["same_from"]),
        same=int(data["pairs"]["same"]),
        other=int(data["pairs"]["other"]),
        why_not=str(data.get("abstains", "")),
        blind_to=tuple(PairKind(kind) for kind in data.get("blind_to", ())),
        figures=_figures(told) if told else None,
    )


def _figures(data: Mapping[str, Any]) -> BinFigures:
    plain = {name: value for name, value in data.items() if name not in ("hard", "abstention")}
    hard = {PairKind(kind): HardFigures(**each) for kind, each in data.get("hard", {}).items()}
    return BinFigures(**plain, hard=hard)
