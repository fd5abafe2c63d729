"""Which models the settings name, their licences, and what is told where they are not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from refpipe.backends.vision.licences import licence_of
from refpipe.cli.examinations import MISSING, OK, examine_models, roles
from refpipe.domain.errors import NotSetUpError
from refpipe.settings import load_settings
from refpipe.wiring import Wiring
from refpipe_tests.fakes.small_models import save_clip, save_dinov3


@pytest.fixture(scope="module")
def directories(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    home = tmp_path_factory.mktemp("models")
    return save_clip(home / "small-clip"), save_dinov3(home / "small-dino")


def wired(home: Path, **vision: Any) -> Wiring:
    return Wiring(load_settings(home=home, vision=vision))


def test_models_that_the_settings_name_are_wired(tmp_path: Path, directories: tuple[Path, Path]) -> None:
    clip, dino = directories
    with wired(tmp_path, clip=f"local-dir:{clip}", dino=str(dino), device="cpu") as wiring:
        assert wiring.has_feature_model
        assert wiring.has_text_image_model
        assert wiring.feature_extractor.model.name == "small-dino"
        assert wiring.text_image_model.model.name == "small-clip"
        assert examine_models(wiring).state == OK
        seen = [(role.model, role.state) for role in roles(wiring) if role.role == "features"]
    assert seen == [("small-clip", "ready"), ("small-dino", "ready")]


def test_a_named_model_that_is_not_there_is_told_before_anything_is_loaded(tmp_path: Path) -> None:
    with wired(tmp_path, dino=str(tmp_path / "nowhere")) as wiring:
        assert not wiring.has_feature_model
        found = examine_models(wiring)
        assert (found.state, "REFPIPE_VISION__DINO" in found.remedy) == (MISSING, True)
        with pytest.raises(NotSetUpError, match="holds no DINO model"):
            _ = wiring.feature_extractor.model


def test_a_device_that_is_not_there_is_told(tmp_path: Path, directories: tuple[Path, Path]) -> None:
    with (
        wired(tmp_path, dino=str(directories[1]), device="cuda:77") as wiring,
        pytest.raises(NotSetUpError, match="cuda:77"),
    ):
        list(wiring.feature_extractor.features([b""]))


def test_weights_of_its_own_beside_a_model_that_brings_some_are_refused(
    tmp_path: Path, directories: tuple[Path, Path]
) -> None:
    with (
        wired(tmp_path, clip=str(directories[0]), clip_pretrained="openai") as wiring,
        pytest.raises(NotSetUpError, match="brings its own weights"),
    ):
        _ = wiring.text_image_model.model


@pytest.mark.parametrize(
    ("label", "licence", "commercial_use"),
    [
        ("refpipe-clip", "Apache-2.0", True),
        ("refpipe-dino", "Apache-2.0", True),
        ("ViT-L-14/openai", "MIT", True),
        ("ViT-L-14/dfn2b", "Apple's own", None),
        ("apple/DFN2B-CLIP-ViT-L-14", "Apple's own", None),
        ("ViT-B-16-SigLIP2/webli", "Apache-2.0", True),
        ("timm/ViT-B-16-SigLIP2", "Apache-2.0", True),
        ("facebook/dinov3-vits16-pretrain-lvd1689m", "DINOv3 License", None),
        ("facebook/dinov2-with-registers-small", "Apache-2.0", True),
    ],
)
def test_each_known_model_has_its_licence(label: str, licence: str, commercial_use: bool | None) -> None:
    known = licence_of(label)
    assert known is not None
    assert (known.licence, known.commercial_use) == (licence, commercial_use)


def test_of_a_model_of_ones_own_no_licence_is_claimed(tmp_path: Path, directories: tuple[Path, Path]) -> None:
    assert licence_of("small-dino") is None
    with wired(tmp_path, dino=str(directories[1])) as wiring:
        rows = [role.as_row() for role in roles(wiring) if role.model == "small-dino"]
    assert rows == [("features", "previs", "small-dino", "see its page", "check", "ready")]
