"""Models that are loaded once per process and kept. Belongs here: the one registry, its locks.

Does not: how a model is loaded (each choice knows), which one is wanted (settings).
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Protocol, TypeVar, cast

Loaded_co = TypeVar("Loaded_co", covariant=True)
_Loaded = TypeVar("_Loaded")


class ModelChoice(Hashable, Protocol[Loaded_co]):
    """A model with its revision and what it runs on, as a value: equal choices share one loaded model."""

    def load(self) -> Loaded_co:
        """Raises NotSetUpError where it cannot be loaded."""
        ...


@dataclass(slots=True)
class _Place:
    """Where one model is kept; its lock lets others load meanwhile."""

    lock: Lock = field(default_factory=Lock)
    loaded: Any = None


class KeptModels:
    """Each choice is loaded by whoever asks first, others wait for it; a failed load is tried again when next asked."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._places: dict[ModelChoice[object], _Place] = {}

    def get(self, choice: ModelChoice[_Loaded]) -> _Loaded:
        """The loaded model. Raises NotSetUpError."""
        with self._lock:
            place = self._places.setdefault(choice, _Place())
        with place.lock:
            if place.loaded is None:
                place.loaded = choice.load()
            return cast("_Loaded", place.loaded)

    def __len__(self) -> int:
        """How many are loaded."""
        return sum(place.loaded is not None for place in self._places.values())


KEPT = KeptModels()
"""This process's models."""
