"""Sheets from files: every way in which a file can be wrong is told with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refpipe.backends.sheets.sheet_file import MAX_SHEET_BYTES, parse_sheet, read_sheet_file, sample_names, sample_sheet
from refpipe.domain.characters import read_sheet
from refpipe.domain.errors import InvalidSheetError, RefusedInputError

GOOD = b"""slug: ada
name: Ada
wardrobe:
  - garments:
      - {kind: shirt, colour: '#ffffff'}
"""


def refusal(data: bytes) -> RefusedInputError:
    with pytest.raises(RefusedInputError) as caught:
        parse_sheet(data, source="ada.yaml")
    return caught.value


def faults(data: bytes) -> dict[str, str]:
    error = refusal(data)
    assert isinstance(error, InvalidSheetError)
    return dict(error.faults)


def test_a_good_sheet_is_read_with_or_without_a_byte_order_mark() -> None:
    assert parse_sheet(GOOD, source="x").name == "Ada"
    assert parse_sheet(b"\xef\xbb\xbf" + GOOD, source="x").slug == "ada"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "ada.yaml: is empty"),
        (b"# only a remark\n", "ada.yaml: is empty"),
        (b"a: [1\n", "ada.yaml: line 2: is no YAML"),
        (b"a: 1\n\tb: 2\n", "ada.yaml: line 2: is no YAML"),
        (b"---\na: 1\n---\nb: 2\n", "but found another document"),
        (b"name: \xff\xfe\n", "ada.yaml: line 1: is not UTF-8 text"),
        (GOOD + "# ä".encode("latin-1"), "ada.yaml: line 6: is not UTF-8 text"),
        (b"\x7fELF\x00\x00", "ada.yaml: is a binary file"),
        (b"a" * (MAX_SHEET_BYTES + 1), "ada.yaml: is larger than 512 KiB"),
        (b"a: &x [1]\nb: *x\n", "ada.yaml: line 1: anchors and aliases are not used"),
        (b"[" * 5000, "ada.yaml: line 1: is nested too deeply"),
        (b"a: !!python/object:os.system x\n", "ada.yaml: line 1: is no YAML"),
        (b"a: 2026-99-99\n", "ada.yaml: is no YAML"),
        (GOOD + b'voice: {description: "a\\0b"}\n', "ada.yaml: line 6: holds a control character"),
        (b"? [a]\n: 1\n", "ada.yaml: line 1: a field's name must be a plain word"),
        (b"- 1\n", "ada.yaml: sheet: is not a mapping"),
        (b"just words\n", "ada.yaml: sheet: is not a mapping"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_with_its_place(data: bytes, message: str) -> None:
    assert message in str(refusal(data))


def test_a_doubled_field_is_told_with_both_lines() -> None:
    assert faults(GOOD + b"name: Eve\n") == {"line 6: name": "is written twice, first in line 2"}


def test_every_fault_of_a_sheet_is_told_with_line_and_field() -> None:
    data = GOOD + b"nope: 1\nphysical:\n  age_years: 3\n  eyes: blue\n  marks: [{kind: tattoo}]\n  height_m: .nan\n"
    found = faults(data)
    assert found["line 6: nope"] == "is no field of a character sheet"
    assert found["line 8: physical.age_years"] == "must be 4 or more, not 3"
    assert found["line 9: physical.eyes"] == "use a colour of the form #rrggbb"
    assert "freckles" in found["line 10: physical.marks.0.kind"]
    assert "line 11: physical.height_m" in found


def test_a_misspelt_field_is_told_with_what_it_may_have_meant() -> None:
    data = GOOD + b"wardrob: []\nphysical: {hiar: {}, hair: {stlye: bob}}\n"
    found = faults(data)
    assert found["line 6: wardrob"].endswith("; did you mean wardrobe?")
    assert found["line 7: physical.hiar"].endswith("; did you mean hair?")
    assert found["line 7: physical.hair.stlye"].endswith("; did you mean style?")
    outfits = GOOD.replace(b"colour", b"color")
    assert any(reason.endswith("; did you mean colour?") for reason in faults(outfits).values()), "in a list's entry"


def test_an_unquoted_colour_is_explained() -> None:
    data = GOOD + b"physical:\n  skin: #aabbcc\n  hair:\n    colour: #aabbcc\n"
    assert "quotes" in faults(data)["line 7: physical.skin"]
    assert "quotes" in faults(data)["line 9: physical.hair.colour"]


@pytest.mark.parametrize("garment", [b"{kind: shirt, colour: #aa8}", b"{colour: #aabbcc, kind: shirt}"])
def test_an_unquoted_colour_in_braces_is_explained_where_it_stands(garment: bytes) -> None:
    error = refusal(GOOD.replace(b"{kind: shirt, colour: '#ffffff'}", garment) + b"voice: {description: Clear}\n")
    assert error.field == "line 5"
    assert "quotes" in error.reason


def test_an_unquoted_second_colour_is_explained() -> None:
    garment = b"kind: shirt\n        colour: '#ffffff'\n        pattern: dots\n        second_colour: #aab"
    found = faults(GOOD.replace(b"{kind: shirt, colour: '#ffffff'}", garment))
    assert [place.split(": ")[1] for place in found] == ["wardrobe.0.garments.0"]
    assert "quotes" in next(iter(found.values()))


def test_yaml_that_is_broken_elsewhere_is_told_as_it_is() -> None:
    assert "is no YAML" in refusal(GOOD + b"a: [1\n").reason


def test_a_wrong_garment_is_one_fault_and_names_the_nearest() -> None:
    found = faults(GOOD.replace(b"kind: shirt", b"kind: shrt"))
    assert list(found) == ["line 5: wardrobe.0.garments.0.kind"]
    assert "did you mean shirt? There are: t_shirt, shirt" in found["line 5: wardrobe.0.garments.0.kind"]


def test_an_empty_wardrobe_is_told() -> None:
    assert faults(b"slug: a\nname: A\nwardrobe: []\n") == {"line 3: wardrobe": "needs at least 1 entry"}


WORDS_OF_THE_VALIDATOR = (
    "Input should",
    "Tuple",
    "dictionary",
    "instance of",
    "unable to parse",
    "Field required",
    "str",
)
VALUES: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("ab#1 ", max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["kind", "colour", "slug"]), inner),
    max_leaves=4,
)
PLACES = ("slug", "name", "wardrobe", "persona", "physical", "voice", "visual_dna", "status", "owner", "hobby")


@given(
    st.dictionaries(st.sampled_from(PLACES), VALUES),
    st.sampled_from(["age_years", "height_m", "hair", "marks"]),
    VALUES,
)
def test_whatever_a_sheet_says_its_faults_are_in_plain_words(
    data: dict[str, object], of_the_body: str, value: object
) -> None:
    for each in (data, {**data, "physical": {of_the_body: value}}):
        try:
            read_sheet(each)
        except InvalidSheetError as error:
            assert error.faults  # noqa: PT017 - a sheet may also be good
            for _, reason in error.faults:
                assert not any(word in reason for word in WORDS_OF_THE_VALIDATOR), reason


def test_wrong_types_and_slugs_are_told() -> None:
    assert "slug" in next(iter(faults(GOOD.replace(b"slug: ada", b"slug: no"))))
    assert "is no slug" in faults(GOOD.replace(b"slug: ada", b"slug: Ada!"))["line 1: slug"]
    assert "line 3: wardrobe" in faults(b"slug: a\nname: A\nwardrobe: 3\n")


def test_paths_that_are_no_files_are_refused(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "none.yaml", "does not exist"), (tmp_path, "is a directory")):
        with pytest.raises(RefusedInputError, match=reason):
            read_sheet_file(path)


def test_the_samples_are_good_and_differ_in_every_way_that_is_seen() -> None:
    sheets = [sample_sheet(name) for name in sample_names()]
    assert len(sheets) >= 4
    for name, sheet in zip(sample_names(), sheets, strict=True):
        assert sheet.slug == name
        assert sheet.persona.personality
        assert sheet.voice.description
        assert sheet.visual_dna
    bodies = [sheet.physical for sheet in sheets]
    for seen in ("age_years", "build", "skin", "face", "height_m"):
        assert len({getattr(body, seen) for body in bodies}) == len(bodies), seen
    assert len({body.hair.style for body in bodies}) == len(bodies)
    assert any(len(sheet.wardrobe) > 1 for sheet in sheets)
    assert any(mark.side.value != "middle" for body in bodies for mark in body.marks)


def test_a_sample_that_does_not_exist_names_those_that_do() -> None:
    with pytest.raises(RefusedInputError, match="jax"):
        sample_sheet("nobody")
