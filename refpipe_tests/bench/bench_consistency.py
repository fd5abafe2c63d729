"""consistency: how far the shipped calibration can be trusted, on the comparisons that took no part in its fit.

Belongs here: figures per view from the held-out half of the comparisons that lie beside the shipped model's weights,
look-alikes apart, and what simpler ways would have said of the same pairs. Does not: rendering, fitting the shipped
calibration (``make calibration``). Writes ``results/consistency.md``; loads no model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.vision.calibration_files import CalibrationFiles
from refpipe.backends.vision.dino import DinoName
from refpipe.backends.vision.pair_files import read_pair_table
from refpipe.backends.vision.running import Runtime
from refpipe.domain.calibrating import DEFAULT_THRESHOLD, LabelledPair, auc, ece, fit_bin, frr
from refpipe.domain.camera import ViewBin
from refpipe.domain.consistency import HARD_KINDS, BinCalibration, Calibration, PairKind, Stance

RESULTS = Path(__file__).parent / "results" / "consistency.md"
Floats = NDArray[np.float64]
_TARGETS = {ViewBin.FRONT: 0.95, ViewBin.THREE_QUARTER: 0.95, ViewBin.PROFILE: 0.95, ViewBin.BACK: 0.90}
_ECE_TARGET = 0.05


def main() -> str:
    """The tables, written to the results as well."""
    name = DinoName()
    calibration = CalibrationFiles(Path("/nowhere")).find(name.find(Runtime()).model)
    table = None if name.directory is None else name.directory / "calibration_pairs.csv.gz"
    if calibration is None or table is None or not table.is_file():
        return "The shipped model brings no comparisons, or none of its revision is calibrated: nothing was measured."
    text = report(calibration, read_pair_table(table))
    RESULTS.write_text(text, encoding="utf-8")
    return text


def report(calibration: Calibration, pairs: Sequence[LabelledPair]) -> str:
    """All tables of one calibration on one set of comparisons."""
    held_out = [pair for pair in pairs if pair.is_held_out]
    lines = [
        "# Consistency: who is shown, view by view",
        "",
        (
            f"Model and calibration `{calibration.name}`, fitted on {len(pairs) - len(held_out)} comparisons, measured "
            f"here on {len(held_out)} others, of other characters. A comparison is of a picture with its character's "
            "front picture; both are rendered by previs, which is all that these figures speak of."
        ),
        "",
        (
            "AUC, ECE and FRR at 1 % FAR: the same character against random others. To a person: the share of those "
            f"pairs of which the gate says nothing at its default threshold of {DEFAULT_THRESHOLD:.0f}."
        ),
        "",
        *_views(calibration, held_out),
        "",
        "## Look-alikes",
        "",
        (
            "Other characters that are hard to tell: AUC against the same character, and what the gate does with them. "
            "With the threshold alone, without limits, those in the last column would pass."
        ),
        "",
        *_look_alikes(calibration, held_out),
        "",
        "## Simpler ways, on the same pairs",
        "",
        (
            "One curve: all views share one calibration. Cosine: 100 times the raw cosine is the score. Always the "
            "same: every picture is taken for its character."
        ),
        "",
        *_simpler(calibration, pairs),
        "",
    ]
    return "\n".join(lines)


def _views(calibration: Calibration, held_out: Sequence[LabelledPair]) -> list[str]:
    rows = [
        "| view | same | other | AUC | target | ECE | FRR at 1 % FAR | to a person | true refused | others passed |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for view in ViewBin:
        same, other = (_cosines(held_out, view, kind) for kind in (PairKind.SAME, PairKind.OTHER))
        fitted = calibration.bins.get(view)
        if fitted is None or fitted.why_not or not len(same) or not len(other):
            why = fitted.why_not if fitted else "no pairs"
            rows.append(f"| {view.value} | {len(same)} | {len(other)} | | | | | 100.0 % ({why}) | | |")
            continue
        told_same, told_other = _told(fitted, same), _told(fitted, other)
        taken, refused = _shares(fitted, same), _shares(fitted, other)
        doubtful = (taken[Stance.UNDECIDED] * len(same) + refused[Stance.UNDECIDED] * len(other)) / (
            len(same) + len(other)
        )
        target = _TARGETS.get(view)
        error = ece(told_same, told_other)
        rows.append(
            f"| {view.value} | {len(same)} | {len(other)} | {auc(same, other):.4f} | "
            f"{f'≥ {target:.2f}' if target else 'may abstain'} | {error:.3f} (≤ {_ECE_TARGET}) | "
            f"{_percent(frr(same, other))} | {_percent(doubtful)} | {_percent(taken[Stance.DIFFERENT])} | "
            f"{_percent(refused[Stance.SAME])} |"
        )
    return rows


def _look_alikes(calibration: Calibration, held_out: Sequence[LabelledPair]) -> list[str]:
    rows = [
        "| view | look-alikes | pairs | AUC | passed | to a person | failed | would pass by the threshold alone |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for view, fitted in calibration.bins.items():
        same = _cosines(held_out, view, PairKind.SAME)
        for kind in HARD_KINDS:
            cosines = _cosines(held_out, view, kind)
            if fitted.why_not or not len(cosines) or not len(same):
                continue
            shares = _shares(fitted, cosines)
            alone = float((_told(fitted, cosines) * 100 >= DEFAULT_THRESHOLD).mean())
            blind = " (cannot be told)" if kind in fitted.blind_to else ""
            rows.append(
                f"| {view.value} | {kind.value}{blind} | {len(cosines)} | {auc(same, cosines):.3f} | "
                f"{_percent(shares[Stance.SAME])} | {_percent(shares[Stance.UNDECIDED])} | "
                f"{_percent(shares[Stance.DIFFERENT])} | {_percent(alone)} |"
            )
    return rows


def _simpler(calibration: Calibration, pairs: Sequence[LabelledPair]) -> list[str]:
    views = [view for view, fitted in calibration.bins.items() if not fitted.why_not]
    of_those = [pair for pair in pairs if pair.view in views]
    one_curve = fit_bin(of_those)
    held_out = [pair for pair in of_those if pair.is_held_out]
    ways: list[tuple[str, Callable[[ViewBin, Floats], Floats]]] = [
        ("a curve for each view (shipped)", lambda view, cosines: _told(calibration.bins[view], cosines)),
        ("one curve", lambda _, cosines: _told(one_curve, cosines)),
        ("cosine", lambda _, cosines: np.clip(cosines, 0, 1)),
        ("always the same", lambda _, cosines: np.ones_like(cosines)),
    ]
    rows = [
        "| way | AUC over all views | ECE | true refused | others passed | look-alikes passed |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, tell in ways:
        told = {
            kind: np.concatenate([tell(view, _cosines(held_out, view, kind)) for view in views]) for kind in PairKind
        }
        same, other = told[PairKind.SAME], told[PairKind.OTHER]
        hard = np.concatenate([told[kind] for kind in HARD_KINDS])
        passed = [float((each * 100 >= DEFAULT_THRESHOLD).mean()) if len(each) else 0.0 for each in (same, other, hard)]
        if tell is ways[0][1]:
            name += ", threshold alone"  # noqa: PLW2901 - said once, of the first
        rows.append(
            f"| {name} | {auc(same, other):.4f} | {ece(same, other):.3f} | {_percent(1 - passed[0])} | "
            f"{_percent(passed[1])} | {_percent(passed[2])} |"
        )
    rows.append(_with_limits(calibration, held_out, views))
    return rows


def _with_limits(calibration: Calibration, held_out: Sequence[LabelledPair], views: Sequence[ViewBin]) -> str:
    """The shipped rule with its limits, over all views."""
    counts = {group: dict.fromkeys(Stance, 0) for group in ("same", "other", "hard")}
    for pair in held_out:
        if pair.view in views:
            group = "hard" if pair.kind in HARD_KINDS else pair.kind.value
            stance = calibration.consistency(pair.cosine, pair.view).stance(DEFAULT_THRESHOLD)
            counts[group][stance or Stance.UNDECIDED] += 1

    def share(group: str, stance: Stance) -> str:
        total = sum(counts[group].values())
        return _percent(counts[group][stance] / total) if total else ""

    refused = f"{share('same', Stance.DIFFERENT)}, and {share('same', Stance.UNDECIDED)} to a person"
    look_alikes = f"{share('hard', Stance.SAME)}, and {share('hard', Stance.UNDECIDED)} to a person"
    others = share("other", Stance.SAME)
    return f"| a curve for each view (shipped), with limits | | | {refused} | {others} | {look_alikes} |"


def _cosines(pairs: Sequence[LabelledPair], view: ViewBin, kind: PairKind) -> Floats:
    return np.array([pair.cosine for pair in pairs if pair.view is view and pair.kind is kind], np.float64)


def _told(fitted: BinCalibration, cosines: Floats) -> Floats:
    return np.array([fitted.probability(float(each)) for each in cosines], np.float64)


def _shares(fitted: BinCalibration, cosines: Floats) -> dict[Stance, float]:
    found = [fitted.consistency(float(each)).stance(DEFAULT_THRESHOLD) for each in cosines]
    return {stance: found.count(stance) / len(found) for stance in Stance}


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
