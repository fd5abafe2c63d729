"""The grammar of names."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refpipe.domain.errors import RefusedInputError
from refpipe.domain.keys import (
    CharacterKey,
    check_sha256,
    check_shot_slug,
    check_slug,
    contact_sheet_name,
    gallery_name,
    master_reference_name,
)

slugs = st.from_regex(re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?"), fullmatch=True)


@given(slugs)
def test_a_slug_by_the_grammar_is_taken(slug):
    assert check_slug(slug) == slug


@given(slugs, slugs, slugs)
def test_a_character_key_is_read_back_as_written(owner, character, outfit):
    key = CharacterKey(owner, character, outfit)
    assert CharacterKey.parse(str(key)) == key


@pytest.mark.parametrize("bad", ["", "-a", "a-", "A", "a b", "a_b", "a~b", "a.b", "a/b", "a|b", "ä", "a" * 41, "a\n"])
def test_other_names_are_refused_with_the_field(bad):
    with pytest.raises(RefusedInputError) as caught:
        check_slug(bad, field="character")
    assert caught.value.field == "character"


@pytest.mark.parametrize("bad", ["", "_a", "a_", "a-b", "A", "a b", "a/../b", "a" * 65, "a,b", "a\n"])
def test_shot_slugs_take_inner_underscores_only(bad):
    assert check_shot_slug("50mm_front_cu") == "50mm_front_cu"
    with pytest.raises(RefusedInputError):
        check_shot_slug(bad)


@pytest.mark.parametrize(
    "bad", ["local", "local.jax", "jax~default", "local.jax~", ".jax~default", "local.j.x~default"]
)
def test_a_key_that_lacks_a_part_is_refused(bad):
    with pytest.raises(RefusedInputError):
        CharacterKey.parse(bad)


@pytest.mark.parametrize("bad", ["", "0" * 63, "0" * 65, "G" * 64, "A" * 64])
def test_a_digest_is_64_lower_case_hex_digits(bad):
    assert check_sha256("0a" * 32) == "0a" * 32
    with pytest.raises(RefusedInputError):
        check_sha256(bad)


def test_storage_names_keep_owners_characters_and_outfits_apart():
    key = CharacterKey("local", "jax", "raincoat")
    assert (
        gallery_name(key, "50mm_front_cu", "picture.png") == "characters/local/jax/raincoat/50mm_front_cu/picture.png"
    )
    assert contact_sheet_name(key) == "characters/local/jax/raincoat/contact_sheet.png"
    assert master_reference_name("local", "jax") == "characters/local/jax/master_reference"
    with pytest.raises(RefusedInputError):
        gallery_name(key, "../secret", "picture.png")
