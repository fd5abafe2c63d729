"""Whether a picture still is what its sheet, outfit, shot, master and renderer ask for, and what has changed.

Belongs here: comparing the request that made a picture with today's. Does not: where either comes from.

Seed, size and parameters are chosen by a call, and a retry may also weigh the references otherwise or add words
to the prompt: that makes another picture, not an old one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

Canonical = Mapping[str, Any]
"""A request as ``generation.canonical`` writes it."""


class Change(StrEnum):
    """What a picture depends on, in the words of whoever changed it."""

    SHEET = "sheet"
    OUTFIT = "outfit"
    SHOT = "shot"
    MASTER = "master"
    REFERENCES = "references"
    """Of the pictures beside the master."""
    RENDERER = "renderer"


_CHANGE_OF = {
    "physical": Change.SHEET,
    "outfit": Change.OUTFIT,
    "shot": Change.SHOT,
    "references": Change.MASTER,
    "model": Change.RENDERER,
    "version": Change.RENDERER,
}
_WORDS = ("prompt", "negative_prompt")
"""Follow from sheet, outfit and shot; where those are the same, the sheet's words have changed."""


def changes_since(made_from: Canonical, today: Canonical) -> tuple[Change, ...]:
    """What differs between the request that made a picture and today's; empty: the picture is up to date."""
    found = {change for name, change in _CHANGE_OF.items() if _given(made_from, name) != _given(today, name)}
    if Change.MASTER in found and _has_same_first(made_from, today):
        found = found - {Change.MASTER} | {Change.REFERENCES}
    if not found and not all(_says(made_from.get(name), today.get(name)) for name in _WORDS):
        found = {Change.SHEET}
    return tuple(change for change in Change if change in found)


def essence(request: Canonical) -> str:
    """What two requests share that differ only in what a call chose."""
    return json.dumps({name: _given(request, name) for name in (*_CHANGE_OF, *_WORDS)}, sort_keys=True)


def _given(request: Canonical, name: str) -> Any:
    """A field of the request; of references which they are, not how much each weighs."""
    value = request.get(name)
    return [reference[0] for reference in value] if name == "references" and value else value


def _has_same_first(made_from: Canonical, today: Canonical) -> bool:
    """Whether both requests have references and begin with the same one: the master."""
    before, now = _given(made_from, "references"), _given(today, "references")
    return bool(before and now and before[0] == now[0])


def _says(made_from: str | None, today: str | None) -> bool:
    """Whether words say what today's do, and maybe more."""
    return (made_from or "").startswith(today or "")


def out_of_date_words(changes: tuple[Change, ...]) -> str:
    """For people: ``out of date: outfit changed``; empty where nothing did."""
    return f"out of date: {', '.join(changes)} changed" if changes else ""
