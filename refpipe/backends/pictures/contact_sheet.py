"""Paint a contact sheet: dark ground, amber frame numbers, one band per pack, as a studio lays one out.

Belongs here: layout, type and colours of the sheet. Does not: what is written on it (services).

The one font is Aileron, which Pillow carries inside itself: no system font is needed and the sheet
looks the same everywhere. It has one weight, so size, colour and spacing make the order of reading.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from refpipe.backends.pictures.azimuth_ring import Rgb, draw_ring
from refpipe.backends.pictures.kept_copies import KeptCopies, fitted
from refpipe.domain.errors import RefusedInputError
from refpipe.domain.ports import ContactFrame, ContactSheet
from refpipe.domain.shots import Expression, Pack, Pose, ReferenceShot

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

REVISION = "2"
"""Raise it whenever the same sheet is painted otherwise: stored sheets are then painted again."""
_GROUND: Rgb = (24, 22, 20)
_PANEL: Rgb = (36, 33, 30)
_HAIRLINE: Rgb = (74, 68, 61)
_CREAM: Rgb = (240, 233, 220)
_GREY: Rgb = (156, 147, 135)
_AMBER: Rgb = (233, 164, 63)

_COLUMNS = 6
_FRAME_WIDTH = 288
_FRAME_HEIGHTS = (162, 432)
"""Lowest and tallest frame: 16:9 to upright 2:3."""
_GUTTER = 22
_MARGIN = 84
_CAPTION = 100
_ROW_GAP = 18
_HEADER = 236
_BAND = 76
_FOOTER = 96
_RING = 40
_SMALLEST_TYPE = 13
_QUICK = 2
"""PNG's effort: a quarter of the usual time for an eighth more bytes."""

_PACK_TITLES = {
    Pack.CORE: ("core", "the nine views of every day"),
    Pack.ESSENTIAL: ("essential", "profiles, back, hands, extremes"),
    Pack.COVERAGE: ("coverage", "expressions and in-between angles"),
    Pack.TURNAROUND: ("turnaround", "the whole body, every 45°"),
}


