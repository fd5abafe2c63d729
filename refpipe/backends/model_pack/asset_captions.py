"""Captions by rule for training pictures of assets.

Belongs here: the wording, in the words that a person would search with.
Does not: choosing what is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping

from refpipe.backends.model_pack.asset_dice import Dice

COUNTS = {2: "two", 3: "three"}
PLURALS = {"box": "boxes", "watch": "watches", "torch": "torches", "can": "cans", "dress": "dresses"}
ALREADY_PLURAL = {"headphones", "glasses", "trousers", "pants", "spectacles", "eyeglasses", "over-ear headphones"}


def article(words: str) -> str:
    """The words with a or an before them."""
    return f"{'an' if words[0].lower() in 'aeiou' else 'a'} {words}"


def plural(word: str) -> str:
    """More than one of a thing."""
    if word in ALREADY_PLURAL:
        return word
    head, _space, last = word.rpartition(" ")
    ending = "es" if last.endswith(("s", "x", "ch")) else "s"
    many = PLURALS.get(last, last + ending)
    return f"{head} {many}" if head else many


def where(background: str) -> str:
    """A background as the end of a sentence."""
    if background.startswith(("in ", "on ", "before ", "under ")):
        return background
    if background.endswith("table"):
        return f"on {article(background)}"
    return f"on {background}" if background == "transparent background" else f"on {article(background)}"


def thing_caption(dice: Dice, asset_type: str, word: str, count: int, attributes: Mapping[str, str]) -> str:
    """A caption of a product or a prop; always names the thing and its colour."""
    colour, second, material = attributes["colour"], attributes["second_colour"], attributes["material"]
    background = attributes["background"]
    place = where(background)
    short = place.removeprefix("on a ").removeprefix("on an ").removeprefix("on ") if "background" in place else place
    if count > 1:
        many = plural(word)
        shot = "studio shot" if background.endswith("background") else "photo"
        return dice.pick(
            (
                f"{COUNTS[count]} {colour} {many} {place}",
                f"{shot} of {COUNTS[count]} {colour} {many}",
                f"{COUNTS[count]} {colour} {many} with {second} parts, {asset_type}, {short}",
                f"{colour} {many}, {COUNTS[count]} pieces, {asset_type} picture",
            )
        )
    is_plural = word in ALREADY_PLURAL
    one = f"{colour} {word}" if is_plural else article(f"{colour} {word}")
    made = f"{colour} {material} {word}" if is_plural else article(f"{colour} {material} {word}")
    two = f"{colour} and {second} {word}"
    options = (
        f"{one} {place}",
        f"{one}, {asset_type} photo, {short}",
        f"{made} {place}",
        f"{colour} {word}",
        f"{asset_type} shot of {one} with {second} details",
        f"{two}, {short}",
        f"{two if is_plural else article(two)} {place}",
        f"{made}, {asset_type}",
        f"{asset_type}: {colour} {word}, {second} accent",
        f"photo of {one}",
    )
    cut_out = (
        f"{colour} {word}, cut-out, transparent background",
        f"cut-out of {one} with {second} parts",
        f"{colour} {word} png, isolated {asset_type}",
    )
    return dice.pick(options + cut_out * 3 if background == "transparent background" else options)


def logo_caption(dice: Dice, attributes: Mapping[str, str]) -> str:
    """A caption of a logo; names the colour, the layout, and word or icon where there is one."""
    colour, layout, background = attributes["colour"], attributes["style"], attributes["background"]
    icon, word, letters = attributes.get("icon"), attributes.get("word"), attributes.get("lettering", "plain")
    place = f"on {background}"
    if background.endswith("background") and background != "transparent background":
        place = f"on {article(background)}"
    second = f" and {attributes['second_colour']}" if "second_colour" in attributes else ""
    options = [
        f"{colour} {layout} logo {place}",
        f"{colour}{second} {layout} logo",
        f"logo, {colour} {layout}, {background}",
    ]
    if "material" in attributes:
        options += [
            f"photo of a {colour} {layout} logo on a surface of {attributes['material']}",
            f"{colour} {layout} logo printed {place}",
        ]
    if icon:
        options += [f"minimal {colour} logo of {article(icon)} {place}", f"{colour} {layout} logo with {article(icon)}"]
        if layout != "badge":
            options += [f"{colour} {icon} logo, {layout}", f"{layout} logo with {article(f'{colour} {icon}')}"]
    if word:
        called = "letter" if len(word) == 1 else "letters" if layout == "monogram" else "word"
        options += [
            f"{colour} {layout} logo with the {called} {word.lower()}",
            f"{letters} {colour} lettering, {layout} logo {place}",
        ]
    return dice.pick(options)


def place_caption(dice: Dice, word: str, attributes: Mapping[str, str], *, is_outside: bool, shows_hour: bool) -> str:
    """A caption of a place; names the place, and the hour and weather where they show."""
    time, weather = attributes["time"], attributes["weather"]
    hour = {"day": "by day", "night": "at night", "sunset": "at sunset", "dawn": "at dawn"}[time]
    if not shows_hour:
        return dice.pick(
            (word, f"{word}, environment", f"inside of {article(word)}", f"background picture of {article(word)}")
        )
    if not is_outside:
        options = [
            f"{word}, environment",
            f"{word} interior {hour}",
            f"background picture of {article(word)}",
            f"{word} {hour}",
            word,
        ]
        return dice.pick(
            options
            if word not in {"underwater", "under the sea"}
            else [f"{word} scene", f"{word}, environment", f"{word} {hour}"]
        )
    sky = {"clear": "clear sky", "cloudy": "cloudy sky", "rain": "rain", "fog": "fog", "snow": "falling snow"}[weather]
    return dice.pick(
        (
            f"{word} {hour}, environment",
            f"{word} {hour}, {sky}",
            f"{word} with {sky}",
            f"environment: {word}, {sky}, {time}",
            f"a view of {word} {hour} with {sky}",
            f"background plate, {word} {hour}",
            f"{word} {hour}",
        )
    )


def texture_caption(dice: Dice, word: str, attributes: Mapping[str, str]) -> str:
    """A caption of a texture; names the stuff and its colour."""
    colour = attributes["colour"]
    return dice.pick(
        (
            f"seamless {colour} {word} texture",
            f"{colour} {word} texture",
            f"{word} texture, {colour}",
            f"close-up of {colour} {word}",
            f"{colour} {word} surface, texture",
            f"full frame {colour} {word} pattern",
        )
    )
