"""The command that fits what a feature model's cosines mean. Belongs here: arguments, results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from refpipe.cli import options, output
from refpipe.cli.home import open_home

if TYPE_CHECKING:
    from refpipe.domain.consistency import BinCalibration
    from refpipe.services.calibrate_consistency import Calibrated
    from refpipe.wiring import Wiring


def calibrate(
    pairs: Annotated[
        Path | None,
        typer.Argument(
            help="Pairs of pictures of your own as CSV: picture_a,picture_b,same,view (or azimuth), and kind if you "
            "like. Without it the comparisons that come with the model are fitted again.",
            metavar="[PAIRS.csv]",
            show_default=False,
        ),
    ] = None,
    _json: options.Json = False,
) -> None:
    """Fit what likeness means to the feature model, view by view, and say how far it can be trusted."""
    from refpipe.backends.vision.calibration_files import as_document

    with open_home() as wiring:
        done = _refitted(wiring) if pairs is None else _fitted_on(pairs, wiring)
        _check_decides(done)
        files = wiring.calibrations
        is_packaged = pairs is None and wiring.settings.vision.dino is None and files.is_checkout
        path = files.put(done.calibration, is_packaged=is_packaged)
    lost = dict(done.unreadable)
    output.document(
        {
            **as_document(done.calibration),
            "path": str(path),
            "used": done.used,
            "between": done.between,
            "unreadable": lost,
        }
    )
    _show(done, path)


def _refitted(wiring: Wiring) -> Calibrated:
    """From the comparisons beside the model's weights. Raises NotSetUpError where there are none."""
    from refpipe.backends.vision.pair_files import read_pair_table
    from refpipe.domain.calibrating import calibrate as fit
    from refpipe.domain.errors import NotSetUpError
    from refpipe.services.calibrate_consistency import Calibrated

    model, table = wiring.feature_extractor.model, wiring.calibration_pairs
    if table is None:
        raise NotSetUpError(
            f"the model {model.name} brings no labelled comparisons",
            remedy="Label pairs of your own pictures: refpipe calibrate PAIRS.csv",
        )
    told = read_pair_table(table)
    calibration = fit(told, model, fitted_on=f"{len(told)} comparisons of {table.name}")
    return Calibrated(calibration=calibration, used=len(told), between=0, unreadable={})


def _fitted_on(pairs: Path, wiring: Wiring) -> Calibrated:
    from refpipe.backends.vision.pair_files import read_labelled_pictures, read_picture
    from refpipe.services.calibrate_consistency import calibrate_consistency

    labelled = read_labelled_pictures(pairs)
    return calibrate_consistency(
        labelled,
        extractor=wiring.feature_extractor,
        read=lambda name: read_picture(pairs.parent / name),
        fitted_on=f"{output.counted(len(labelled), 'labelled pair')} of {pairs.name}",
    )


def _check_decides(done: Calibrated) -> None:
    """Raises RefusedInputError where no view could be fitted: every picture would need a person then."""
    from refpipe.domain.errors import RefusedInputError

    bins = done.calibration.bins
    if all(each.why_not for each in bins.values()):
        reasons = [f"{view.value}: {each.why_not}" for view, each in bins.items()]
        reasons += [f"{name} {why}" for name, why in done.unreadable.items()]
        raise RefusedInputError(f"no view can be decided, so nothing is written; {'; '.join(reasons)}", field="pairs")


def _show(done: Calibrated, path: Path) -> None:
    from refpipe.domain.camera import ViewBin

    bins = done.calibration.bins
    columns = ("view", "pairs", "AUC", "ECE", "FRR at 1 % FAR", "to a person", "true passed", "others passed", "remark")
    output.table("pairs held out", columns, [_row(view, bins.get(view)) for view in ViewBin], numbers=columns[1:8])
    hard = [
        (view.value, kind.value, each.pairs, f"{each.auc:.3f}", *map(_share, (each.passed, each.reviewed, each.failed)))
        for view, fitted in bins.items()
        if fitted.figures
        for kind, each in fitted.figures.hard.items()
    ]
    if hard:
        about = ("view", "look-alikes", "pairs", "AUC", "passed", "to a person", "failed")
        output.table("look-alikes, held out", about, hard, numbers=about[2:])
    if done.between:
        output.say(f"{output.counted(done.between, 'pair')} left out: of a character to fit on and one held out")
    for name, why in done.unreadable.items():
        output.say(f"left out: {name} {why}")
    output.say(f"{done.calibration.name}: fitted on {done.calibration.fitted_on}", str(path))
    output.say("What was measured by another calibration is reviewed again at night, or with refpipe review --again.")


def _row(view: str, fitted: BinCalibration | None) -> tuple[Any, ...]:
    if fitted is None or fitted.why_not:
        why = fitted.why_not if fitted else "no pairs of this view"
        return (view, None, None, None, None, _share(1.0), None, None, why)
    blind = f"cannot tell {', '.join(fitted.blind_to)}" if fitted.blind_to else ""
    told = fitted.figures
    if told is None:
        return (view, 0, None, None, None, None, None, None, "nothing was held out to measure on")
    return (
        view,
        told.same + told.other,
        f"{told.auc:.3f}",
        f"{told.ece:.3f}",
        _share(told.frr),
        _share(told.abstention),
        _share(told.same_passed),
        _share(told.other_passed),
        blind or None,
    )


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"
