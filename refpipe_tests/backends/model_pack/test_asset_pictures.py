"""Training pictures of assets: repeatable, of every kind, truly cut out, and rightly named."""

import numpy as np
import pytest

from refpipe.backends.model_pack.asset_captions import ALREADY_PLURAL, plural
from refpipe.backends.model_pack.asset_dice import COLOURS, Dice, contrast
from refpipe.backends.model_pack.asset_icons import HELD_OUT_ICONS, ICONS
from refpipe.backends.model_pack.asset_kinds import Look
from refpipe.backends.model_pack.asset_lettering import HELD_OUT_WORDS
from refpipe.backends.model_pack.asset_pen import Pen
from refpipe.backends.model_pack.asset_pictures import PARTS, PRODUCTS, AssetPicture, asset_picture
from refpipe.backends.model_pack.asset_places import PLACES
from refpipe.backends.model_pack.asset_props_small import PROPS
from refpipe.backends.model_pack.asset_textures import TEXTURES

SAMPLE = 700


@pytest.fixture(scope="module")
def pictures() -> list[AssetPicture]:
    return [asset_picture(number, "train") for number in range(SAMPLE)]


@pytest.fixture(scope="module")
def held_out() -> list[AssetPicture]:
    return [asset_picture(number, "held_out") for number in range(200)]


def words_for(name: str) -> tuple[str, ...]:
    kind = (PRODUCTS | PROPS)[name]
    return (name, *kind.other_words)


def test_the_same_number_gives_the_same_picture():
    for number in range(20):
        first, again = asset_picture(number, "dev"), asset_picture(number, "dev")
        assert first.image.tobytes() == again.image.tobytes()
        assert (first.caption, first.attributes) == (again.caption, again.attributes)


def test_parts_show_different_pictures():
    for number in range(20):
        shown = [asset_picture(number, part) for part in PARTS]
        assert len({picture.image.tobytes() for picture in shown}) == 3


def test_an_unknown_part_is_refused():
    with pytest.raises(ValueError, match="held-out"):
        asset_picture(0, "held-out")


def test_every_kind_occurs(pictures: list[AssetPicture]):
    drawn = {(picture.asset_type, picture.attributes["object"]) for picture in pictures}
    expected = {("product", name) for name in PRODUCTS} | {("prop", name) for name in PROPS}
    expected |= {("environment", name) for name in PLACES} | {("texture", name) for name in TEXTURES}
    expected |= {("logo", name) for name in ("wordmark", "monogram", "emblem", "badge", "icon and word")}
    assert drawn == expected


def test_the_families_are_as_wide_as_promised():
    assert len(PRODUCTS) >= 18
    assert len(PLACES) >= 16
    assert len(TEXTURES) >= 16
    assert len(PROPS) >= 16
    assert set(HELD_OUT_ICONS) == set(list(ICONS)[-len(HELD_OUT_ICONS) :])


def test_pictures_are_224_px_and_not_blank(pictures: list[AssetPicture]):
    for picture in pictures:
        assert picture.image.size == (224, 224)
        assert np.asarray(picture.image.convert("RGBA"), float).std(axis=(0, 1)).max() > 4, picture.caption


def test_cut_outs_are_transparent_and_nothing_else_is(pictures: list[AssetPicture]):
    seen = 0
    for picture in pictures:
        is_cut_out = picture.attributes.get("background") == "transparent background"
        assert (picture.image.mode == "RGBA") == is_cut_out, picture.caption
        if is_cut_out:
            alpha = np.asarray(picture.image)[..., 3]
            seen += 1
            assert alpha.max() > 200
            assert (alpha == 0).mean() > 0.1
    assert seen > 50


def test_captions_of_things_name_the_thing_and_its_colour(pictures: list[AssetPicture]):
    for picture in pictures:
        if picture.asset_type in {"product", "prop"}:
            words = words_for(picture.attributes["object"])
            assert any(word in picture.caption or plural(word) in picture.caption for word in words), picture.caption
            assert picture.attributes["colour"] in picture.caption


def test_captions_of_textures_logos_and_places_name_what_is_seen(pictures: list[AssetPicture]):
    for picture in pictures:
        name = picture.attributes["object"]
        if picture.asset_type == "texture":
            assert any(word in picture.caption for word in (name, *TEXTURES[name][2])), picture.caption
            assert picture.attributes["colour"] in picture.caption
        elif picture.asset_type == "logo":
            assert "logo" in picture.caption
            assert name in picture.caption or picture.attributes["icon"] in picture.caption, picture.caption
        elif picture.asset_type == "environment":
            assert any(word in picture.caption for word in (name, *PLACES[name].other_words)), picture.caption


def test_colours_come_from_the_fixed_vocabulary(pictures: list[AssetPicture]):
    for picture in pictures:
        for field in ("colour", "second_colour"):
            assert picture.attributes.get(field, "red") in COLOURS


def test_every_product_and_prop_shows_its_colour():
    for name, kind in (PRODUCTS | PROPS).items():
        for number in range(4):
            dice, pen = Dice(number, "train"), Pen(128)
            kind.draw(pen, dice, Look(COLOURS["magenta"], COLOURS["green"], kind.materials[0]))
            red, green, blue, alpha = np.moveaxis(pen.plane, 2, 0)
            # Lit and shaded magenta: red leads, and green is far behind both.
            shown = (alpha > 0.5) & (red > 0.3) & (green < 0.6 * red) & (blue > 0.3 * red)
            assert shown.sum() > 0.02 * (alpha > 0.5).sum(), name


def test_held_out_pictures_show_pairings_and_words_that_training_never_shows(
    pictures: list[AssetPicture], held_out: list[AssetPicture]
):
    def pairings(shown: list[AssetPicture]) -> set[tuple[str, str, str]]:
        things = (picture.attributes for picture in shown if picture.asset_type in {"product", "prop"})
        return {(facts["object"], facts["colour"], facts["second_colour"]) for facts in things}

    def words(shown: list[AssetPicture]) -> set[str]:
        return {picture.attributes.get("word", "") for picture in shown if len(picture.attributes.get("word", "")) > 2}

    assert pairings(held_out)
    assert not pairings(pictures) & pairings(held_out)
    assert words(held_out) <= set(HELD_OUT_WORDS)
    assert not words(pictures) & words(held_out)


def test_held_out_builds_and_proportions_lie_outside_training():
    train, held_out = Dice(3, "train"), Dice(3, "held_out")
    assert "last" not in {train.build(("first", "second", "last")) for _draw in range(200)}
    assert "last" in {held_out.build(("first", "second", "last")) for _draw in range(50)}
    assert max(train.girth(0, 1) for _draw in range(200)) <= 0.75 <= min(held_out.girth(0, 1) for _draw in range(200))


def test_logo_marks_stand_out_from_coloured_grounds(pictures: list[AssetPicture]):
    for picture in pictures:
        ground = picture.attributes.get("background", "").removesuffix(" background")
        if picture.asset_type == "logo" and ground in COLOURS:
            assert contrast(COLOURS[ground], COLOURS[picture.attributes["colour"]]) > 0.3, picture.caption


def test_plurals():
    assert [plural(word) for word in ("box", "wine bottle", "watch", "dress")] == [
        "boxes",
        "wine bottles",
        "watches",
        "dresses",
    ]
    assert all(plural(word) == word for word in ALREADY_PLURAL)
