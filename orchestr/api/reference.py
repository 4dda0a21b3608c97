"""The readable reference: the OpenAPI document as one plain page, no script."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from orchestr.api.api import api
from orchestr.http import open_to_all


@open_to_all
def reference(request: HttpRequest) -> HttpResponse:
    """Every operation with its parameters and body, from the same schema that `openapi.json` serves."""
    schema: dict[str, Any] = api.get_openapi_schema()
    operations = [
        {"method": method.upper(), "path": path, **operation, "body": _body(operation, schema)}
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    tags: dict[str, list[dict[str, Any]]] = {}
    for operation in operations:
        tags.setdefault(operation["tags"][0], []).append(operation)
    return render(request, "api/reference.html", {"schema": schema, "tags": tags})


def _body(operation: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    return _members(content, schema)


def _members(part: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    name = part.get("$ref", "").rsplit("/", 1)[-1]
    whole = schema["components"]["schemas"].get(name, part)
    required = set(whole.get("required", ()))
    return [
        {"name": name, "required": name in required, "type": _type(member), "about": member.get("description", "")}
        for name, member in whole.get("properties", {}).items()
    ]


def _type(member: dict[str, Any]) -> str:
    if "$ref" in member:
        return str(member["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in member:
        return " or ".join(_type(each) for each in member["anyOf"])
    if member.get("type") == "array":
        return f"list of {_type(member.get('items', {}))}"
    if "enum" in member:
        return " or ".join(map(str, member["enum"]))
    return str(member.get("format") or member.get("type") or member.get("const") or "any")
