"""What makes a picture out of date, and what does not."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refpipe.backends.sheets.sheet_file import sample_sheet
from refpipe.backends.shot_library import packaged_shots
from refpipe.domain.generation import ImageRequest, ModelId, Reference, Role, Size, canonical
from refpipe.domain.out_of_date import Change, changes_since, essence, out_of_date_words

JAX = sample_sheet("jax")
SHOTS = packaged_shots()
REQUEST = ImageRequest(
    role=Role.REFERENCE_IMAGE,
    model=ModelId("previs", "1"),
    physical=JAX.physical,
    outfit=JAX.default_outfit,
    shot=SHOTS[0],
    size=Size(832, 1248),
    seed=1,
    references=(Reference("a" * 64, 0.9),),
    prompt="Jax",
)


def changed(**fields: Any) -> ImageRequest:
    return replace(REQUEST, **fields)


def stored(request: ImageRequest) -> Any:
    """As it comes back from the database."""
    return json.loads(json.dumps(canonical(request)))


CHANGED = {
    Change.SHEET: changed(physical=JAX.physical.model_copy(update={"age_years": 71})),
    Change.OUTFIT: changed(outfit=JAX.outfit("raincoat")),
    Change.SHOT: changed(shot=replace(SHOTS[0], distance_m=3.9)),
    Change.MASTER: changed(references=(Reference("b" * 64, 0.9),)),
    Change.REFERENCES: changed(references=(Reference("a" * 64, 0.9), Reference("c" * 64, 0.45))),
    Change.RENDERER: changed(model=ModelId("previs", "2")),
}


@pytest.mark.parametrize("change", Change)
def test_each_thing_that_a_picture_depends_on_is_named(change: Change) -> None:
    assert changes_since(stored(REQUEST), canonical(CHANGED[change])) == (change,)
    assert essence(stored(REQUEST)) != essence(canonical(CHANGED[change]))
    assert out_of_date_words((change,)) == f"out of date: {change} changed"


@given(
    seed=st.integers(0, 2**31 - 1),
    width=st.integers(64, 4096),
    height=st.integers(64, 4096),
    parameters=st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5)),
)
def test_what_a_call_chooses_makes_no_picture_out_of_date(
    seed: int, width: int, height: int, parameters: dict[str, object]
) -> None:
    chosen = changed(seed=seed, size=Size(width, height), parameters=parameters)
    assert changes_since(stored(REQUEST), canonical(chosen)) == ()
    assert essence(stored(REQUEST)) == essence(canonical(chosen))


def test_words_that_draw_nothing_change_nothing() -> None:
    described = JAX.default_outfit.model_copy(update={"description": "worn thin", "name": "Old"})
    assert changes_since(stored(REQUEST), canonical(changed(outfit=described))) == ()
    assert out_of_date_words(()) == ""


def test_a_prompt_of_its_own_counts_as_the_sheet_unless_something_else_explains_it() -> None:
    assert changes_since(stored(REQUEST), canonical(changed(prompt="Jax, freckled"))) == (Change.SHEET,)
    both = changed(prompt="Jax in a raincoat", outfit=JAX.outfit("raincoat"))
    assert changes_since(stored(REQUEST), canonical(both)) == (Change.OUTFIT,)


def test_what_a_retry_adds_makes_no_picture_out_of_date() -> None:
    again = changed(references=(Reference("a" * 64, 0.5),), prompt="Jax, in focus", negative_prompt="blurred")
    assert changes_since(stored(again), canonical(REQUEST)) == ()
    assert changes_since(stored(changed(prompt=None)), canonical(REQUEST)) == (Change.SHEET,)


def test_several_changes_are_all_named() -> None:
    both = changed(model=ModelId("previs", "2"), outfit=JAX.outfit("raincoat"))
    found = changes_since(stored(REQUEST), canonical(both))
    assert out_of_date_words(found) == "out of date: outfit, renderer changed"
