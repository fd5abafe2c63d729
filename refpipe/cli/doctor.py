"""What is configured and what is missing. Belongs here: the command and how its findings are shown.

Does not: the examinations themselves (examinations).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from refpipe.cli import options, output
from refpipe.cli.home import open_home

if TYPE_CHECKING:
    from refpipe.cli.examinations import Finding
    from refpipe.wiring import Wiring


def doctor(_json: options.Json = False) -> None:
    """Say what is configured and what is missing; 1 when something needed is."""
    from refpipe.cli.examinations import roles, versions

    with open_home() as wiring:
        findings = examine(wiring)
        served = roles(wiring)
    is_well = not any(finding.is_missing for finding in findings)
    output.document(
        {
            "ok": is_well,
            "checks": [finding.as_document() for finding in findings],
            "versions": versions(),
            "roles": [role.as_document() for role in served],
        }
    )
    rows = [(finding.name, finding.state, finding.detail, finding.remedy or None) for finding in findings]
    output.table("", ("what", "state", "found", "what to do"), rows)
    columns = ("role", "profile", "model", "licence", "commercial use", "state")
    output.table("Who makes what", columns, [role.as_row() for role in served])
    output.say(one_line(findings))
    if not is_well:
        raise typer.Exit(1)


def examine(wiring: Wiring) -> list[Finding]:
    """All findings, in the order in which they matter."""
    from refpipe.cli.examinations import examine_all

    return examine_all(wiring)


def one_line(findings: Sequence[Finding]) -> str:
    """The findings in one line."""
    missing = [finding.name for finding in findings if finding.is_missing]
    if missing:
        return f"Doctor: missing {', '.join(missing)}"
    remarks = [finding.name for finding in findings if finding.state == "warning"]
    with_remarks = f", with remarks on {', '.join(remarks)}" if remarks else ""
    return f"Doctor: all well{with_remarks} ({len(findings)} checks)"


def refuse_to_go_on(findings: Sequence[Finding]) -> None:
    """Raises NotSetUpError with the first thing that is missing."""
    from refpipe.domain.errors import NotSetUpError

    for finding in findings:
        if finding.is_missing:
            raise NotSetUpError(f"{finding.name}: {finding.detail}", remedy=finding.remedy or "See: refpipe doctor")