@dataclass(frozen=True, slots=True)
class _Band:
    """One pack's frames and where its heading begins, pixels from the top."""

    pack: Pack
    frames: tuple[ContactFrame, ...]
    top: int
    frame_height: int

    @property
    def rows(self) -> int:
        return -(-len(self.frames) // _COLUMNS)

    @property
    def bottom(self) -> int:
        return self.top + _BAND + self.rows * (self.frame_height + _CAPTION + _ROW_GAP)


class PillowContactSheetPainter:
    """Paints sheets of 2,006 pixels' width, as tall as their packs need."""

    revision = REVISION

    def __init__(self, copies: KeptCopies | None = None) -> None:
        self._copies = copies or KeptCopies()

    def paint(self, sheet: ContactSheet) -> bytes:
        """See ContactSheetPainter."""
        import PIL.Image
        import PIL.ImageDraw

        bands = _bands(sheet)
        width = 2 * _MARGIN + _COLUMNS * _FRAME_WIDTH + (_COLUMNS - 1) * _GUTTER
        height = (bands[-1].bottom if bands else _HEADER) + _FOOTER
        page = PIL.Image.new("RGB", (width, height), _GROUND)
        pen = _Pen(page, PIL.ImageDraw.Draw(page))
        shared = _shared_remark(sheet)
        _paint_header(pen, sheet, shared)
        pictures = self._pictures(bands)
        for band in bands:
            _paint_band(pen, band)
            for place, frame in enumerate(band.frames):
                row, column = divmod(place, _COLUMNS)
                left = _MARGIN + column * (_FRAME_WIDTH + _GUTTER)
                top = band.top + _BAND + row * (band.frame_height + _CAPTION + _ROW_GAP)
                remark = "" if shared else frame.remark
                _paint_frame(pen, frame, next(pictures), left, top, band.frame_height, remark=remark)
        _paint_footer(pen)
        encoded = BytesIO()
        page.save(encoded, "PNG", compress_level=_QUICK)
        return encoded.getvalue()

    def _pictures(self, bands: Sequence[_Band]) -> Iterator[Image | None]:
        """Each frame's picture in its size, in the order of the bands; None where there is none."""
        heights = [band.frame_height for band in bands for _ in band.frames]
        pngs = [frame.picture_png for band in bands for frame in band.frames]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return iter(list(pool.map(self._fitted, pngs, heights)))

    def _fitted(self, png: bytes | None, height: int) -> Image | None:
        """The picture inside a frame, its proportions kept."""
        if png is None:
            return None
        import PIL.Image

        copy = self._copies.copy(png)
        if copy is None:
            raise RefusedInputError("is damaged or cut short", field="picture")
        return PIL.Image.fromarray(fitted(copy, _FRAME_WIDTH, height, enlarge=True))


class _Pen:
    """The page with its fonts."""

    def __init__(self, page: Image, draw: ImageDraw) -> None:
        self.page = page
        self.draw = draw
        self._fonts: dict[int, FreeTypeFont | ImageFont] = {}

    def font(self, size_px: int) -> FreeTypeFont | ImageFont:
        from PIL import ImageFont

        if size_px not in self._fonts:
            self._fonts[size_px] = ImageFont.load_default(size_px)
        return self._fonts[size_px]

    @staticmethod
    def printable(text: str) -> str:
        """The text in the letters that the font has: accents are dropped, other scripts left out."""
        letters = unicodedata.normalize("NFKD", text.replace("·", "\0"))
        return " ".join("".join(each for each in letters if each == "\0" or " " <= each <= "~").split()).replace(
            "\0", "·"
        )

    def width(self, text: str, size_px: int, tracking_px: float = 0.0) -> float:
        return float(self.font(size_px).getlength(text)) + tracking_px * max(0, len(text) - 1)

    def text(
        self,
        at: tuple[float, float],
        text: str,
        size_px: int,
        colour: Rgb,
        *,
        tracking_px: float = 0.0,
        anchor: str = "ls",
    ) -> None:
        """Text on its baseline; with tracking, letter by letter, as capitals want it."""
        left, baseline = at
        if anchor[0] != "l":
            total = self.width(text, size_px, tracking_px)
            left -= total if anchor[0] == "r" else total / 2
        if not tracking_px:
            self.draw.text((left, baseline), text, font=self.font(size_px), fill=colour, anchor="ls")
            return
        for letter in text:
            self.draw.text((left, baseline), letter, font=self.font(size_px), fill=colour, anchor="ls")
            left += self.width(letter, size_px) + tracking_px

    def line(self, at: tuple[float, float], text: str, size_px: int, colour: Rgb, *, room_px: float) -> None:
        """Text that keeps to its room: in smaller type where it is long, cut only below what can be read."""
        while size_px > _SMALLEST_TYPE and self.width(text, size_px) > room_px:
            size_px -= 1
        self.text(at, self.shorten(text, size_px, room_px), size_px, colour)

    def shorten(self, text: str, size_px: int, room_px: float) -> str:
        if self.width(text, size_px) <= room_px:
            return text
        while text and self.width(text + "…", size_px) > room_px:
            text = text[:-1]
        return text.rstrip() + "…"


def _bands(sheet: ContactSheet) -> list[_Band]:
    bands: list[_Band] = []
    top, frame_height = _HEADER, _frame_height(sheet)
    for pack in Pack:
        frames = tuple(frame for frame in sheet.frames if frame.shot.pack is pack)
        if frames:
            bands.append(_Band(pack, frames, top, frame_height))
            top = bands[-1].bottom
    return bands


def _frame_height(sheet: ContactSheet) -> int:
    """Frames have the shape of the tallest picture, within limits; of the library's own where there is none."""
    import PIL.Image

    lowest, tallest = _FRAME_HEIGHTS
    heights = []
    for frame in sheet.frames:
        if frame.picture_png is not None:
            with PIL.Image.open(BytesIO(frame.picture_png)) as opened:
                heights.append(round(_FRAME_WIDTH * opened.height / opened.width))
    return min(max([lowest, *heights]), tallest) if heights else tallest


def _shared_remark(sheet: ContactSheet) -> str:
    """The remark of all pictures when it is the same: said once above instead of under each."""
    remarks = {frame.remark for frame in sheet.frames if frame.picture_png is not None}
    return remarks.pop() if len(remarks) == 1 else ""


def _paint_header(pen: _Pen, sheet: ContactSheet, shared: str) -> None:
    right = pen.page.width - _MARGIN
    pen.text((_MARGIN - 4, 132), pen.shorten(pen.printable(sheet.title), 76, right - _MARGIN - 420), 76, _CREAM)
    pen.text((_MARGIN, 176), pen.shorten(pen.printable(sheet.subtitle), 24, right - _MARGIN - 420), 24, _GREY)
    pen.text((right, 96), "REFERENCE SET", 20, _AMBER, tracking_px=5, anchor="rs")
    made = sum(frame.picture_png is not None for frame in sheet.frames)
    pen.text((right, 136), f"{made} of {len(sheet.frames)} frames", 24, _CREAM, anchor="rs")
    if shared:
        pen.text((right, 176), shared, 24, _GREY, anchor="rs")
    pen.draw.line((_MARGIN, 206, right, 206), fill=_HAIRLINE, width=2)


def _paint_band(pen: _Pen, band: _Band) -> None:
    title, about = _PACK_TITLES[band.pack]
    baseline = band.top + 48
    pen.text((_MARGIN, baseline), title.upper(), 20, _AMBER, tracking_px=5)
    after = _MARGIN + pen.width(title.upper(), 20, 5) + 22
    pen.text((after, baseline), about, 20, _GREY)
    made = sum(frame.picture_png is not None for frame in band.frames)
    pen.text((pen.page.width - _MARGIN, baseline), f"{made} / {len(band.frames)}", 20, _GREY, anchor="rs")


def _paint_frame(
    pen: _Pen, frame: ContactFrame, picture: Image | None, left: int, top: int, height: int, *, remark: str
) -> None:
    width = _FRAME_WIDTH
    if picture is None:
        pen.draw.rectangle((left, top, left + width - 1, top + height - 1), fill=_PANEL, outline=_HAIRLINE)
        pen.text((left + width / 2, top + height / 2), frame.remark or "not made yet", 20, _GREY, anchor="ms")
    else:
        pen.draw.rectangle((left, top, left + width - 1, top + height - 1), fill=_PANEL)
        pen.page.paste(picture, (left + (width - picture.width) // 2, top + (height - picture.height) // 2))
    ring = draw_ring(frame.shot.azimuth_deg, _RING, line=_HAIRLINE, subject=_GREY, camera=_AMBER)
    pen.page.paste(ring, (left + width - _RING, top + height + 36), ring)
    number = f"{frame.number:02d}"
    pen.text((left, top + height + 28), number, 18, _AMBER)
    indent = pen.width(number, 18) + 9
    pen.line((left + indent, top + height + 28), frame.shot.slug, 18, _CREAM, room_px=width - indent)
    room = width - _RING - 10
    pen.line((left, top + height + 56), _details(frame.shot), 17, _GREY, room_px=room)
    if remark and picture is not None:
        pen.line((left, top + height + 82), pen.printable(remark), 17, _AMBER, room_px=room)


def _details(shot: ReferenceShot) -> str:
    parts = [f"{shot.lens_mm:g} mm", _degrees(shot.azimuth_deg)]
    if shot.elevation_deg:
        parts.append(f"{'high' if shot.elevation_deg > 0 else 'low'} {abs(shot.elevation_deg):g}°")
    if shot.expression is not Expression.NEUTRAL:
        parts.append(shot.expression.value)
    elif shot.pose is Pose.T_POSE:
        parts.append("t-pose")
    else:
        parts.append(shot.crop.value.replace("_", " "))
    return " · ".join(parts)


def _degrees(angle: float) -> str:
    sign = "-" if angle < 0 else "+" if 0 < angle < 180 else ""
    return f"{sign}{abs(angle):g}°"


def _paint_footer(pen: _Pen) -> None:
    baseline = pen.page.height - 44
    ring = draw_ring(-35, _RING, line=_HAIRLINE, subject=_GREY, camera=_AMBER)
    pen.page.paste(ring, (_MARGIN, baseline - 28), ring)
    legend = "seen from above: where the camera stood; the subject faces down the page, its own left is on the right"
    pen.text((_MARGIN + _RING + 16, baseline), legend, 17, _GREY)
    pen.text((pen.page.width - _MARGIN, baseline), "refpipe", 17, _GREY, anchor="rs")
