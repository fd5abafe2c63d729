"""Character sheets from files, and the sample sheets that come with refpipe.

Belongs here: what a file may be and how its faults are told. Does not: what a sheet may say (domain).
"""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from refpipe.backends.sheets.strict_yaml import ParsedYaml, parse_yaml
from refpipe.domain.characters import CharacterSheet, read_sheet
from refpipe.domain.errors import InvalidSheetError, RefusedInputError
from refpipe.domain.sheet_faults import EMPTY

MAX_SHEET_BYTES = 512 * 1024
_COLOUR_FIELDS = ("colour", "second_colour", "eyes", "skin")
_IN_BRACES = re.compile(rf"\{{.*\b({'|'.join(_COLOUR_FIELDS)})\s*:\s*#")
_QUOTES_NEEDED = 'a colour needs quotes, as in "#aabbcc": without them YAML takes it for a remark'


def read_sheet_file(path: Path) -> CharacterSheet:
    """The sheet in a YAML (or JSON) file. Raises RefusedInputError or InvalidSheetError with line, field and reason."""
    source = path.name
    try:
        if not path.is_file():
            reason = "is a directory" if path.is_dir() else "is no regular file" if path.exists() else "does not exist"
            raise RefusedInputError(reason, source=str(path))
        with path.open("rb") as stream:
            data = stream.read(MAX_SHEET_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RefusedInputError(f"cannot be read: {reason}", source=str(path)) from None
    return parse_sheet(data, source=source)


def parse_sheet(data: bytes, *, source: str) -> CharacterSheet:
    """The sheet in a file's bytes; errors as above."""
    if len(data) > MAX_SHEET_BYTES:
        raise RefusedInputError(f"is larger than {MAX_SHEET_BYTES // 1024} KiB; that is no sheet", source=source)
    if b"\x00" in data:
        raise RefusedInputError("is a binary file, not YAML", source=source)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RefusedInputError("is not UTF-8 text", field=f"line {line}", source=source) from None
    parsed = _parsed(text, source)
    try:
        return read_sheet(parsed.data, source=source)
    except InvalidSheetError as error:
        raise InvalidSheetError(tuple(_placed(parsed, *fault) for fault in error.faults), source=source) from None


def _parsed(text: str, source: str) -> ParsedYaml:
    try:
        return parse_yaml(text, source=source)
    except RefusedInputError as error:
        # in `{kind: shirt, colour: #aabbcc}` the remark swallows the brace, and the text breaks off further down
        at = next((n for n, line in enumerate(text.splitlines(), start=1) if _IN_BRACES.search(line)), None)
        if at is None or isinstance(error, InvalidSheetError):
            raise
        raise RefusedInputError(_QUOTES_NEEDED, field=f"line {at}", source=source) from None


def _placed(parsed: ParsedYaml, field: str, reason: str) -> tuple[str, str]:
    path = field.split(".")
    line = parsed.line_of(path)
    value = _value_at(parsed, path)
    if reason == EMPTY and value is None and path[-1] in _COLOUR_FIELDS:
        reason = f"{EMPTY}; {_QUOTES_NEEDED}"
    elif isinstance(value, dict) and value.get("second_colour", "") is None:
        reason = f"{reason}; {_QUOTES_NEEDED}"
    return (f"line {line}: {field}" if line else field, reason)


def _value_at(parsed: ParsedYaml, path: list[str]) -> object:
    value = parsed.data
    for part in path:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
    return value


def sheet_file(sheet: CharacterSheet) -> bytes:
    """The sheet as YAML; reading it gives the same sheet."""
    import yaml

    return yaml.safe_dump(sheet.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=110).encode()


def sample_names() -> list[str]:
    """Slugs of the sample characters."""
    folder = files("refpipe").joinpath("data/characters")
    return sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def sample_sheet(slug: str) -> CharacterSheet:
    """A sample character by its slug. Raises RefusedInputError naming those there are."""
    names = sample_names()
    if slug not in names:
        raise RefusedInputError(f"there is no sample {slug!r}; there are: {', '.join(names)}", field="character")
    return parse_sheet(files("refpipe").joinpath(f"data/characters/{slug}.yaml").read_bytes(), source=f"{slug}.yaml")
