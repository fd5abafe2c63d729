"""An image generator that draws a person with true guides, well or spoiled: what a gate can really judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from refpipe.domain.generation import GeneratedImage, Guides, ImageRequest
from refpipe_tests.backends.vision.drawn_person import draw_person, png
from refpipe_tests.fakes.image_generator import DrawingGenerator
from refpipe_tests.judged.quality.defects import DEFECTS, draw_for

_SPOILS = {defect.name: defect for defect in DEFECTS}


class PersonGenerator(DrawingGenerator):
    """``spoiled`` names shots with the defect and severity that their pictures have; it may be changed meanwhile."""

    def __init__(self, spoiled: Mapping[str, tuple[str, float]] | None = None, *, revision: str = "1") -> None:
        super().__init__(revision=revision)
        self.spoiled = dict(spoiled or {})

    def generate(self, request: ImageRequest) -> GeneratedImage:
        made = super().generate(request)
        person = draw_person(size=request.size)
        rgb, expected = person.rgb, person.expected
        # pictures of different shots differ by one pixel, so that no two cells share their bytes
        rgb[0, 0] = np.frombuffer(request.shot.slug.encode()[:3], np.uint8) // 4 + 150
        if request.shot.slug in self.spoiled:
            name, severity = self.spoiled[request.shot.slug]
            rgb = _SPOILS[name].spoil(rgb, person.mask, severity, draw_for(request.shot.slug, name, severity))
        flat = png(np.zeros(rgb.shape[:2], np.uint8))
        guides = Guides(
            depth_png=flat,
            normals_png=flat,
            mask_png=expected.mask_png or b"",
            edges_png=expected.edges_png or b"",
            keypoints_json=expected.keypoints_json or b"",
        )
        assert expected.thirds is not None
        assert expected.headroom is not None
        camera = replace(made.camera, thirds=expected.thirds.value, headroom=expected.headroom.value)
        return replace(made, picture_png=png(rgb), guides=guides, camera=camera)
