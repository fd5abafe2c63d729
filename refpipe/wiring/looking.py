"""Settings → who looks at reference assets: rules and a model here, or a provider's vision model.

Belongs here: which analyst looks, and what it needs. Does not: what is done with its answers.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from refpipe.domain.generation import Role
from refpipe.settings import Profile
from refpipe.wiring.roles import check_role
from refpipe.wiring.sets import Sets

if TYPE_CHECKING:
    from refpipe.backends.vision.asset_fits import AssetFitFiles
    from refpipe.domain.ports.asset_analyst import AssetAnalyst


class Looking(Sets):
    """The parts that look at assets."""

    @cached_property
    def asset_fits(self) -> AssetFitFiles:
        """By what assets are told apart: fitted on this home, else as it comes with refpipe."""
        from refpipe.backends.vision.asset_fits import AssetFitFiles

        return AssetFitFiles(self.settings.home / "asset_fits")

    def asset_analyst(self, owner: str | None = None) -> AssetAnalyst:
        """Who looks at an owner's assets, as the role ``analysis`` says; None: the owner of the settings.

        Nothing is loaded, and no provider asked, until pictures are given. Raises NotSetUpError.
        """
        if check_role(self.settings, Role.ANALYSIS) is not Profile.HOSTED:
            return self._offline_analyst
        from refpipe.backends.hosted.openai_vision import OpenAiVision
        from refpipe.backends.price_table import price_table
        from refpipe.backends.runs.holders import ProcessHolders
        from refpipe.services.ask_vision_model import AskVisionModel
        from refpipe.services.make_generation import MakeGeneration

        asked, key = self.settings.openai, self.settings.openai_api_key
        return AskVisionModel(
            owner=owner or self.settings.owner,
            model=OpenAiVision(
                api_key=key.get_secret_value() if key is not None else None,
                name=asked.analysis_model,
                prices=price_table(self.settings.home),
                base_url=asked.base_url,
                timeout_s=asked.timeout_s,
                max_concurrency=asked.max_concurrency,
            ),
            measured=self._offline_analyst,
            generations=MakeGeneration(
                database=self.database,
                blobs=self.blobs,
                holders=ProcessHolders(),
                terms=self.settings.ledger.terms,
            ),
            blobs=self.blobs,
        )

    @cached_property
    def _offline_analyst(self) -> AssetAnalyst:
        from refpipe.backends.asset_words import packaged_asset_vocabulary, packaged_colour_names
        from refpipe.backends.vision.offline_analyst import OfflineAnalyst

        has_model = self._given_text_image_model is not None or self.has_text_image_model
        return OfflineAnalyst(
            model=self.text_image_model if has_model else None,
            fits=self.asset_fits,
            vocabulary=packaged_asset_vocabulary(),
            colour_names=packaged_colour_names(),
            why_no_model="" if has_model else "there is none in this installation",
        )
