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
            passed=not short.of and not short.unknown,
            # one picture that falls short is no reason to stop anything downstream
            severity=dg.AssetCheckSeverity.WARN,
            description=f"{character}: {_words(short, examination)}",
            metadata={
                "character": character,
                "fall_short": dg.MetadataValue.json(dict(short.of)),
                "not_measured": dg.MetadataValue.json(list(short.unknown)),
                "pictures": examination.pictures,
                "planned": examination.planned,
            },
        )


def _words(short: Shortfall, examination: SetExamination) -> str:
    said = []
    if short.of:
        said.append("; ".join(f"{shot} ({why})" for shot, why in short.of.items()))
    if short.unknown:
        every = len(short.unknown) == examination.pictures
        said.append("not measured" if every else f"not measured: {', '.join(short.unknown)}")
    return ". ".join(said) or f"all {examination.pictures} pictures"
