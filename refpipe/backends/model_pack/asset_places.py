"""The list of places, and the hours and weathers that they are shown in.

Belongs here: `PLACES` and what is known of each.
Does not: the drawings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from refpipe.backends.model_pack import asset_interiors as rooms
from refpipe.backends.model_pack import asset_nature as nature
from refpipe.backends.model_pack import asset_streets as streets
from refpipe.backends.model_pack.asset_dice import Dice
from refpipe.backends.model_pack.asset_sky import Place


@dataclass(frozen=True)
class Environment:
    """One kind of place: its drawing, whether it has a sky, and other words for it."""

    draw: Callable[[Place], None]
    is_outside: bool
    other_words: tuple[str, ...] = ()
    shows_hour: bool = True


def held_sky(dice: Dice) -> tuple[str, str]:
    """Time of day and weather; snow by sunset and fog at dawn are kept back for held-out pictures."""
    if dice.is_held_out and dice.chance(0.4):
        return dice.pick((("sunset", "snow"), ("dawn", "fog")))
    time = dice.pick(("day", "day", "sunset", "night", "dawn"))
    weather = dice.pick(("clear", "clear", "clear", "cloudy", "rain", "fog", "snow"))
    return time, "clear" if (time, weather) in {("sunset", "snow"), ("dawn", "fog")} else weather


PLACES: dict[str, Environment] = {
    "beach": Environment(nature.beach, True, ("sandy beach", "seaside")),
    "forest": Environment(nature.forest, True, ("woods", "trees in a forest")),
    "mountains": Environment(nature.mountains, True, ("mountain landscape", "snowy peaks")),
    "desert": Environment(nature.desert, True, ("sand dunes",)),
    "snow field": Environment(nature.snow_field, True, ("snowy landscape", "winter landscape")),
    "lake": Environment(nature.lake, True, ("lake with hills",)),
    "meadow": Environment(nature.meadow, True, ("flower meadow", "green hills")),
    "underwater": Environment(nature.underwater, False, ("under the sea", "fish under water")),
    "canyon": Environment(nature.canyon, True, ("red rock canyon",)),
    "waterfall": Environment(nature.waterfall, True, ("cliff with a waterfall",)),
    "city street": Environment(streets.city_street, True, ("street", "street between houses")),
    "skyline": Environment(streets.skyline, True, ("city skyline", "city towers")),
    "park": Environment(streets.park, True, ("park with a bench",)),
    "country road": Environment(streets.country_road, True, ("road", "highway")),
    "stadium": Environment(streets.stadium, True, ("sports stadium", "football pitch")),
    "village": Environment(streets.village, True, ("village houses",)),
    "office": Environment(rooms.office, False, ("office room", "workplace")),
    "kitchen": Environment(rooms.kitchen, False, ("kitchen room",)),
    "living room": Environment(rooms.living_room, False, ("lounge",)),
    "bedroom": Environment(rooms.bedroom, False, ("bed room",)),
    "photo studio": Environment(rooms.studio, False, ("studio", "empty studio"), shows_hour=False),
    "warehouse": Environment(rooms.warehouse, False, ("storage hall",), shows_hour=False),
    "cafe": Environment(rooms.cafe, False, ("coffee shop", "restaurant")),
}
