"""Every setting of refpipe, typed, in one place.

Belongs here: names, types, ranges and defaults of settings, and where they are read from. Does not:
what is built from them (wiring).

A setting is read from the environment (``REFPIPE_HOME``, ``REFPIPE_STORE__BUCKET`` …), else from
``refpipe.toml`` in the home, else its default holds. The home itself comes from the environment only.
"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from refpipe.domain.errors import RefusedInputError
from refpipe.domain.generation import FULL_SIZE, SMALL_SIZE, Role, Size
from refpipe.domain.keys import DEFAULT_OWNER, check_slug
from refpipe.domain.ledger import InDoubtPolicy, LedgerTerms
from refpipe.domain.retries import DEFAULT_TRIES
from refpipe.domain.verdict import GateProfile, Thresholds

SETTINGS_FILE = "refpipe.toml"
ENV_PREFIX = "REFPIPE_"
NAMED_SIZES = {"full": FULL_SIZE, "small": SMALL_SIZE}


class Profile(StrEnum):
    """Where generators run (R-PLAT-3)."""

    PREVIS = "previs"
    GPU = "gpu"
    HOSTED = "hosted"


class StoreKind(StrEnum):
    LOCAL = "local"
    S3 = "s3"


def parse_size(text: Any) -> Size:
    """A picture size: ``full`` (832x1248), ``small`` (512x768) or ``WIDTHxHEIGHT`` in pixels. Raises ValueError."""
    if isinstance(text, Size):
        return text
    word = str(text).strip().lower()
    if word in NAMED_SIZES:
        return NAMED_SIZES[word]
    try:
        size = Size.parse(word)
    except ValueError:
        raise ValueError(f"{text!r} is no size: use full, small or WIDTHxHEIGHT, such as 832x1248") from None
    if min(size.width_px, size.height_px) < 64:
        raise ValueError(f"{text!r} is too small: each side needs 64 pixels or more")
    return size


def default_home() -> Path:
    """``.refpipe`` beside the project: in the checkout when refpipe runs from one, else in the working directory."""
    checkout = Path(__file__).resolve().parents[1]
    return (checkout if (checkout / "pyproject.toml").is_file() else Path.cwd()) / ".refpipe"


def _service_url(url: str) -> str:
    """An address of a service, without a slash at its end. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment or "@" in url:
        raise ValueError("is no address of a service, such as http://127.0.0.1:8100")
    return url.rstrip("/")


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path.expanduser()))  # noqa: PTH100 - links stay as they were written


# NoDecode: the environment holds the words, not JSON
PictureSize = Annotated[Size, NoDecode, BeforeValidator(parse_size)]
HomePath = Annotated[Path, AfterValidator(_absolute)]
ServiceUrl = Annotated[str, AfterValidator(_service_url)]
Port = Annotated[int, Field(ge=1, le=65535)]


class SettingsPart(BaseModel):
    """Base of a group of settings: unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class StoreSettings(SettingsPart):
    """Where blobs lie. ``path`` is for local only (None: ``storage`` in the home), the rest for S3."""

    kind: StoreKind = StoreKind.LOCAL
    path: HomePath | None = None
    bucket: str = ""
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None
    access_key_id: SecretStr | None = None
    secret_access_key: SecretStr | None = None


class RoleSettings(SettingsPart):
    """The profile of single roles where it differs from ``profile``."""

    reference_image: Profile | None = None
    storyboard_frame: Profile | None = None
    video_chunk: Profile | None = None
    features: Profile | None = None
    planning: Profile | None = None
    analysis: Profile | None = None


class PrevisSettings(SettingsPart):
    """How carefully previs pictures are rendered. More samples mean less noise before denoising, and more time."""

    samples_per_pixel: int = Field(4, ge=1, le=1024)


class LedgerSettings(SettingsPart):
    """The ledger, in seconds as ``domain.ledger.LedgerTerms`` has them, and where the retry ladder ends."""

    lease_s: float = Field(30.0, ge=1, le=3600)
    patience_s: float = Field(900.0, ge=0)
    settle_s: float = Field(30.0, ge=0)
    in_doubt: InDoubtPolicy = InDoubtPolicy.RESUBMIT_IF_UNKNOWN
    tries_per_shot: int = Field(DEFAULT_TRIES, ge=1, le=5)

    @property
    def terms(self) -> LedgerTerms:
        return LedgerTerms(
            lease_s=self.lease_s, patience_s=self.patience_s, settle_s=self.settle_s, in_doubt=self.in_doubt
        )


class GateSettings(SettingsPart):
    """What a picture must reach: the thresholds of ``profile``, or those given here. A sheet may set its own."""

    profile: GateProfile = GateProfile.DEFAULT
    quality: float | None = Field(None, ge=50, le=100)
    consistency: float | None = Field(None, ge=60, le=100)

    @property
    def thresholds(self) -> Thresholds:
        return Thresholds.of(self.profile).but(quality=self.quality, consistency=self.consistency)


class VisionSettings(SettingsPart):
    """Models that see. No name: the small ones that refpipe ships.

    ``clip``: a name that open_clip knows, with ``clip_pretrained`` (a tag, or a file of weights), or
    ``hf-hub:owner/name``, or ``local-dir:PATH``. ``dino``: ``owner/name`` of the hub, or ``local-dir:PATH``.
    ``device``: auto, cpu, cuda, cuda:1 …; ``batch`` None: what suits the device.
    """

    clip: str | None = None
    clip_pretrained: str | None = None
    dino: str | None = None
    device: str = "auto"
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    batch: int | None = Field(None, ge=1, le=1024)
    service_url: ServiceUrl | None = None
    """Where an analysis service answers: then it looks at pictures and measures them, instead of this process."""
    service_patience_s: float = Field(120.0, ge=1, le=3600)
    """How long a busy service, or one that is just starting, is asked again."""


class AnalysisSettings(SettingsPart):
    """The analysis service: how much it takes at once. ``max_wait_ms`` is how long a lone picture waits for others,
    ``max_waiting`` how many pictures may wait before it says that it is busy; uploads are held in memory, within
    ``held_mib``, until nobody asks for them in ``held_for_s``.
    """

    max_batch: int = Field(16, ge=1, le=1024)
    max_wait_ms: float = Field(5.0, ge=0, le=1000)
    max_waiting: int = Field(256, ge=1, le=65536)
    held_mib: int = Field(256, ge=1)
    held_for_s: float = Field(3600.0, ge=1)
    in_flight_mib: int = Field(512, ge=1)


class OpenAiSettings(SettingsPart):
    """OpenAI, or who speaks its protocol. The key is ``openai_api_key``. ``base_url`` None: the provider's own."""

    base_url: ServiceUrl | None = None
    analysis_model: str = Field("gpt-4.1-mini", min_length=1)
    """The model that looks at assets; it must take pictures and structured output."""
    timeout_s: float = Field(60.0, ge=0.1, le=3600)
    max_concurrency: int = Field(4, ge=1, le=64)
    """How many questions are open at once."""


