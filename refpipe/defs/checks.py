"""Asset checks of a whole set (R-QA-6). Belongs here: specs and results. Does not: verdicts on single pictures."""

from collections.abc import Iterator

import dagster as dg

from refpipe.services.examine_set import SetExamination, Shortfall

_RESPECTS = {
    "coverage": "Every active shot of the library has a picture that has not failed.",
    "quality": "Every picture reaches its least quality.",
    "consistency": "Every picture is as like the master reference as it must be.",
    "resolution": "Every picture has as many pixels as were asked for.",
    "duplicates": "No two shots show the same picture.",
    "embedding": "Every accepted picture has a vector of today's model, of its dimension and of length 1.",
}

set_checks = [
    dg.AssetCheckSpec(name, asset="character_set", description=description) for name, description in _RESPECTS.items()
]


def set_check_results(character: str, examination: SetExamination) -> Iterator[dg.AssetCheckResult]:
    """A result for each respect. What falls short is named; what could not be measured is no pass and no error."""
    for name in _RESPECTS:
        short: Shortfall = getattr(examination, name)
        yield dg.AssetCheckResult(
            check_name=name,
            passed=not (short.of or short.unknown or short.undecided),
            # one picture that falls short is no reason to stop anything downstream
            severity=dg.AssetCheckSeverity.WARN,
            description=f"{character}: {_words(name, short, examination)}",
            metadata={
                "character": character,
                "fall_short": dg.MetadataValue.json(dict(short.of)),
                "not_measured": dg.MetadataValue.json(list(short.unknown)),
                "undecided": dg.MetadataValue.json(list(short.undecided)),
                "pictures": examination.pictures,
                "planned": examination.planned,
            },
        )


def _words(name: str, short: Shortfall, examination: SetExamination) -> str:
    asked_of = f"{examination.accepted} accepted" if name == "embedding" else str(examination.pictures)
    said = []
    if short.of:
        said.append("; ".join(f"{shot} ({why})" for shot, why in short.of.items()))
    if short.undecided:
        said.append(f"a person has to decide: {', '.join(short.undecided)}")
    if short.unknown:
        which = "" if len(short.unknown) == examination.pictures else ", ".join(short.unknown)
        said.append(": ".join(part for part in ("not measured", short.why or which) if part))
    return ". ".join(said) or f"all {asked_of} pictures"
