"""Where a model's files lie, and which weights they are. Belongs here: directories, the hub's cache, revisions.

Does not: loading a model. Nothing here loads weights, and nothing but a hub name reaches for the network.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from refpipe.domain.errors import NotSetUpError

LOCAL_PREFIX, HUB_PREFIX = "local-dir:", "hf-hub:"
REVISION_DIGITS = 12
OFFLINE_REMEDY = (
    "Put the model's files into a directory of this machine and name that directory, or go online once: they are kept."
)
_WEIGHTS = (".safetensors", ".bin", ".pth", ".pt", ".npz")
_DESCRIPTIONS = frozenset(
    {
        "open_clip_config.json", "config.json", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json",
        "special_tokens_map.json", "added_tokens.json", "vocab.json", "vocab.txt", "merges.txt", "tokenizer.model",
        "sentencepiece.bpe.model", "spiece.model",
    }
)  # fmt: skip
_T = TypeVar("_T")


class Standing(StrEnum):
    """Whether a model can be loaded, as far as that is known without loading it."""

    HERE = "here"
    ON_FIRST_USE = "on first use"
    """Named by hub or by tag: fetched, or found in the cache, when it is first used."""
    MISSING = "missing"

    @property
    def may_be_used(self) -> bool:
        return self is not Standing.MISSING


def shipped(what: str) -> Path:
    """Directory of a model that refpipe ships."""
    return Path(str(files("refpipe").joinpath("data/models", what)))


def local_directory(name: str) -> Path | None:
    """The directory that a name means: ``local-dir:PATH``, or what is plainly a path. None: a name of another kind."""
    if name.startswith(LOCAL_PREFIX):
        return Path(name.removeprefix(LOCAL_PREFIX)).expanduser()
    return Path(name).expanduser() if name.startswith(("/", "./", "../", "~")) else None


def standing_of(directory: Path, config: str) -> Standing:
    """Whether a directory holds a model's description and weights."""
    whole = (directory / config).is_file() and any(path.suffix in _WEIGHTS for path in model_files(directory))
    return Standing.HERE if whole else Standing.MISSING


def file_standing(pretrained: str) -> Standing:
    """Of weights named by a tag or by their file."""
    path = Path(pretrained)
    if path.suffix not in _WEIGHTS:
        return Standing.ON_FIRST_USE
    return Standing.HERE if path.is_file() else Standing.MISSING


def model_files(directory: Path) -> list[Path]:
    """What decides on the vectors of a model in a directory: weights, configuration, tokenizer; in order of name."""
    if not directory.is_dir():
        return []
    found = (path for path in directory.iterdir() if path.suffix in _WEIGHTS or path.name in _DESCRIPTIONS)
    return sorted(found, key=lambda path: path.name)


def content_revision(paths: Iterable[Path]) -> str:
    """Twelve digits that change with any file's content. Hashed once per process while the files stay as they are."""
    stats = [(path, path.stat()) for path in paths]
    return _hashed(tuple((str(path), stat.st_size, stat.st_mtime_ns) for path, stat in stats))


@lru_cache(maxsize=32)
def _hashed(contents: tuple[tuple[str, int, int], ...]) -> str:
    whole = hashlib.sha256()
    for name, _, _ in contents:
        path = Path(name)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        whole.update(f"{path.name} {digest}\n".encode())
    return whole.hexdigest()[:REVISION_DIGITS]


def file_revision(path: Path) -> str:
    """The commit of a file in the hub's cache, the content's hash of any other."""
    commit = commit_of(path)
    return content_revision([path]) if commit is None else commit[:REVISION_DIGITS]


def commit_of(path: Path) -> str | None:
    """The whole commit where the hub's cache says it: ``…/snapshots/COMMIT/file``."""
    return path.parent.name if path.parent.parent.name == "snapshots" else None


def hub_file(repository: str, file: str) -> Path:
    """A file of a hub repository, from the cache or fetched. Raises NotSetUpError."""
    from huggingface_hub import hf_hub_download

    return Path(
        told(f"{file} of {repository}", lambda: hf_hub_download(repository, file), remedy=_hub_remedy(repository))
    )


def is_cached(repository: str, file: str) -> bool:
    """Whether the hub's cache holds it."""
    from huggingface_hub import try_to_load_from_cache

    return isinstance(try_to_load_from_cache(repository, file), str)


def is_offline() -> bool:
    """Whether the hub's own switch (HF_HUB_OFFLINE) forbids fetching."""
    from huggingface_hub import constants

    return bool(constants.HF_HUB_OFFLINE)


def hub_standing(repository: str, file: str) -> Standing:
    """Whether a hub model lies in the cache, may be fetched, or is out of reach."""
    if is_cached(repository, file):
        return Standing.HERE
    return Standing.MISSING if is_offline() else Standing.ON_FIRST_USE


def read_description(path: Path) -> dict[str, Any]:
    """A model's JSON description. Raises NotSetUpError where it is missing or damaged."""
    found = told(str(path), lambda: json.loads(path.read_text(encoding="utf-8")), remedy="Fetch the model again.")
    if not isinstance(found, dict):
        raise NotSetUpError(f"{path} is no description of a model", remedy="Fetch the model again.")
    return found


def told(what: str, load: Callable[[], _T], *, remedy: str) -> _T:
    """What ``load`` gives; its failure as NotSetUpError, in all the ways that libraries tell of bad files."""
    try:
        return load()
    except NotSetUpError:
        raise
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, AssertionError, ImportError, _Damaged()) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise NotSetUpError(f"{what} cannot be loaded ({reason})", remedy=remedy) from error


def _Damaged() -> type[Exception]:  # noqa: N802 - a type that is only known once its library is loaded
    from safetensors import SafetensorError

    return SafetensorError


def _hub_remedy(repository: str) -> str:
    return f"{OFFLINE_REMEDY} A gated model wants its licence accepted on {repository}'s page at the hub, and HF_TOKEN."
