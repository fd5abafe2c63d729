"""A scorer that finds no fault in any picture: what else decides is then seen alone."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, UnidentifiedImageError

from refpipe.domain.errors import RefusedInputError
from refpipe.domain.quality import CompositionParts, Expected, QualityParts, Scored, TechnicalParts


class FlawlessScorer:
    """Implements ImageScorer: 90 for everything, for what is a picture at all."""

    name = "flawless@1"

    def score(self, picture: bytes, expected: Expected) -> Scored:
        try:
            Image.open(BytesIO(picture)).load()
        except (UnidentifiedImageError, OSError) as error:
            raise RefusedInputError(str(error), field="picture") from error
        return Scored(
            quality=QualityParts(sharpness=90),
            technical=TechnicalParts(presence=90),
            composition=CompositionParts(headroom=90),
            scorer=self.name,
        )
