"""The command that finds the reference picture for a scene. Belongs here: arguments, results."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from refpipe.cli import options, output
from refpipe.cli.home import open_home

if TYPE_CHECKING:
    from refpipe.domain.shots import SceneType
    from refpipe.services.find_reference import FoundReference


def find(
    character: options.CharacterName,
    scene: Annotated[str, typer.Argument(help="What happens in the scene, in words.", metavar="SCENE")],
    *,
    outfit: options.Outfit = None,
    scene_type: Annotated[
        str | None, typer.Option("--scene-type", help="dialogue, action, emotional, establishing or transition.")
    ] = None,
    intensity: Annotated[int | None, typer.Option("--intensity", help="Emotional intensity, 1 to 10.")] = None,
    min_quality: Annotated[
        float | None, typer.Option("--min-quality", help="Leave out what was measured below it, 0 to 100; 70.")
    ] = None,
    _json: options.Json = False,
) -> None:
    """Find the picture of a character that serves a scene best, with reasons and three alternatives."""
    with open_home() as wiring:
        found = wiring.find_reference()(
            wiring.settings.owner,
            character,
            scene,
            outfit=outfit,
            scene_type=_scene_type(scene_type),
            emotional_intensity=intensity,
            min_quality=min_quality,
        )
        where = wiring.blobs.where
        output.document(found.as_document(where))
        _show(found, where)


def _show(found: FoundReference, where: Callable[[str], str]) -> None:
    analysis = found.analysis
    if analysis.is_cueless:
        output.say("nothing in the words tells what picture is wanted; what serves any conversation:")
    else:
        output.say(f"heard: {analysis.scene_type.value} scene, {analysis.tone.value} tone")
    if found.selected is None:
        output.say(f"nothing suitable: {found.why_none}")
        return
    sure = "" if found.confidence is None else f", {100 * found.confidence:.0f} % sure that it serves"
    output.say(f"{found.selected.shot.slug}  {found.selected.match.total:.1f} of 100{sure}")
    output.say(where(found.selected.image.picture_sha256))
    for reason in found.reasons:
        output.say(f"  {reason.sentence}")
    for other in found.alternatives:
        output.say(f"or {other.shot.slug}  {other.match.total:.1f}  {where(other.image.picture_sha256)}")
    for missing in found.passed_over:
        output.say(f"better would be {missing.shot}  {missing.score:.1f}: {missing.why}")


def _scene_type(text: str | None) -> SceneType | None:
    from refpipe.domain.errors import RefusedInputError
    from refpipe.domain.shots import SceneType

    try:
        return None if text is None else SceneType(text.strip().lower())
    except ValueError:
        known = ", ".join(each.value for each in SceneType)
        raise RefusedInputError(f"there is no scene type {text!r}; there are: {known}", field="scene-type") from None
