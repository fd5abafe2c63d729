"""embed: pictures to vectors end to end, against the bare forward pass of the same network.

Belongs here: the real architectures' picture towers with random weights (what they answer does not matter for time),
fed with JPEGs of 1024x1024; the forward pass alone on batches that are ready (F), preparing alone (P), refpipe's way,
and the plain loop (Pillow, then forward) beside it. Three footings: one core for everything, one core for the network
and one to spare, all cores for the network. ``REFPIPE_BENCH_ROUNDS`` rounds (5). About four minutes on two cores, if
nothing else runs there.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from refpipe_tests.bench.machine import described, spread

RESULTS = Path(__file__).parent / "results" / "embed.md"
ROUNDS = int(os.environ.get("REFPIPE_BENCH_ROUNDS", "5"))
PHOTOGRAPHS = Path(__file__).parents[2] / "refpipe" / "backends" / "previs" / "look"
SIDE_PX = 1024


@dataclass(frozen=True, kw_only=True)
class Contender:
    """One network: ``whole`` embeds encoded pictures, ``bare`` runs a ready batch, ``plain`` prepares with Pillow."""

    name: str
    count: int
    loaded: Any
    whole: Callable[[list[bytes]], Iterator[Any]]
    bare: Callable[[Any], Any]
    plain: Callable[[bytes], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Seconds a picture of one round. Suffix 1: the network on one core, 2: on all of them."""

    prepared: float
    bare_1: float
    bare_2: float
    whole_one_core: float
    plain_one_core: float
    whole_spare_core: float
    whole_all_cores: float


def main() -> str:
    """The table, written to the results as well."""
    machine = described()
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as place:
        contenders = [_clip(Path(place)), _dino(Path(place))]
        jpegs = _jpegs(max(each.count for each in contenders))
        rounds: dict[str, list[Round]] = {each.name: [] for each in contenders}
        agreement = {each.name: _agreement(each, jpegs[:4]) for each in contenders}
        for number in range(ROUNDS):
            for each in contenders:
                rounds[each.name].append(_round(each, jpegs[: each.count], backwards=bool(number % 2)))
    kind = str(contenders[0].loaded.ground.dtype).removeprefix("torch.")
    lines = [
        "# Pictures to vectors: end to end, and the forward pass alone",
        "",
        f"{machine} {ROUNDS} rounds, in turns in one process. JPEGs of {SIDE_PX}×{SIDE_PX} from memory; {kind};",
        f"batches of {contenders[0].loaded.ground.batch}; random weights in the real architectures.",
        "F is a forward pass on batches that are ready, P preparing one picture, both on one core. The plain loop",
        "opens, resizes and normalises with Pillow as the model's own library does, batch by batch.",
        "",
        "| | " + " | ".join(rounds) + " |",
        "| --- |" + " --- |" * len(rounds),
    ]
    lines += [f"| {name} | " + " | ".join(of(each, cores) for each in rounds.values()) + " |" for name, of in ROWS]
    shown = " | ".join(f"{value:.4f}" for value in agreement.values())
    lines += [f"| likeness (cosine) of our vectors and the plain loop's, least of 4 | {shown} |", ""]
    text = "\n".join(lines)
    RESULTS.write_text(text, encoding="utf-8")
    return text


def _of(formula: Callable[[Round, int], float]) -> Callable[[list[Round], int], str]:
    return lambda rounds, cores: spread([formula(each, cores) for each in rounds])


def _on_one(it: Round) -> float:
    """Seconds a picture where one core does both, one after the other."""
    return it.bare_1 + it.prepared


def _shared_out(it: Round, cores: int) -> float:
    """Seconds a picture where the network has all cores and preparing is shared out between them."""
    return it.bare_2 + it.prepared / cores


