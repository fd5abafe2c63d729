"""Command: comparisons by the shipped identity model, ``python -m refpipe.backends.model_pack.identity_pairs``.

Belongs here: which pictures are compared, their cosines, the table beside the weights. Does not: fitting (refpipe
calibrate), figures (bench consistency).

A comparison is of a person's picture with a front picture in previs's own studio, of the same person or of another:
as a set is compared with its master. Persons of the part ``calibration`` are fitted on, those of ``held_out`` never.
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from refpipe.backends.model_pack.picture_cache import Picture, read
from refpipe.backends.vision.dino import DinoExtractor, DinoName
from refpipe.backends.vision.model_files import shipped
from refpipe.domain.consistency import PairKind
from refpipe.domain.errors import RefusedInputError

TABLE = "calibration_pairs.csv.gz"
COLUMNS = ("view_bin", "kind", "similarity", "held_out", "shot", "picture_of", "master_of")
PARTS = {"calibration": False, "held_out": True}
"""Whether a part's comparisons take no part in the fit."""
OTHERS_A_PICTURE = 6
"""So many random other persons each picture is compared with."""
_SEED = 3
_KINDS = {"a": PairKind.SAME, "build": PairKind.SAME_BUILD, "clothes": PairKind.SAME_CLOTHES}
_MIRROR = "mirror"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A person's picture and a master, by their places, and what they have to do with each other."""

    picture: int
    master: int
    kind: PairKind


def comparisons(pictures: Sequence[Picture]) -> Iterator[Comparison]:
    """All that are made in a part. A mirrored person is a look-alike; the others are random persons ``a``."""
    draw = np.random.default_rng(_SEED)
    masters: dict[tuple[int, str], list[int]] = {}
    for place, picture in enumerate(pictures):
        if picture.is_master:
            masters.setdefault((picture.person.family, picture.person.member), []).append(place)
    families = sorted({family for family, member in masters if member == "a"})
    for place, picture in enumerate(pictures):
        if picture.is_master:
            continue
        mine = picture.person.family
        for member, kind in (*_KINDS.items(), (_MIRROR, PairKind.MIRRORED)):
            for master in masters.get((mine, member), ()):
                yield Comparison(place, master, kind)
        others = [family for family in families if family != mine]
        for family in draw.choice(others, min(OTHERS_A_PICTURE, len(others)), replace=False).tolist():
            master = int(draw.choice(masters[family, "a"]))
            yield Comparison(place, master, PairKind.OTHER)


def encoded(picture: Picture) -> bytes:
    """The exposed picture as PNG. Raises ValueError for one that was only traced."""
    import cv2

    if picture.pixels is None:
        raise ValueError("the picture was not exposed")
    written, png = cv2.imencode(".png", np.ascontiguousarray(picture.pixels[:, :, ::-1]))
    if not written:
        raise ValueError("the picture cannot be encoded")
    return png.tobytes()


def rows(part: str, extractor: DinoExtractor) -> Iterator[tuple[str, ...]]:
    """A part's comparisons as lines of the table, in the order of COLUMNS."""
    pictures = read(part)
    vectors = _vectors(pictures, extractor)
    for each in comparisons(pictures):
        picture, master = pictures[each.picture], pictures[each.master]
        cosine = float(vectors[each.picture] @ vectors[each.master])
        yield (
            picture.view_bin.value,
            each.kind.value,
            f"{cosine:.4f}",
            str(int(PARTS[part])),
            picture.facts["slug"],
            picture.person.name,
            master.person.name,
        )


def write_table(directory: Path, extractor: DinoExtractor) -> Path:
    """The table of both parts, the same bytes from the same comparisons."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for part in PARTS:
        writer.writerows(rows(part, extractor))
    path = directory / TABLE
    path.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))
    return path


def _vectors(pictures: Sequence[Picture], extractor: DinoExtractor) -> NDArray[np.float32]:
    answers = list(extractor.features(encoded(picture) for picture in pictures))
    for answer in answers:
        if isinstance(answer, RefusedInputError):
            raise answer
    return np.array(answers, np.float32)


def main(arguments: list[str]) -> None:
    directory = Path(arguments[0]) if arguments else shipped("dino")
    name = DinoName(name=str(directory.resolve())) if arguments else DinoName()
    path = write_table(directory, DinoExtractor(name))
    sys.stdout.write(f"{path}: {path.stat().st_size / 1e3:.0f} kB\n")


if __name__ == "__main__":
    main(sys.argv[1:])
