"""An order for one generation, whatever its kind, and how it came out.

Belongs here: what the ledger's services need to know of a generation, and the order of a picture. Does not:
carrying it out (make_generation).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from refpipe.domain.generation import GeneratedImage, ImageRequest, canonical, fingerprint
from refpipe.domain.ledger import Wanted
from refpipe.domain.ports import ImageGenerator, ProviderJobs
from refpipe.services.generation_parts import Files, Making, picture_files

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs(Generic[Result]):
    """The order as a job at a provider; see the port ``ProviderJobs``. ``look_up`` None: it cannot say."""

    submit: Callable[[], str]
    collect: Callable[[str], Result]
    look_up: Callable[[], str | None] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Generic[Result]):
    """One generation that is wanted: what names it, how it is made, and what of the result is kept.

    ``generate`` answers with the result itself; where there are ``jobs``, they are used instead. ``cost_of`` tells what
    a result has cost where that is known only afterwards; else it is ``price_usd``.
    """

    owner: str
    wanted: Wanted
    price_usd: float
    generate: Callable[[], Result]
    files: Callable[[Result], Files]
    jobs: Jobs[Result] | None = None
    cost_of: Callable[[Result], float] | None = None

    @property
    def fingerprint(self) -> str:
        return self.wanted.fingerprint

    @property
    def is_free(self) -> bool:
        """Nothing is lost when it is made twice."""
        return self.price_usd == 0 and self.jobs is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A generation that there is. ``is_new``: it was made here and now, not taken from the ledger."""

    making: Making
    is_new: bool


@dataclass(frozen=True, slots=True)
class NotMade:
    """Why there is none; the ledger keeps what is known of it."""

    reason: str


def picture_order(owner: str, request: ImageRequest, generator: ImageGenerator) -> Order[GeneratedImage]:
    """The order of one picture from this generator."""
    able = generator.capabilities
    mark = fingerprint(request)
    return Order(
        owner=owner,
        wanted=Wanted(fingerprint=mark, role=request.role, model=str(request.model), request=canonical(request)),
        price_usd=able.price_usd,
        generate=lambda: generator.generate(request),
        files=picture_files,
        jobs=_jobs(generator, request, mark, is_looked_up=able.looks_up_jobs)
        if isinstance(generator, ProviderJobs)
        else None,
    )


def _jobs(
    provider: ProviderJobs[ImageRequest, GeneratedImage], request: ImageRequest, mark: str, *, is_looked_up: bool
) -> Jobs[GeneratedImage]:
    return Jobs(
        submit=lambda: provider.submit(request, mark),
        collect=provider.collect,
        look_up=(lambda: provider.look_up(mark)) if is_looked_up else None,
    )
