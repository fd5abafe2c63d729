"""Characters: the sheet, the body it describes, and the outfits it wears.

Belongs here: what a character is, in the words a studio writes on a sheet, and which of them a
picture depends on. Does not: how a body or a garment is built (previs) or stored (database).

A sheet that does not validate raises InvalidSheetError with every field and its reason.
Left and right are always the subject's own.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from refpipe.domain.errors import InvalidSheetError, RefusedInputError
from refpipe.domain.keys import DEFAULT_OUTFIT, check_slug
from refpipe.domain.sheet_faults import sheet_faults


class CharacterStatus(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    ARCHIVED = "archived"


class GenderPresentation(StrEnum):
    FEMININE = "feminine"
    ANDROGYNOUS = "androgynous"
    MASCULINE = "masculine"


class Build(StrEnum):
    SLIM = "slim"
    AVERAGE = "average"
    ATHLETIC = "athletic"
    STOCKY = "stocky"
    HEAVY = "heavy"


class HairStyle(StrEnum):
    BALD = "bald"
    BUZZ = "buzz"
    SHORT = "short"
    SIDE_PART = "side_part"
    CURLY = "curly"
    BOB = "bob"
    LONG = "long"
    PONYTAIL = "ponytail"
    BUN = "bun"


class FacialHair(StrEnum):
    NONE = "none"
    STUBBLE = "stubble"
    MOUSTACHE = "moustache"
    BEARD = "beard"


class MarkKind(StrEnum):
    FRECKLES = "freckles"
    MOLE = "mole"
    SCAR = "scar"
    BIRTHMARK = "birthmark"


class MarkPlace(StrEnum):
    FOREHEAD = "forehead"
    BROW = "brow"
    CHEEK = "cheek"
    NOSE = "nose"
    CHIN = "chin"
    NECK = "neck"
    HAND = "hand"


class Side(StrEnum):
    """The subject's own side."""

    LEFT = "left"
    MIDDLE = "middle"
    RIGHT = "right"


class GarmentKind(StrEnum):
    T_SHIRT = "t_shirt"
    SHIRT = "shirt"
    JUMPER = "jumper"
    VEST = "vest"
    JACKET = "jacket"
    COAT = "coat"
    TROUSERS = "trousers"
    SHORTS = "shorts"
    SKIRT = "skirt"
    DRESS = "dress"
    SHOES = "shoes"
    BOOTS = "boots"
    GLOVES = "gloves"
    BELT = "belt"
    SCARF = "scarf"
    HAT = "hat"


class HatShape(StrEnum):
    CAP = "cap"
    BEANIE = "beanie"
    DEERSTALKER = "deerstalker"
    BRIMMED = "brimmed"


class Pattern(StrEnum):
    PLAIN = "plain"
    STRIPES = "stripes"
    CHECKS = "checks"
    DOTS = "dots"


_HEX = re.compile(r"#[0-9a-f]{6}")


def _check_hex(value: str) -> str:
    lowered = value.lower()
    if not _HEX.fullmatch(lowered):
        raise ValueError("use a colour of the form #rrggbb")
    return lowered


def _check_slug(value: str) -> str:
    try:
        return check_slug(value)
    except RefusedInputError as error:
        raise ValueError(error.reason) from error


Colour = Annotated[str, AfterValidator(_check_hex)]
"""An sRGB colour, #rrggbb."""
Slug = Annotated[str, AfterValidator(_check_slug)]
Text = Annotated[str, Field(max_length=8000)]
ShortText = Annotated[str, Field(max_length=200)]