class WebSettings(SettingsPart):
    """Where pages are served. A taken port moves to the next free one."""

    host: str = "127.0.0.1"
    dagster_port: Port = 3000
    api_port: Port = 8000
    analysis_port: Port = 8100


class UploadSettings(SettingsPart):
    """Limits of an uploaded picture."""

    max_bytes: int = Field(50 * 1024 * 1024, ge=1024)
    max_pixels: int = Field(100_000_000, ge=4096)
    max_side_px: int = Field(20_000, ge=64)


class Settings(BaseSettings):
    """All settings. Raises pydantic.ValidationError; faces read them through ``load_settings``."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        arbitrary_types_allowed=True,
    )

    home: HomePath = Field(default_factory=default_home)
    owner: str = DEFAULT_OWNER
    database_url: SecretStr | None = None
    """None: the embedded server in the home."""
    store: StoreSettings = StoreSettings()
    profile: Profile = Profile.PREVIS
    roles: RoleSettings = RoleSettings()
    size: PictureSize = FULL_SIZE
    seed: int | None = Field(None, ge=0, lt=2**31)
    """Seed of every set; None: each character has its own, which follows from its name."""
    previs: PrevisSettings = PrevisSettings()
    ledger: LedgerSettings = LedgerSettings()
    gate: GateSettings = GateSettings()
    vision: VisionSettings = VisionSettings()
    analysis: AnalysisSettings = AnalysisSettings()
    openai: OpenAiSettings = OpenAiSettings()
    web: WebSettings = WebSettings()
    uploads: UploadSettings = UploadSettings()
    openai_api_key: SecretStr | None = None
    replicate_api_token: SecretStr | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the base class names it
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the base class names it
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments over environment over the home's file."""
        home = init_settings().get("home") or os.environ.get(f"{ENV_PREFIX}HOME") or default_home()
        file = TomlConfigSettingsSource(settings_cls, toml_file=_absolute(Path(home)) / SETTINGS_FILE)
        return init_settings, env_settings, file

    def profile_of(self, role: Role) -> Profile:
        """The profile that serves a role."""
        chosen: Profile | None = getattr(self.roles, role.value)
        return chosen or self.profile

    @property
    def blobs_path(self) -> Path:
        """Directory of the local blob store."""
        return self.store.path or self.home / "storage"

    @property
    def postgres_path(self) -> Path:
        """Data directory of the embedded server."""
        return self.home / "postgres"

    @property
    def logs_path(self) -> Path:
        return self.home / "logs"

    @property
    def views_path(self) -> Path:
        """Small copies of pictures for Dagster's pages; made again where they are missing."""
        return self.home / "views"

    @property
    def dagster_home(self) -> Path:
        return self.home / "dagster"


_OTHER_VARIABLES = ("REFPIPE_TRACEBACK", "REFPIPE_DAGSTER_DATABASE_URL")
"""Variables of ours that are no settings."""


def unknown_variables() -> list[str]:
    """Environment variables that look like settings and are none: misspelt, most likely."""
    known = {f"{ENV_PREFIX}{name.upper()}" for name in Settings.model_fields}
    given = [name for name in os.environ if name.startswith(ENV_PREFIX) and name not in _OTHER_VARIABLES]
    return sorted(name for name in given if name.partition("__")[0] not in known)


def load_settings(**overrides: Any) -> Settings:
    """The settings in force. Raises RefusedInputError naming the setting and the reason, never its secret value."""
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        name = ENV_PREFIX + "__".join(str(part) for part in fault["loc"]).upper()
        reason = fault["msg"].removeprefix("Value error, ")
        raise RefusedInputError(reason, field=name, source="settings") from None
    except ValueError as error:
        raise RefusedInputError(f"cannot be read: {error}", field=SETTINGS_FILE, source="settings") from None
    check_slug(settings.owner, field=f"{ENV_PREFIX}OWNER")
    if settings.store.kind is StoreKind.S3 and not settings.store.bucket:
        raise RefusedInputError(
            "an S3 store needs the name of a bucket", field=f"{ENV_PREFIX}STORE__BUCKET", source="settings"
        )
    return settings
