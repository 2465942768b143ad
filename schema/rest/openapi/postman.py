"""A collection for Postman (format 2.1) with a request for each operation of an OpenAPI document."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from schema.rest.openapi.inputs import Json

FORMAT: Final = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
TOKEN: Final = {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}", "type": "string"}]}
DEEPEST: Final = 4
SAMPLES: Final[Mapping[str, Any]] = {
    "string": "",
    "integer": 0,
    "number": 0,
    "boolean": False,
    "array": [],
    "object": {},
}
OF_FORMATS: Final[Mapping[str, str]] = {
    "date": "2026-06-30",
    "date-time": "2026-06-30T12:00:00Z",
    "email": "ada@example.com",
    "uri": "https://example.com",
}


def collection_of(openapi: Json) -> Json:
    """Return the collection of an OpenAPI document; its variables are the address, the company and the token."""
    folders = dict[str, list[Json]]()
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            item = _item(openapi, path, method, operation)
            folders.setdefault(operation["tags"][0], []).append(item)
    return {
        "info": {"name": openapi["info"]["title"], "schema": FORMAT},
        "item": [{"name": name, "item": items} for name, items in folders.items()],
        "auth": TOKEN,
        "variable": [
            {"key": "address", "value": "http://localhost:8000"},
            {"key": "company", "value": ""},
            {"key": "token", "value": ""},
        ],
    }


def _item(openapi: Json, path: str, method: str, operation: Json) -> Json:
    headers = [{"key": "X-Workgraph-Tenant", "value": "{{company}}"}]
    request: Json = {"method": method.upper(), "header": headers, "url": _url(openapi, path, operation)}
    request["description"] = operation["description"]
    if not operation["security"]:
        request["auth"] = {"type": "noauth"}
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        raw = orjson.dumps(sample(openapi, schema), option=orjson.OPT_INDENT_2).decode()
        request["body"] = {"mode": "raw", "raw": raw, "options": {"raw": {"language": "json"}}}
        headers.append({"key": "Content-Type", "value": "application/json"})
    return {"name": operation["summary"], "request": request, "response": []}


def _url(openapi: Json, path: str, operation: Json) -> Json:
    base = openapi["servers"][0]["url"]
    segments = [f":{each[1:-1]}" if each.startswith("{") else each for each in path.strip("/").split("/")]
    whole = [*base.strip("/").split("/"), *segments]
    named = [each["name"] for each in operation["parameters"] if each["in"] == "path"]
    asked = [each for each in operation["parameters"] if each["in"] == "query"]
    return {
        "raw": "/".join(["{{address}}", *whole]),
        "host": ["{{address}}"],
        "path": whole,
        "variable": [{"key": name, "value": "{{company}}" if name == "company_id" else ""} for name in named],
        "query": [
            {"key": each["name"], "value": "", "disabled": True, "description": each.get("description", "")}
            for each in asked
        ],
    }


def sample(openapi: Json, schema: Json, depth: int = 0) -> Any:
    """Return a value of a schema: of an object what must be given, or what there is where nothing must."""
    if "$ref" in schema:
        named = openapi["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return sample(openapi, named, depth + 1) if depth < DEEPEST else None
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return sample(openapi, options[0], depth + 1)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object" and "properties" in schema:
        needed = schema.get("required", ())
        return {name: sample(openapi, schema["properties"][name], depth + 1) for name in needed}
    return OF_FORMATS.get(schema.get("format", ""), SAMPLES.get(kind or "", None))