class SheetModel(BaseModel):
    """Base of every part of a sheet: unknown fields are refused, values never change once made."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, str_strip_whitespace=True)


class Hair(SheetModel):
    style: HairStyle = HairStyle.SHORT
    colour: Colour = "#3b2a20"
    facial_hair: FacialHair = FacialHair.NONE


class Mark(SheetModel):
    """A distinguishing mark. ``size`` 0.2–3 enlarges the usual size of its kind."""

    kind: MarkKind
    place: MarkPlace = MarkPlace.CHEEK
    side: Side = Side.MIDDLE
    size: float = Field(1.0, ge=0.2, le=3.0)


class Physical(SheetModel):
    """The body. All but the description changes the picture.

    ``face`` is a number that names a face: the same number is the same face, 0 an average one.
    """

    age_years: int = Field(30, ge=4, le=100)
    gender_presentation: GenderPresentation = GenderPresentation.ANDROGYNOUS
    height_m: float = Field(1.75, ge=0.9, le=2.3)
    build: Build = Build.AVERAGE
    face: int = Field(0, ge=0, le=99999)
    hair: Hair = Hair()
    eyes: Colour = "#5b4632"
    skin: Colour = "#d9a98a"
    marks: tuple[Mark, ...] = Field((), max_length=8)
    description: Text = ""


class Garment(SheetModel):
    """One piece of clothing. ``second_colour`` draws the pattern; ``length`` 0.3–1.5 shortens or lengthens the cut.

    ``side`` is for gloves only: one glove, on the subject's own left or right hand; middle is both.
    ``hat`` is for hats only.
    """

    kind: GarmentKind
    colour: Colour
    second_colour: Colour | None = None
    pattern: Pattern = Pattern.PLAIN
    length: float = Field(1.0, ge=0.3, le=1.5)
    side: Side = Side.MIDDLE
    hat: HatShape = HatShape.CAP
    description: ShortText = ""

    @model_validator(mode="after")
    def _pattern_needs_a_second_colour(self) -> Garment:
        if self.pattern is not Pattern.PLAIN and self.second_colour is None:
            raise ValueError(f"a garment with {self.pattern} needs a second_colour")
        return self


class Outfit(SheetModel):
    """A named set of garments, listed from the skin outwards."""

    slug: Slug = DEFAULT_OUTFIT
    name: ShortText = ""
    description: Text = ""
    is_default: bool = False
    garments: tuple[Garment, ...] = Field(min_length=1, max_length=12)


class Persona(SheetModel):
    """Who the character is. Never enters a picture's fingerprint."""

    biography: Text = ""
    personality: Text = ""
    motivations: Text = ""
    relationships: Text = ""
    backstory: Text = ""


class Voice(SheetModel):
    description: Text = ""


class GateLevels(SheetModel):
    """What this character's pictures must reach, where it differs from the gate's profile (R-QA-5)."""

    quality: float | None = Field(None, ge=50, le=100)
    consistency: float | None = Field(None, ge=60, le=100)


class CharacterSheet(SheetModel):
    """What a studio writes about one character (R-CHAR-1)."""

    slug: Slug
    name: ShortText = Field(min_length=1)
    status: CharacterStatus = CharacterStatus.ACTIVE
    owner: Slug = "local"
    persona: Persona = Persona()
    physical: Physical = Physical()
    voice: Voice = Voice()
    wardrobe: tuple[Outfit, ...] = Field(min_length=1, max_length=20)
    visual_dna: tuple[ShortText, ...] = Field((), max_length=40)
    gate: GateLevels = GateLevels()

    @model_validator(mode="after")
    def _outfits_are_told_apart(self) -> CharacterSheet:
        slugs = [outfit.slug for outfit in self.wardrobe]
        doubled = sorted({slug for slug in slugs if slugs.count(slug) > 1})
        if doubled:
            raise ValueError(f"wardrobe: two outfits are called {', '.join(doubled)}")
        if sum(outfit.is_default for outfit in self.wardrobe) > 1:
            raise ValueError("wardrobe: more than one outfit is marked is_default")
        return self

    @property
    def default_outfit(self) -> Outfit:
        """The outfit marked default, else the first."""
        return next((outfit for outfit in self.wardrobe if outfit.is_default), self.wardrobe[0])

    def outfit(self, slug: str | None) -> Outfit:
        """The outfit of that name, the default one for None. Raises RefusedInputError."""
        if slug is None:
            return self.default_outfit
        for outfit in self.wardrobe:
            if outfit.slug == slug:
                return outfit
        known = ", ".join(outfit.slug for outfit in self.wardrobe)
        raise RefusedInputError(f"{self.slug} has no outfit {slug!r}; there are: {known}", field="outfit")


def read_sheet(data: Any, *, source: str | None = None) -> CharacterSheet:
    """A sheet from parsed YAML or JSON. Raises InvalidSheetError naming every faulty field with its reason."""
    if not isinstance(data, dict):
        raise InvalidSheetError((("sheet", "is not a mapping of fields"),), source=source)
    try:
        return CharacterSheet.model_validate(data)
    except ValidationError as error:
        raise InvalidSheetError(sheet_faults(error, CharacterSheet), source=source) from error
