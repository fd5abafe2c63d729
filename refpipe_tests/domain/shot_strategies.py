"""Templates as an author might write them, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from refpipe.domain.camera import Crop, Gaze, Headroom, Thirds
from refpipe.domain.shots import Expression, Mode, Pack, Pose, SceneType

lenses = st.one_of(st.sampled_from([35, 50, 85]), st.floats(14, 200))
crops = st.sampled_from(Crop)
texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40)
short_texts = texts.map(str.strip).filter(bool)
words = {
    "pack": st.sampled_from(Pack),
    "mode": st.sampled_from(Mode),
    "azimuth_deg": st.one_of(st.just(0), st.floats(-180, 180)),
    "elevation_deg": st.one_of(st.just(0), st.floats(-90, 90)),
    "distance_m": st.floats(0.1, 10),
    "subject_yaw_deg": st.one_of(st.just(0), st.floats(-180, 180)),
    "gaze": st.sampled_from(Gaze),
    "thirds": st.sampled_from(Thirds),
    "headroom": st.sampled_from(Headroom),
    "pose": st.sampled_from(Pose),
    "expression": st.sampled_from(Expression),
    "scene_types": st.lists(st.sampled_from(SceneType), unique=True),
    "priority": st.integers(1, 10),
    "when_to_use": texts,
    "composition_notes": texts,
    "negative_prompts": st.lists(
        st.one_of(short_texts, st.sampled_from(["hands_visible", "full body", "tight-crop", "front_facing"])),
        max_size=4,
    ),
    "description": texts,
    "tags": st.lists(short_texts, max_size=3),
    "f_stop": st.floats(0.7, 64),
    "iso": st.integers(25, 409_600),
    "shutter": st.sampled_from(["1/250", "1/60", "2s"]),
    "reference_weight": st.one_of(st.just(0), st.floats(0, 1)),
    "active": st.booleans(),
    "version": st.integers(1, 5),
    "name": short_texts,
    "angle": st.sampled_from(["front", "3q_left", "profile_right", "back"]),
}


@st.composite
def templates(draw):
    """Plain data of a template within every range: slug, lens and crop, and any of the other fields."""
    data = draw(st.fixed_dictionaries({"lens_mm": lenses, "crop": crops}, optional=words))
    slug = draw(st.from_regex(r"[a-z0-9](?:[a-z0-9_]{0,20}[a-z0-9])?", fullmatch=True))
    return {"slug": slug, **data}