ROWS = (
    ("F, ms a picture", _of(lambda it, _: 1e3 * it.bare_1)),
    ("P, ms a picture", _of(lambda it, _: 1e3 * it.prepared)),
    ("one core for all: pictures a second", _of(lambda it, _: 1 / it.whole_one_core)),
    ("… the plain loop", _of(lambda it, _: 1 / it.plain_one_core)),
    ("… ours against F / (F + P) of the bare rate (target 0.95)", _of(lambda it, _: _on_one(it) / it.whole_one_core)),
    ("… the plain loop against it", _of(lambda it, _: _on_one(it) / it.plain_one_core)),
    ("a core to spare: pictures a second", _of(lambda it, _: 1 / it.whole_spare_core)),
    ("… ours against the bare rate (target 0.95)", _of(lambda it, _: it.bare_1 / it.whole_spare_core)),
    ("… the plain loop, which spares no core, against it", _of(lambda it, _: it.bare_1 / it.plain_one_core)),
    ("the network on all cores: pictures a second", _of(lambda it, _: 1 / it.whole_all_cores)),
    ("… the bare rate there", _of(lambda it, _: 1 / it.bare_2)),
    ("… ours against F + P shared out there", _of(lambda it, cores: _shared_out(it, cores) / it.whole_all_cores)),
)


def _round(it: Contender, jpegs: list[bytes], *, backwards: bool) -> Round:
    """One of each, the other way round in every second round."""
    everything = sorted(os.sched_getaffinity(0))
    one, spare, every = ([everything[0]], 1), (everything, 1), (everything, len(everything))
    ready = _ready(it, jpegs)

    def whole() -> None:
        for _ in it.whole(jpegs):
            pass

    tasks: dict[str, tuple[tuple[list[int], int], Callable[[], None]]] = {
        "prepared": (one, lambda: _prepare(it, jpegs)),
        "bare_1": (one, lambda: _forward(it, ready)),
        "whole_one_core": (one, whole),
        "plain_one_core": (one, lambda: _plain(it, jpegs)),
        "whole_spare_core": (spare, whole),
        "bare_2": (every, lambda: _forward(it, ready)),
        "whole_all_cores": (every, whole),
    }
    taken: dict[str, float] = {}
    for name in list(tasks)[:: -1 if backwards else 1]:
        (cores, threads), task = tasks[name]
        with _footing(cores, threads):
            began = time.perf_counter()
            task()
            taken[name] = (time.perf_counter() - began) / len(jpegs)
    return Round(**taken)


@contextmanager
def _footing(cores: list[int], threads: int) -> Iterator[None]:
    """This thread, and those it starts, on these cores; the network with so many threads."""
    import torch

    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
        torch.set_num_threads(len(before))


def _prepare(it: Contender, jpegs: list[bytes]) -> None:
    from refpipe.backends.vision.preparing import prepare

    for each in jpegs:
        prepare(each, it.loaded.preparation)


def _ready(it: Contender, jpegs: list[bytes]) -> list[Any]:
    import torch

    from refpipe.backends.vision.preparing import prepare
    from refpipe.backends.vision.running import normalised

    pixels = [prepare(each, it.loaded.preparation) for each in jpegs]
    size = it.loaded.ground.batch
    parts = [torch.stack(pixels[start : start + size]) for start in range(0, len(pixels), size)]
    return [normalised(each, it.loaded.preparation, it.loaded.ground) for each in parts]


def _forward(it: Contender, ready: list[Any]) -> None:
    import torch

    with torch.inference_mode():
        for each in ready:
            it.bare(each)


def _plain(it: Contender, jpegs: list[bytes]) -> list[Any]:
    import torch

    size = it.loaded.ground.batch
    answers = []
    with torch.inference_mode():
        for start in range(0, len(jpegs), size):
            batch = torch.stack([it.plain(each) for each in jpegs[start : start + size]])
            answers += list(it.bare(batch.to(it.loaded.ground.dtype)).float())
    return answers


