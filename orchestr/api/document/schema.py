"""The OpenAPI document: the door's own description with its answers, refusals, headers and links written in."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from orchestr.api.document.operations import ANSWERED, Answered, Link
from orchestr.api.document.work import Problem
from orchestr.api.problems import MEDIA_TYPE

type Schema = dict[str, Any]

_AT = "#/components/schemas/"
_TOLD = "Told"  # what is answered has names of its own: `RunTold` is not the `RunIn` that is sent
_KEY: Schema = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "maxLength": 200},
    "description": "A text of your own: the same one with the same body is done once and answered the same.",
}
_LEASE: Schema = {
    "in": "header",
    "name": "Run-Lease",
    "required": False,
    "schema": {"type": "string", "format": "uuid"},
    "description": "The `lease` under which you were given the run; once it is another process's, this is 409.",
}
_IF_MATCH: Schema = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string", "minLength": 1},
    "description": "The digest of the version you read; another one by now is 412.",
}


def completed(schema: Schema) -> Schema:
    """The document with what every operation answers. Raises KeyError for one that nobody has described."""
    parts = schema.setdefault("components", {})
    shapes, names = _shapes()
    parts.setdefault("schemas", {}).update(shapes)
    parts["responses"] = {f"Refused{code}": _refused(code, names) for code in _codes()}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            answered = ANSWERED[operation["operationId"]]
            operation["responses"] = _responses(answered, names)
            if method == "post" and operation["operationId"] != "orchestr_api_work_following":
                operation["parameters"].append(_KEY)
                if path.startswith("/api/v1/runs/{"):
                    operation["parameters"].append(_LEASE)
            elif method == "put":
                operation["parameters"].append(_IF_MATCH)
    return schema


def _codes() -> list[int]:
    return sorted({code for answered in ANSWERED.values() for code in answered.refusals})


def _shapes() -> tuple[Schema, Mapping[type, str]]:
    """Every shape that is answered, under a name of its own, and those names."""
    wanted: list[type[BaseModel]] = [*dict.fromkeys(answered.shape for answered in ANSWERED.values()), Problem]
    found, whole = models_json_schema(
        [(each, "serialization") for each in wanted], ref_template=_AT + "{model}" + _TOLD
    )
    named = {name + _TOLD: part for name, part in whole["$defs"].items()}
    return named, {model: str(reference["$ref"]) for (model, _), reference in found.items()}


def _responses(answered: Answered, names: Mapping[type, str]) -> Schema:
    good: Schema = {
        "description": HTTPStatus(answered.status).phrase,
        "content": {"application/json": {"schema": {"$ref": names[answered.shape]}}},
    }
    if answered.links:
        good["links"] = {name: _link(link) for name, link in answered.links.items()}
    bare = {str(code): {"description": HTTPStatus(code).phrase} for code in answered.also}
    refused = {str(code): {"$ref": f"#/components/responses/Refused{code}"} for code in sorted(answered.refusals)}
    return {str(answered.status): good} | bare | refused


def _link(link: Link) -> Schema:
    parameters = {taken: f"$response.body#{pointer}" for taken, pointer in link.takes.items()}
    body = {} if link.body is None else {"requestBody": dict(link.body)}
    return {"operationId": link.to, "parameters": parameters} | body


def _refused(code: int, names: Mapping[type, str]) -> Schema:
    said: Schema = {
        "description": HTTPStatus(code).phrase,
        "content": {MEDIA_TYPE: {"schema": {"$ref": names[Problem]}}},
    }
    if code == 429:
        said["headers"] = {
            "Retry-After": {"schema": {"type": "integer", "minimum": 1}, "description": "Seconds; where it is known."}
        }
    return said
