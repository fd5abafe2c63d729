"""A training's course: it learns, it is taken up where it was broken off, and what it keeps is a calm average."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from refpipe.backends.model_pack import course
from refpipe.backends.model_pack.course import Course, Pace, Round, share_of_rate

TARGET = torch.tensor([[2.0, -1.0]])


def started(path: Path, steps: int = 300) -> Course:
    torch.manual_seed(1)
    pace = Pace(rounds=(Round(steps - 100, 0.05), Round(100, 0.02)), decay=0.0, average=0.9)
    return Course(path, pace, model=torch.nn.Linear(2, 1, bias=False), heads=torch.nn.Linear(2, 1))


def losses(running: Course, *, ends_after: int | None = None) -> Any:
    left = [ends_after]

    def one() -> dict[str, tuple[float, torch.Tensor]]:
        if left[0] is not None:
            if left[0] == 0:
                raise KeyboardInterrupt
            left[0] -= 1
        return {"distance": (1.0, ((running.model.weight - TARGET) ** 2).sum())}

    return one


def test_it_learns_and_the_average_follows(tmp_path: Path) -> None:
    running = started(tmp_path / "state.pt")
    running.run(losses(running))
    assert running.step == 300
    assert torch.allclose(running.average.weight, TARGET, atol=0.05)


def test_broken_off_it_goes_on_from_the_last_state_that_was_kept(tmp_path: Path) -> None:
    path = tmp_path / "state.pt"
    broken = started(path)
    with pytest.raises(KeyboardInterrupt):
        broken.run(losses(broken, ends_after=course.SAVE_EVERY + 7))
    again = started(path)
    assert again.step == course.SAVE_EVERY
    again.run(losses(again))
    whole = started(tmp_path / "other.pt")
    whole.run(losses(whole))
    assert torch.allclose(again.average.weight, whole.average.weight)


def test_the_rate_rises_in_a_line_and_falls_to_next_to_nothing() -> None:
    shares = [share_of_rate(step, 1000) for step in range(1000)]
    assert shares[:100] == sorted(shares[:100])
    assert shares[100:] == sorted(shares[100:], reverse=True)
    assert (shares[0], max(shares)) == (pytest.approx(0.01), pytest.approx(1.01))
    assert shares[-1] < 0.011


def test_rounds_follow_each_other() -> None:
    pace = Pace(rounds=(Round(3, 1.0), Round(2, 0.5)), decay=0.0)
    assert pace.steps == 5
    assert [pace.at(step) for step in range(6)] == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]
