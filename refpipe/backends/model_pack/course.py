"""A training from its first step to its last, whatever it trains.

Belongs here: the rate over the steps, the moving average of the weights, states that are kept and taken up again, how
it goes. Does not: networks, batches, losses.
"""

from __future__ import annotations

import copy
import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

SAVE_EVERY, TELL_EVERY = 100, 20
_WARM_UP, _LEAST_SHARE = 100, 0.01
_LONGEST_GRADIENT = 1.0


@dataclass(frozen=True, slots=True)
class Round:
    """So many steps, over which the rate rises to ``rate`` and falls to next to nothing."""

    steps: int
    rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast it learns. ``average``: the share of the moving average that each step leaves as it is."""

    rounds: tuple[Round, ...]
    decay: float
    average: float = 0.997

    @property
    def steps(self) -> int:
        return sum(each.steps for each in self.rounds)

    def at(self, step: int) -> tuple[int, int]:
        """Which round a step belongs to, from 0, and its number in it."""
        number = 0
        while number < len(self.rounds) - 1 and step >= self.rounds[number].steps:
            step -= self.rounds[number].steps
            number += 1
        return number, step


class Course:
    """One run of a training. Broken off, it goes on from the last state that was kept.

    ``heads`` learn beside the model and are thrown away. What is used in the end is ``average``.
    """

    def __init__(self, path: Path, pace: Pace, *, model: Any, heads: Any) -> None:
        import torch

        self._path, self._pace = path, pace
        self.model, self.heads = model, heads
        self.average = copy.deepcopy(model).eval().requires_grad_(requires_grad=False)
        self._optimiser = torch.optim.AdamW(_groups((model, heads), pace.decay), betas=(0.9, 0.98))
        self.step = 0
        if path.is_file():
            self._restore(torch.load(path, weights_only=True))

    @property
    def round(self) -> int:
        """The round under way, from 0."""
        return self._pace.at(self.step)[0]

    @property
    def share_of_round(self) -> float:
        """How much of it is done."""
        number, step = self._pace.at(self.step)
        return step / self._pace.rounds[number].steps

    def run(self, losses: Callable[[], dict[str, tuple[float, Tensor]]]) -> None:
        """Train to the last step. ``losses`` gives each loss of a batch under its name, with its weight."""
        began, first = time.monotonic(), self.step
        while self.step < self._pace.steps:
            self.model.train()
            parts = losses()
            self._learn(sum((weight * loss for weight, loss in parts.values()), start=0.0))
            if self.step % TELL_EVERY == 0:
                told = ", ".join(f"{name} {float(loss.detach()):.3f}" for name, (_, loss) in parts.items())
                pace = (time.monotonic() - began) / (self.step - first)
                sys.stdout.write(f"step {self.step}: {told}, {pace:.2f} s a step\n")
                sys.stdout.flush()
            if self.step % SAVE_EVERY == 0 or self.step == self._pace.steps:
                self._keep()

    def _learn(self, loss: Any) -> None:
        import torch

        number, step = self._pace.at(self.step)
        now = self._pace.rounds[number]
        rate = now.rate * share_of_rate(step, now.steps)
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        self._optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), _LONGEST_GRADIENT)
        self._optimiser.step()
        self.step += 1
        self._follow()

    def _follow(self) -> None:
        """The average moves a little towards the weights; further while they are young."""
        import torch

        share = min(self._pace.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for mean, now in zip(self.average.parameters(), self.model.parameters(), strict=True):
                mean.lerp_(now, 1 - share)

    def _keep(self) -> None:
        import torch

        state = {name: part.state_dict() for name, part in self._parts()} | {"step": self.step}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._path.with_suffix(".tmp")
        torch.save(state, unfinished)
        unfinished.replace(self._path)

    def _restore(self, state: dict[str, Any]) -> None:
        self.step = int(state["step"])
        for name, part in self._parts():
            part.load_state_dict(state[name])

    def _parts(self) -> Sequence[tuple[str, Any]]:
        return (
            ("model", self.model),
            ("heads", self.heads),
            ("average", self.average),
            ("optimiser", self._optimiser),
        )


def share_of_rate(step: int, steps: int) -> float:
    """Up in a line, then down along a cosine."""
    if step < _WARM_UP:
        return (step + 1) / _WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (step - _WARM_UP) / max(steps - _WARM_UP, 1))) + _LEAST_SHARE


def _groups(parts: Sequence[Any], decay: float) -> list[dict[str, Any]]:
    """Matrices decay, everything else does not."""
    weights = [weight for part in parts for weight in part.parameters()]
    return [
        {"params": [weight for weight in weights if weight.ndim >= 2], "weight_decay": decay},
        {"params": [weight for weight in weights if weight.ndim < 2], "weight_decay": 0.0},
    ]