def _agreement(it: Contender, jpegs: list[bytes]) -> float:
    """The least cosine of our vector and the plain loop's of the same picture."""
    ours = np.stack(list(it.whole(jpegs)))
    plain = np.stack([each.numpy() for each in _plain(it, jpegs)])
    return float(((ours * plain).sum(1) / np.linalg.norm(plain, axis=1)).min())


def _clip(place: Path) -> Contender:
    """ViT-B/32's picture tower; the text tower, which is not asked, is small."""
    import open_clip
    import torch
    from PIL import Image
    from safetensors.torch import save_file

    from refpipe.backends.vision.clip import ClipName, OpenClipModel
    from refpipe.backends.vision.running import Runtime

    config = {**open_clip.get_model_config("ViT-B-32")}
    config["text_cfg"] = {**config["text_cfg"], "layers": 1, "width": 64, "heads": 1}
    directory = place / "ViT-B-32"
    directory.mkdir()
    (directory / "open_clip_config.json").write_text(json.dumps({"model_cfg": config}), encoding="utf-8")
    torch.manual_seed(0)
    save_file(open_clip.CLIP(**config).state_dict(), directory / "open_clip_model.safetensors")
    name, runtime = ClipName(name=f"local-dir:{directory}"), Runtime(device="cpu")
    loaded = name.find(runtime).load()
    transform = open_clip.transform.image_transform_v2(
        open_clip.transform.PreprocessCfg(**loaded.network.visual.preprocess_cfg), is_train=False
    )
    return Contender(
        name="ViT-B/32",
        count=40,
        loaded=loaded,
        whole=OpenClipModel(name, runtime).embed_pictures,
        bare=loaded.network.encode_image,
        plain=lambda data: transform(Image.open(BytesIO(data))),
    )


def _dino(place: Path) -> Contender:
    """DINOv3 S/16 with its four registers."""
    import torch
    from PIL import Image
    from transformers import DINOv3ViTConfig, DINOv3ViTImageProcessor, DINOv3ViTModel

    from refpipe.backends.vision.dino import DinoExtractor, DinoName
    from refpipe.backends.vision.running import Runtime

    directory = place / "dinov3-S"
    torch.manual_seed(0)
    DINOv3ViTModel(DINOv3ViTConfig(num_register_tokens=4)).save_pretrained(directory)
    processor = DINOv3ViTImageProcessor()
    processor.save_pretrained(directory)
    name, runtime = DinoName(name=str(directory)), Runtime(device="cpu")
    loaded = name.find(runtime).load()
    mean, std = (torch.tensor(each).view(3, 1, 1) for each in (processor.image_mean, processor.image_std))

    def plain(data: bytes) -> Any:
        small = Image.open(BytesIO(data)).convert("RGB").resize((224, 224), Image.Resampling.BILINEAR)
        return (torch.from_numpy(np.array(small)).permute(2, 0, 1).float() / 255 - mean) / std

    return Contender(
        name="DINOv3 S/16",
        count=24,
        loaded=loaded,
        whole=DinoExtractor(name, runtime).features,
        bare=lambda batch: loaded.network(pixel_values=batch).last_hidden_state[:, 0],
        plain=plain,
    )


def _jpegs(count: int) -> list[bytes]:
    """Squares cut from pictures of refpipe's own, with a little grain, as a camera's JPEGs have it."""
    from PIL import Image

    sources = [Image.open(path).convert("RGB") for path in sorted(PHOTOGRAPHS.glob("*.webp"))]
    rng = np.random.default_rng(0)
    made = []
    for number in range(count):
        source = sources[number % len(sources)]
        side = min(source.size)
        left, top = (int(rng.integers(0, each - side + 1)) for each in source.size)
        square = source.crop((left, top, left + side, top + side)).resize((SIDE_PX, SIDE_PX))
        grained = np.asarray(square) + rng.normal(0, 3, (SIDE_PX, SIDE_PX, 1))
        buffer = BytesIO()
        Image.fromarray(grained.clip(0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=90)
        made.append(buffer.getvalue())
    return made
