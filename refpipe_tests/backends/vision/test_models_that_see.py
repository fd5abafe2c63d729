"""Models that see, loaded the real way from small random ones of the real classes."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refpipe.backends.vision.clip import ClipName, OpenClipModel
from refpipe.backends.vision.dino import DinoExtractor, DinoName
from refpipe.backends.vision.kept_models import KeptModels
from refpipe.backends.vision.model_files import Standing
from refpipe.backends.vision.preparing import Fit, Preparation, decode, prepare
from refpipe.backends.vision.running import Runtime
from refpipe.domain.errors import NotSetUpError, RefusedInputError
from refpipe_tests.fakes.small_models import CLIP_DIMENSION, DINO_DIMENSION, save_clip, save_dinov2, save_dinov3

EXACT = Runtime(device="cpu", precision="fp32", batch=3)


def picture(seed: int, width: int = 80, height: int = 120, form: str = "PNG") -> bytes:
    coarse = np.random.default_rng(seed).integers(0, 255, (6, 4, 3), dtype=np.uint8)
    buffer = BytesIO()
    Image.fromarray(coarse).resize((width, height)).save(buffer, form)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def clip_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_clip(tmp_path_factory.mktemp("models") / "small-clip")


@pytest.fixture(scope="module")
def dino_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_dinov3(tmp_path_factory.mktemp("models") / "small-dino")


@pytest.fixture(scope="module")
def clip(clip_directory: Path) -> OpenClipModel:
    return OpenClipModel(ClipName(name=f"local-dir:{clip_directory}"), EXACT)


@pytest.fixture(scope="module")
def dino(dino_directory: Path) -> DinoExtractor:
    return DinoExtractor(DinoName(name=f"local-dir:{dino_directory}"), EXACT)


def vectors(answers: object) -> np.ndarray:
    return np.stack(list(answers))  # type: ignore[call-overload]


def test_pictures_and_words_come_as_vectors_of_length_one_in_one_space(clip: OpenClipModel) -> None:
    seen, said = vectors(clip.embed_pictures([picture(1), picture(2)])), clip.embed_texts(["a red coat", "a man"])
    assert seen.shape == said.shape == (2, CLIP_DIMENSION)
    assert np.allclose(np.linalg.norm(np.concatenate([seen, said]), axis=1), 1, atol=1e-5)
    assert not np.allclose(said[0], said[1])
    assert clip.embed_texts([]).shape == (0, CLIP_DIMENSION)


def test_answers_keep_the_order_and_do_not_hang_on_the_batch(clip: OpenClipModel, dino: DinoExtractor) -> None:
    pictures = [picture(seed) for seed in range(8)]
    for together, alone in (
        (vectors(dino.features(pictures)), [next(dino.features([each])) for each in pictures]),
        (vectors(clip.embed_pictures(pictures)), [next(clip.embed_pictures([each])) for each in pictures]),
    ):
        assert np.allclose(together, vectors(alone), atol=1e-5)
        assert len({each.tobytes() for each in together}) == len(pictures)


def test_a_bad_picture_stands_in_its_place_and_stops_no_other(dino: DinoExtractor) -> None:
    good = picture(3)
    answers = list(dino.features([good, b"no picture", good[: len(good) // 2], good]))
    assert [isinstance(each, RefusedInputError) for each in answers] == [False, True, True, False]
    assert np.array_equal(answers[0], answers[3])


def test_a_model_is_named_by_its_directory_its_content_and_its_length(
    clip: OpenClipModel, dino: DinoExtractor, tmp_path: Path
) -> None:
    other = DinoExtractor(DinoName(name=str(save_dinov3(tmp_path / "small-dino", seed=9))), EXACT)
    assert (dino.model.name, dino.model.dimension) == ("small-dino", DINO_DIMENSION)
    assert (other.model.name, other.model.preprocessing) == ("small-dino", dino.model.preprocessing)
    assert other.model.revision != dino.model.revision
    assert (clip.model.name, clip.model.dimension) == ("small-clip", CLIP_DIMENSION)


@pytest.mark.parametrize("registers", [0, 2])
def test_the_older_family_is_loaded_with_and_without_registers(tmp_path: Path, registers: int) -> None:
    extractor = DinoExtractor(DinoName(name=str(save_dinov2(tmp_path / "older", registers=registers))), EXACT)
    assert vectors(extractor.features([picture(1)])).shape == (1, DINO_DIMENSION)
    assert extractor.patches(picture(1)).shape == (16, DINO_DIMENSION)


def test_a_mask_chooses_the_patches_on_the_subject(dino: DinoExtractor) -> None:
    buffer = BytesIO()
    left = np.zeros((120, 80), np.uint8)
    left[:, :40] = 255
    Image.fromarray(left).save(buffer, "PNG")
    whole, part = dino.patches(picture(4)), dino.patches(picture(4), buffer.getvalue())
    assert (whole.shape, part.shape) == ((16, DINO_DIMENSION), (8, DINO_DIMENSION))
    assert np.allclose(part, whole.reshape(4, 4, -1)[:, :2].reshape(8, -1), atol=1e-6)


def test_half_precision_stays_near_the_whole(dino: DinoExtractor, dino_directory: Path) -> None:
    half = DinoExtractor(DinoName(name=str(dino_directory)), Runtime(device="cpu", precision="bf16"))
    one, other = next(dino.features([picture(5)])), next(half.features([picture(5)]))
    assert 0.99 < float(np.dot(one, other)) < 1.0  # type: ignore[arg-type]


def test_a_model_is_loaded_once_and_kept(dino_directory: Path) -> None:
    kept = KeptModels()
    for _ in range(2):
        extractor = DinoExtractor(DinoName(name=str(dino_directory)), EXACT, kept=kept)
        next(extractor.features([picture(1)]))
    assert len(kept) == 1


def test_what_is_not_there_is_told_with_what_to_do(tmp_path: Path) -> None:
    empty = DinoName(name=str(tmp_path))
    assert empty.standing() is Standing.MISSING
    with pytest.raises(NotSetUpError, match="holds no DINO model") as told:
        list(DinoExtractor(empty).features([picture(1)]))
    assert "REFPIPE_VISION__DINO" in told.value.remedy
    with pytest.raises(NotSetUpError, match="did you mean ViT-L-14"):
        _ = OpenClipModel(ClipName(name="ViT-L14", pretrained="openai")).model
    with pytest.raises(NotSetUpError, match="no weights 'opanai'"):
        _ = OpenClipModel(ClipName(name="ViT-L-14", pretrained="opanai")).model


def test_weights_are_never_made_up_where_a_file_lacks_some(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    directory = save_dinov3(tmp_path / "broken")
    held = load_file(directory / "model.safetensors")
    save_file({name: each for name, each in held.items() if "norm.weight" not in name}, directory / "model.safetensors")
    with pytest.raises(NotSetUpError, match="not in the file"):
        list(DinoExtractor(DinoName(name=str(directory)), EXACT).features([picture(1)]))


def test_another_kind_of_model_is_refused(tmp_path: Path) -> None:
    directory = save_dinov3(tmp_path / "other")
    described = json.loads((directory / "config.json").read_text())
    (directory / "config.json").write_text(json.dumps({**described, "model_type": "resnet"}))
    with pytest.raises(NotSetUpError, match="is no DINO"):
        _ = DinoExtractor(DinoName(name=str(directory))).model


def test_sixteen_bits_are_scaled_and_transparency_shows_white() -> None:
    buffer = BytesIO()
    Image.fromarray(np.full((20, 20), 32896, np.uint16)).save(buffer, "PNG")
    assert decode(buffer.getvalue())[0, 0].tolist() == [128, 128, 128]
    buffer = BytesIO()
    Image.new("RGBA", (20, 20), (10, 20, 30, 0)).save(buffer, "PNG")
    assert decode(buffer.getvalue())[0, 0].tolist() == [255, 255, 255]


def test_a_picture_that_was_turned_by_its_camera_is_seen_upright() -> None:
    buffer, turned = BytesIO(), Image.Exif()
    turned[0x0112] = 6
    upright = Image.new("RGB", (40, 20))
    upright.paste((255, 0, 0), (0, 0, 20, 20))
    upright.save(buffer, "PNG", exif=turned)
    seen = decode(buffer.getvalue())
    assert seen.shape == (40, 20, 3)
    assert seen[5, 10].tolist() == [255, 0, 0]


def test_a_draft_of_a_large_photograph_shows_what_the_whole_one_does() -> None:
    wanted = Preparation(height_px=64, width_px=64, fit=Fit.SHORTEST, mean=(0.5,) * 3, std=(0.5,) * 3)
    whole = decode(picture(6, 1200, 1800, "JPEG"))
    buffer = BytesIO()
    Image.fromarray(whole).save(buffer, "PNG")
    drafted, exact = prepare(picture(6, 1200, 1800, "JPEG"), wanted), prepare(buffer.getvalue(), wanted)
    assert float((drafted.float() - exact.float()).abs().mean()) < 1.0
