"""Resources: refpipe's services as assets and sensors use them. Belongs here: when things are opened and closed."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import PrivateAttr

from refpipe.defs.cell_records import ShotListener
from refpipe.domain.errors import NotFoundError, RefpipeError, RefusedInputError
from refpipe.domain.gallery import GalleryImage
from refpipe.domain.keys import CharacterKey
from refpipe.domain.shots import ReferenceShot
from refpipe.domain.upkeep import keys_of
from refpipe.services.build_reference_set import ShotOutcome
from refpipe.services.report_status import StatusReport, report_status
from refpipe.services.seed_shots import SeedReport, seed_shots

if TYPE_CHECKING:
    from refpipe.wiring import Wiring


class StudioResource(dg.ConfigurableResource["StudioResource"]):
    """refpipe's services on one home. Nothing is opened before it is used; all of it is closed after the run."""

    _opened: "Wiring | None" = PrivateAttr(default=None)
    _closing: ExitStack = PrivateAttr(default_factory=ExitStack)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["StudioResource"]:
        """The studio for one run or tick."""
        try:
            yield self
        finally:
            self._opened = None
            self._closing.close()
