"""``refpipe ledger``: the document field by field, and what is refused."""

from __future__ import annotations

import pytest

from refpipe.backends.database.session import PostgresDatabase
from refpipe.domain.generation import GenerationState, Role
from refpipe.domain.ledger import Wanted
from refpipe_tests.cli.conftest import Command

LINE_FIELDS = {
    "fingerprint", "role", "model", "cells", "state", "attempt", "provider_id", "cost_usd", "blob", "error",
    "updated_at",
}  # fmt: skip
DOUBTFUL = "d0" * 32


@pytest.fixture
def doubtful(command: Command, database_url: str) -> str:
    """A paid generation of which nobody knows whether it was begun."""
    database = PostgresDatabase(database_url)
    wanted = Wanted(fingerprint=DOUBTFUL, role=Role.VIDEO_CHUNK, model="hailuo@2", request={"seed": 1})
    with database.transaction("local") as records:
        claim = records.generations.claim(wanted, holder="gone", lease_s=60)
        assert claim is not None
        claim = records.generations.advance(claim, GenerationState.SUBMITTING, lease_s=60)
        records.generations.advance(claim, GenerationState.IN_DOUBT, lease_s=None, error="HTTP 500")
    database.close()
    return DOUBTFUL


def test_what_was_made_is_listed_and_shown_with_its_request_and_files(command: Command) -> None:
    assert "No generations" in command("ledger", "list").out
    command("character", "add", "sample:jax")
    made = command("generate", "jax", "--shots", "50mm_front_cu", "--json")
    assert made.code == 0, made.err
    (line,) = command("ledger", "list", "--json").document
    assert set(line) == LINE_FIELDS
    assert (line["role"], line["state"], line["attempt"]) == ("reference_image", "succeeded", 1)
    assert "@" in line["model"]
    assert (line["cost_usd"], line["provider_id"], line["error"]) == (0.0, None, None)
    assert line["cells"] == [{"character": "jax", "outfit": "street", "shot": "50mm_front_cu"}]
    told = command("ledger", "list").out
    assert line["fingerprint"][:12] in told
    assert "jax/street 50mm_front_cu" in told
    assert command("ledger", "list", "--state", "failed", "--json").document == []
    shown = command("ledger", "show", line["fingerprint"][:10], "--json").document
    assert set(shown) == LINE_FIELDS | {"holder", "lease_until", "request", "files"}
    assert shown["request"]["shot"]["lens_mm"] == 50
    assert shown["files"]["picture.png"] == line["blob"]
    assert "picture.png" in command("ledger", "show", line["fingerprint"]).out


def test_what_is_in_doubt_is_resolved_by_a_person(command: Command, doubtful: str) -> None:
    (line,) = command("ledger", "list", "--state", "in_doubt", "--json").document
    assert (line["fingerprint"], line["error"]) == (doubtful, "HTTP 500")
    done = command("ledger", "resolve", doubtful, "--as", "adopt", "--job", "p-7", "--cost", "0.5", "--json")
    assert done.code == 0, done.err
    assert (done.document["state"], done.document["provider_id"], done.document["cost_usd"]) == (
        "submitted",
        "p-7",
        0.5,
    )
    assert done.document["cells"] == [], "of no reference shot"
    again = command("ledger", "resolve", doubtful, "--as", "lost")
    assert again.code == 2
    assert "submitted: there is nothing to decide" in again.err


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("list", "--state", "lost"), "no state"),
        (("show", "d0"), "at least 6"),
        (("show", "ffffff"), "no generation"),
        (("resolve", DOUBTFUL, "--as", "maybe"), "neither lost nor adopt"),
        (("resolve", DOUBTFUL, "--as", "adopt"), "id of the job"),
        (("resolve", DOUBTFUL), "--as"),
    ],
)
def test_wrong_usage_is_refused_with_the_reason(
    command: Command, doubtful: str, arguments: tuple[str, ...], what: str
) -> None:
    said = command("ledger", *arguments)
    assert said.code == 2
    assert what in said.err
