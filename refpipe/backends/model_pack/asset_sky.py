"""The light of a place: time of day, weather, sky and distance.

Belongs here: `Place`, what every drawn place shares: ground colours under a light, skies, haze, rain and snow.
Does not: what stands in the place.
"""

from __future__ import annotations

import numpy as np

from refpipe.backends.model_pack.asset_dice import Colour, Dice, Plane, mix
from refpipe.backends.model_pack.asset_pen import Pen
from refpipe.backends.model_pack.asset_textures import noise

SKIES: dict[str, tuple[Colour, Colour, Colour]] = {  # top, horizon, light on things
    "day": ((0.25, 0.5, 0.88), (0.78, 0.9, 0.98), (1.0, 1.0, 1.0)),
    "sunset": ((0.34, 0.25, 0.52), (1.0, 0.6, 0.26), (0.92, 0.64, 0.52)),
    "dawn": ((0.5, 0.6, 0.85), (1.0, 0.82, 0.78), (0.95, 0.86, 0.88)),
    "night": ((0.02, 0.03, 0.1), (0.1, 0.13, 0.28), (0.34, 0.38, 0.58)),
}
WEATHERS = ("clear", "cloudy", "rain", "fog", "snow")


class Place:
    """A frame for a place: a pen, a time of day and a weather; colours are given as by full day."""

    def __init__(self, dice: Dice, size_px: int, time: str, weather: str) -> None:
        self.dice, self.pen, self.time, self.weather = dice, Pen(size_px), time, weather
        self.is_night = time == "night"
        top, low, light = SKIES[time]
        if weather in {"rain", "fog", "snow"}:
            grey: Colour = (0.2, 0.21, 0.26) if self.is_night else (0.72, 0.74, 0.78)
            top, low, light = mix(top, grey, 0.75), mix(low, grey, 0.7), mix(light, grey, 0.3)
        self.sky_top, self.sky_low, self.light = top, low, light

    def lit(self, colour: Colour, far: float = 0.0) -> Colour:
        """A thing's colour in this light, `far` 0 to 1 into the haze."""
        red, green, blue = (part * by for part, by in zip(colour, self.light, strict=True))
        share = far * (1.3 if self.weather == "fog" else 0.8)
        return mix((red, green, blue), self.sky_low, min(0.95, share))

    def wash(self, top: Colour, low: Colour, y0: float = 0.0, y1: float = 1.0) -> None:
        """Fill rows from one colour to another."""
        size = self.pen.size_px
        first, last = round(y0 * size), round(y1 * size)
        share = np.linspace(0, 1, max(1, last - first), dtype=np.float32)[:, None, None]
        rows = np.asarray(top, np.float32) * (1 - share) + np.asarray(low, np.float32) * share
        self.pen.plane[first:last, :, :3] = rows
        self.pen.plane[first:last, :, 3] = 1

    def sky(self, horizon: float) -> None:
        """Sky with sun or moon, stars and clouds, down to the horizon."""
        self.wash(self.sky_top, self.sky_low, 0, horizon + 0.01)
        dice, pen = self.dice, self.pen
        x, y = dice.between(0.15, 0.85), horizon * dice.between(0.25, 0.6)
        if self.is_night and self.weather == "clear":
            for spot in dice.spots(60):
                pen.oval(float(spot[0]), float(spot[1]) * horizon, 0.004, 0.004, (1, 1, 0.95))
            pen.oval(x, y, 0.05, 0.05, (0.96, 0.95, 0.85))
            pen.oval(x + 0.018, y - 0.008, 0.045, 0.045, self.sky_top)
        elif self.weather == "clear":
            low = horizon * 0.9 if self.time in {"sunset", "dawn"} else y
            for r, opacity in ((0.16, 0.15), (0.11, 0.25), (0.06, 1.0)):
                pen.oval(x, low, r, r, (1.0, 0.9, 0.62) if self.time != "day" else (1, 1, 0.85), opacity=opacity)
        if self.weather == "cloudy" or (self.weather == "clear" and dice.chance(0.3)):
            self.clouds(horizon)

    def clouds(self, horizon: float) -> None:
        """Heaps of cloud."""
        dice = self.dice
        for _cloud in range(dice.whole(3, 6)):
            x, y, wide = dice.between(0, 1), dice.between(0.06, 0.7) * horizon, dice.between(0.08, 0.16)
            for puff in range(5):
                r = wide * dice.between(0.3, 0.55)
                self.pen.oval(
                    x + (puff - 2) * wide * 0.42, y, r, r * 0.55, self.lit((0.97, 0.97, 0.99), 0.15), "fall", 0.85
                )

    def ridge(
        self, base: float, height: float, colour: Colour, far: float, bumps: int = 8, is_sharp: bool = False
    ) -> None:
        """A line of hills or peaks standing on `base`."""
        heights = self.dice.grain(bumps + 1, 1)[:, 0]
        if is_sharp:
            heights[::2] *= 0.35
        xs = np.linspace(0, 1, 120)
        ys = np.interp(xs, np.linspace(0, 1, bumps + 1), heights)
        if not is_sharp:
            ys = np.convolve(np.pad(ys, 10, mode="edge"), np.ones(21) / 21, mode="valid")
        top = np.stack((xs, base - height * ys), axis=1)
        self.pen.shape(np.vstack((top, [(1, 1), (0, 1)])), self.lit(colour, far), "fall")

    def mottle(self, y0: float, strength: float = 0.25, rows: int = 40) -> None:
        """Roughen everything below a row."""
        size = self.pen.size_px
        first = round(y0 * size)
        grain = noise(self.dice, size, rows, max(3, rows // 3), 2)[first:]
        self.pen.plane[first:, :, :3] *= (1 - strength / 2 + strength * (grain - 0.3))[..., None]

    def finished(self) -> Plane:
        """(size, size, 3) the place with its weather."""
        plane = self.pen.plane[..., :3]
        size, dice = self.pen.size_px, self.dice
        if self.weather == "fog":
            veil = 0.3 + 0.35 * noise(dice, size, 4)
            plane = plane * (1 - veil[..., None]) + np.asarray(self.sky_low, np.float32) * veil[..., None]
        elif self.weather in {"rain", "snow"}:
            pen = Pen(size)
            pen.plane[..., :3], pen.plane[..., 3] = plane, 1
            for spot in dice.spots(130 if self.weather == "snow" else 90):
                x, y = float(spot[0]), float(spot[1])
                if self.weather == "snow":
                    pen.oval(x, y, 0.008, 0.008, (1, 1, 1), opacity=0.9)
                else:
                    pen.stroke([(x, y), (x - 0.015, y + 0.06)], 0.005, (0.85, 0.88, 0.95), opacity=0.55)
            plane = pen.plane[..., :3]
        return np.clip(plane, 0, 1).astype(np.float32)
