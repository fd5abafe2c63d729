"""Text with named fields, ``Portrait of {name}, wearing {wardrobe}``: reading it and filling it in.

Belongs here: the small grammar of such texts. Does not: which fields there are (prompts).
A field is a name in braces and nothing else (no attribute, index or format), and what is filled in
is never read again, so a value can hold braces without meaning anything by them. ``{{`` and ``}}``
stand for braces.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from refpipe.domain.errors import RefusedInputError


class FieldTemplateError(RefusedInputError):
    """A text whose fields cannot be filled in; the reason names the place or the unknown fields."""

    code = "invalid_field_template"


@dataclass(frozen=True, slots=True)
class _Field:
    name: str


_TOKEN = re.compile(r"\{\{|\}\}|\{([a-z][a-z0-9_]*)\}|[{}]|[^{}]+")
_CLAUSE_END = re.compile(r"([,;.!?](?=\s|$)\s*|\n+)")
_GROUPS = (("(", ")"), ("[", "]"), ('"', '"'), ("“", "”"))
_Part = str | _Field


def template_fields(text: str) -> set[str]:
    """Names of the fields in the text. Raises FieldTemplateError where a brace belongs to no field."""
    return {part.name for part in _parse(text) if isinstance(part, _Field)}


def check_template(text: str, known: frozenset[str]) -> None:
    """Raises FieldTemplateError for a stray brace or a field that is not among the known ones."""
    unknown = sorted(template_fields(text) - known)
    if unknown:
        raise FieldTemplateError(f"unknown field {', '.join(unknown)}; there are: {', '.join(sorted(known))}")


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its fields filled in. Raises FieldTemplateError for an unknown field or stray brace.

    An empty value takes its label with it, so that nothing is left that points to nothing: a clause
    (up to a comma, stop, semicolon or line end) whose fields are all empty goes; in a clause with
    others, the words before the empty field go; a bracket or quotation that holds only empty
    fields goes.
    """
    check_template(text, frozenset(values))
    clauses: list[tuple[str, str]] = []
    for parts, end in _clauses(_parse(text)):
        sentence = _fill_clause(_without_empty_groups(parts, values), values).strip(" \t")
        if sentence:
            clauses.append((sentence, end))
        elif clauses and _closes_sentence(end) and not _closes_sentence(clauses[-1][1]):
            # the clause that is gone ended the sentence: the one before it ends it now
            clauses[-1] = (clauses[-1][0], end)
    return "".join(sentence + end for sentence, end in clauses).strip().rstrip(",;")


def fill_file_name(pattern: str, values: Mapping[str, str]) -> str:
    """A file name from a pattern: values become a–z, 0–9, ``-``, ``_`` and ``.``; empty ones leave no gap.

    Raises FieldTemplateError for an unknown field, a stray brace, or a name that is no plain file name.
    """
    check_template(pattern, frozenset(values))
    pieces = [_file_word(values[part.name]) if isinstance(part, _Field) else part for part in _parse(pattern)]
    name = re.sub(r"_(?=[_.])|(?<=_)_+", "", "".join(pieces)).strip("_")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}", name) or ".." in name:
        raise FieldTemplateError(f"{name!r} is no plain file name")
    return name


def _file_word(value: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]+", "_", value).strip("_.")


def _parse(text: str) -> list[_Part]:
    parts: list[_Part] = []
    for match in _TOKEN.finditer(text):
        token = match[0]
        if match[1]:
            parts.append(_Field(match[1]))
        elif token in {"{", "}"}:
            raise FieldTemplateError(f"a brace at character {match.start() + 1} belongs to no field")
        else:
            parts.append({"{{": "{", "}}": "}"}.get(token, token))
    return parts


def _clauses(parts: list[_Part]) -> list[tuple[list[_Part], str]]:
    """Parts between clause ends, each with the punctuation that ended it; only the author's own text divides."""
    clauses: list[tuple[list[_Part], str]] = []
    current: list[_Part] = []
    for index, part in enumerate(parts):
        if isinstance(part, _Field):
            current.append(part)
            continue
        pieces = _CLAUSE_END.split(part)
        for piece, end in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
            if piece:
                current.append(piece)
            is_open = end and not end[-1].isspace() and index + 1 < len(parts)
            if is_open:
                current.append(end)  # "f/{f_stop}.{iso}": a stop with a field right after it ends nothing
            elif end:
                clauses.append((current, end))
                current = []
    clauses.append((current, ""))
    return clauses


def _without_empty_groups(parts: list[_Part], values: Mapping[str, str]) -> list[_Part]:
    kept = list(parts)
    for index, part in enumerate(parts):
        if not isinstance(part, _Field) or values[part.name].strip() or not 0 < index < len(parts) - 1:
            continue
        before, after = kept[index - 1], kept[index + 1]
        if not isinstance(before, str) or not isinstance(after, str):
            continue
        for opening, closing in _GROUPS:
            start = before.rfind(opening)
            if start >= 0 and after.startswith(closing) and closing not in before[start + 1 :]:
                lead = before[:start]
                if opening in {closing, "“"} or lead.rstrip().endswith(":"):
                    kept[index - 1], kept[index + 1] = lead, after[1:]  # words before a quotation are its label
                else:
                    kept[index - 1], kept[index], kept[index + 1] = lead.rstrip(), "", after[1:]
                break
    return [part for part in kept if part != ""]


def _fill_clause(parts: list[_Part], values: Mapping[str, str]) -> str:
    has_fields = any(isinstance(part, _Field) for part in parts)
    has_value = any(isinstance(part, _Field) and values[part.name].strip() for part in parts)
    if has_fields and not has_value:
        return ""
    filled, label = "", ""
    follows_a_leading_gap = False
    for part in parts:
        if isinstance(part, str):
            # words after a leading empty field joined it to what follows: they go with it
            label += "" if follows_a_leading_gap else part
        elif value := values[part.name].strip():
            filled += label + value
            label, follows_a_leading_gap = "", False
        else:
            label, follows_a_leading_gap = "", not filled
    return filled + label


def _closes_sentence(end: str) -> bool:
    return end[:1] in {".", "!", "?"} or "\n" in end
