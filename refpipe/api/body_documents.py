"""What OpenAPI says of bodies that the verbs read for themselves.

Belongs here: their schemas, and adding these to the app's description. Does not: reading them (bodies).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from refpipe.api import schemas
from refpipe.api.bodies import DOCUMENT_PART, FORM, JSON
from refpipe.api.problems import Problem

_REFERENCE = "#/components/schemas/{model}"
_FILE = {"type": "string", "contentMediaType": "application/octet-stream"}
_ASKED: Sequence[type[BaseModel]] = (
    schemas.FeaturesAsked,
    schemas.QualityAsked,
    schemas.ConsistencyAsked,
    schemas.MatchAsked,
    Problem,
)

UPLOAD_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            **{f"image/{kind}": {"schema": {"contentMediaType": f"image/{kind}"}} for kind in ("png", "jpeg", "webp")},
            FORM: {"schema": {"type": "object", "properties": {"file": {"type": "array", "items": _FILE}}}},
        },
    }
}


def body_of(kind: type[BaseModel], *, several: str | None = None, one: Sequence[str] = ()) -> dict[str, Any]:
    """A verb's body: the document, or a form with it and files."""
    reference = {"$ref": _REFERENCE.format(model=kind.__name__)}
    files: dict[str, Any] = dict.fromkeys(one, _FILE)
    if several is not None:
        files[several] = {"type": "array", "items": _FILE}
    form = {"type": "object", "properties": {DOCUMENT_PART: reference, **files}}
    content = {
        JSON: {"schema": reference},
        FORM: {"schema": form, "encoding": {DOCUMENT_PART: {"contentType": JSON}}},
    }
    return {"requestBody": {"required": True, "content": content}}


def describe_bodies(app: FastAPI) -> None:
    """Have the app's OpenAPI document hold the schemas that its verbs' bodies and problems refer to."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
            )
            _, found = models_json_schema([(kind, "validation") for kind in _ASKED], ref_template=_REFERENCE)
            known = document.setdefault("components", {}).setdefault("schemas", {})
            document["components"]["schemas"] = found.get("$defs", {}) | known
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
