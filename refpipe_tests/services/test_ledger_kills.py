"""Killed with -9 at any moment and run again, every picture is there exactly once, and nothing is paid twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from refpipe.backends.database.session import PostgresDatabase
from refpipe.domain.characters import CharacterSheet
from refpipe_tests.fakes.deadly import AFTER_CALL, DEADLY_POINTS
from refpipe_tests.fakes.job_provider import Faults
from refpipe_tests.fakes.ledger_trial import KEY, Trial, run_trial
from refpipe_tests.services.conftest import SHOTS

FEW = tuple(SHOTS)[:4]
SOME = tuple(SHOTS)[:12]
TROUBLE = Faults(
    timeout=0.1, error=0.15, busy=0.05, unreachable=0.05, die_before=0.05, die_after=0.05, fetch_error=0.05,
    hidden_s=0.05, takes_s=0.01,
)  # fmt: skip
FREE = {"shots": SOME, "sets": 4, "takes_s": 0.03}
PAID = {"shots": SOME, "sets": 4, "is_paid": True, "faults": TROUBLE}
AT_RANDOM: dict[str, Any] = {"workers": 3, "kills": 30, "pause_s": (0.0, 0.25)}

TrialOf = Callable[..., Trial]


@pytest.fixture
def trial(jax: CharacterSheet, database_url: str, tmp_path: Path) -> TrialOf:
    def told(**more: Any) -> Trial:
        return Trial(url=database_url, folder=tmp_path, **more)

    return told


@pytest.mark.parametrize("sees_the_dead", [True, False])
@pytest.mark.parametrize("point", DEADLY_POINTS)
def test_killed_at_a_named_point_and_run_again_every_picture_is_there_once(
    trial: TrialOf, database_url: str, point: str, sees_the_dead: bool
) -> None:
    tally = run_trial(trial(shots=FEW, die_at=point, die_after=2, sees_the_dead=sees_the_dead), workers=1)
    assert tally.kills == 1, "it was not killed"
    assert (tally.twice_made, tally.lost, tally.states) == (0, 0, {"succeeded": 4})
    _check_the_gallery(database_url, 4)


def test_killed_at_random_again_and_again_every_picture_is_there_once(trial: TrialOf, database_url: str) -> None:
    tally = run_trial(trial(**FREE), **AT_RANDOM)
    assert tally.kills >= 30
    assert (tally.twice_made, tally.lost, tally.states) == (0, 0, {"succeeded": 48})
    _check_the_gallery(database_url, 12)


def test_without_the_fence_the_same_trial_makes_pictures_twice(trial: TrialOf) -> None:
    assert run_trial(trial(**FREE, is_fenced=False), **AT_RANDOM).twice_made > 0


def test_nothing_paid_is_paid_twice_or_lost_whatever_the_provider_and_the_kills_do(trial: TrialOf) -> None:
    tally = run_trial(trial(**PAID), **AT_RANDOM)
    assert tally.kills >= 30
    assert (tally.twice_paid, tally.lost, tally.twice_made) == (0, 0, 0)
    assert (tally.states, len(tally.paid)) == ({"succeeded": 48}, 48)


def test_sending_again_blindly_pays_twice_in_the_same_trial(trial: TrialOf) -> None:
    assert run_trial(trial(**PAID, is_blind=True), **AT_RANDOM).twice_paid > 0


def test_without_the_fence_the_same_trial_pays_twice(trial: TrialOf) -> None:
    assert run_trial(trial(**PAID, is_fenced=False), **AT_RANDOM).twice_paid > 0


def test_a_set_that_is_complete_makes_nothing_the_second_time(trial: TrialOf, database_url: str) -> None:
    run_trial(trial(shots=FEW), workers=1)
    # would die at the first call of the generator
    tally = run_trial(trial(shots=FEW, die_at=AFTER_CALL), workers=1)
    assert tally.kills == 0
    assert tally.twice_made == 0


def _check_the_gallery(url: str, shots: int) -> None:
    database = PostgresDatabase(url)
    with database.transaction("local") as records:
        images = records.gallery.list(KEY)
        for image in images:
            known = records.generations.find(image.fingerprint)
            assert known is not None
            assert known.blob_sha256 == image.picture_sha256
            assert known.holder is None
    database.close()
    assert len(images) == shots
