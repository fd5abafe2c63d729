"""The grammar of names: slugs, character keys (partition keys) and storage names.

Belongs here: what a key may look like and how keys are built and read. Does not: where bytes lie.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from refpipe.domain.errors import RefusedInputError

DEFAULT_OWNER = "local"
DEFAULT_OUTFIT = "default"

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_SHOT_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9_]{0,62}[a-z0-9])?")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def check_slug(value: str, *, field: str = "slug") -> str:
    """The slug itself, or RefusedInputError. 1–40 of a–z, 0–9 and inner hyphens."""
    if not _SLUG.fullmatch(value):
        raise RefusedInputError(
            f"{value!r} is no slug: use 1 to 40 of a-z, 0-9 and '-', not first or last a hyphen", field=field
        )
    return value


def check_shot_slug(value: str, *, field: str = "slug") -> str:
    """The shot slug itself, or RefusedInputError. 1–64 of a–z, 0–9 and inner underscores."""
    if not _SHOT_SLUG.fullmatch(value):
        raise RefusedInputError(
            f"{value!r} is no shot slug: use a-z, 0-9 and '_', not first or last an underscore", field=field
        )
    return value


def check_sha256(value: str, *, field: str = "sha256") -> str:
    """The lower-case hex digest itself, or RefusedInputError."""
    if not _SHA256.fullmatch(value):
        raise RefusedInputError(f"{value!r} is no SHA-256 in lower-case hex", field=field)
    return value


@dataclass(frozen=True, slots=True, order=True)
class CharacterKey:
    """One character in one outfit, as a partition key: ``owner.character~outfit``, the outfit always present."""

    owner: str
    character: str
    outfit: str

    def __post_init__(self) -> None:
        check_slug(self.owner, field="owner")
        check_slug(self.character, field="character")
        check_slug(self.outfit, field="outfit")

    def __str__(self) -> str:
        return f"{self.owner}.{self.character}~{self.outfit}"

    @classmethod
    def parse(cls, text: str) -> CharacterKey:
        """Read ``owner.character~outfit``. Raises RefusedInputError on any other form."""
        owner, dot, rest = text.partition(".")
        character, tilde, outfit = rest.partition("~")
        if not dot or not tilde:
            raise RefusedInputError(f"{text!r} is not of the form owner.character~outfit", field="character key")
        return cls(owner, character, outfit)


def gallery_name(key: CharacterKey, shot: str, part: str) -> str:
    """Storage name of one part of a gallery cell: ``characters/{owner}/{character}/{outfit}/{shot}/{part}``.

    ``part`` is a file name such as ``picture.png`` or ``depth.png``.
    """
    return f"characters/{key.owner}/{key.character}/{key.outfit}/{check_shot_slug(shot)}/{part}"


def contact_sheet_name(key: CharacterKey) -> str:
    """Storage name of a character's contact sheet."""
    return f"characters/{key.owner}/{key.character}/{key.outfit}/contact_sheet.png"


def contact_sheet_layout_name(key: CharacterKey) -> str:
    """Storage name of what the contact sheet shows, as data: whether it is still the right one."""
    return f"characters/{key.owner}/{key.character}/{key.outfit}/contact_sheet.json"


def master_reference_name(owner: str, character: str) -> str:
    """Storage name of a character's master reference."""
    return f"characters/{check_slug(owner)}/{check_slug(character)}/master_reference"


def character_names(owner: str, character: str) -> str:
    """What every storage name of a character begins with."""
    return f"characters/{check_slug(owner)}/{check_slug(character)}/"


def generation_name(fingerprint: str, part: str) -> str:
    """Storage name of one part of a generation: ``generations/{fingerprint}/{part}``.

    It keeps what a generation made even after the gallery has moved on to another one.
    """
    return f"generations/{check_sha256(fingerprint, field='fingerprint')}/{part}"
