"""What is wrong with a sheet, in the words of whoever wrote it.

Belongs here: from the validator's findings to fields and reasons. Does not: what a sheet may say (characters),
lines of files (backends).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

EMPTY = "is empty"
"""The reason of a field that is there without a value."""

_A_NUMBER, _A_WHOLE_NUMBER, _YES_OR_NO = "must be a number", "must be a whole number", "must be true or false"
_A_GROUP = "must be a group of fields"

_PLAIN = {
    "missing": "is missing",
    "extra_forbidden": "is no field of a character sheet",
    "invalid_key": "a field's name must be a word",
    "string_type": "must be text; put it in quotes",
    "int_type": _A_WHOLE_NUMBER,
    "int_parsing": _A_WHOLE_NUMBER,
    "int_parsing_size": _A_WHOLE_NUMBER,
    "int_from_float": _A_WHOLE_NUMBER,
    "float_type": _A_NUMBER,
    "float_parsing": _A_NUMBER,
    "finite_number": _A_NUMBER,
    "bool_type": _YES_OR_NO,
    "bool_parsing": _YES_OR_NO,
    "model_type": _A_GROUP,
    "dict_type": _A_GROUP,
    "tuple_type": "must be a list",
}
_WITH_LIMITS: Mapping[str, Callable[[Mapping[str, Any], Any], str]] = {
    "greater_than_equal": lambda limits, given: f"must be {limits['ge']:g} or more, not {given}",
    "less_than_equal": lambda limits, given: f"must be {limits['le']:g} or less, not {given}",
    "string_too_short": lambda limits, given: EMPTY,  # noqa: ARG005 - 1 is the only lower limit there is
    "string_too_long": lambda limits, given: f"is longer than {limits['max_length']} characters ({len(given)})",
    "too_short": lambda limits, given: f"needs at least {limits['min_length']} entry",  # noqa: ARG005
    "too_long": lambda limits, given: f"has more than {limits['max_length']} entries ({len(given)})",
    "enum": lambda limits, given: _unknown_word(str(limits["expected"]), given),
}


def sheet_faults(error: ValidationError, sheet: type[BaseModel]) -> tuple[tuple[str, str], ...]:
    """Every fault as (field, reason), in the sheet's own order; the field ``sheet`` is the whole of it.

    ``sheet`` is what the validator read into: its fields are what a misspelt one may have meant.
    """
    found = error.errors(include_url=False)
    return tuple(
        (".".join(str(part) for part in fault["loc"]) or "sheet", _reason(fault, sheet))
        for fault in found
        if not _follows_from_others(fault)
    )


def _follows_from_others(fault: Any) -> bool:
    """A list that counts as too short only because its faulty entries were left out."""
    return bool(fault["type"] == "too_short" and len(fault["input"]) >= fault["ctx"]["min_length"])


def _reason(fault: Any, sheet: type[BaseModel]) -> str:
    kind, given = fault["type"], fault["input"]
    if kind == "extra_forbidden":
        return _PLAIN[kind] + _meant(fault["loc"], sheet)
    if given is None and kind not in {"missing", "value_error"}:
        return EMPTY
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in _WITH_LIMITS:
        return _WITH_LIMITS[kind](fault["ctx"], given)
    if kind == "value_error":
        return str(fault["ctx"]["error"])
    return f"cannot be used here ({kind.replace('_', ' ')})"


def _meant(place: Sequence[str | int], sheet: type[BaseModel]) -> str:
    """``; did you mean …?`` where a field of that group is called nearly so."""
    group: type[BaseModel] | None = sheet
    for part in place[:-1]:
        if isinstance(part, str) and group is not None:
            held = group.model_fields.get(part)
            group = _group_in(held.annotation) if held else None
    near = get_close_matches(str(place[-1]), [*group.model_fields] if group else [], n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _group_in(annotation: Any) -> type[BaseModel] | None:
    """The group of fields that a field holds, or holds a list of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _group_in(inner))), None)


def _unknown_word(expected: str, given: Any) -> str:
    known = [word.strip(" '") for word in expected.replace(" or ", ",").split(",")]
    near = get_close_matches(str(given), known, n=1)
    meant = f"did you mean {near[0]}? There" if near else "there"
    return f"{str(given)[:60]!r} is not known; {meant} are: {', '.join(known)}"
