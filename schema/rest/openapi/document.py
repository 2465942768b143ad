"""The OpenAPI 3.1 document of some endpoints, made from their documents and the types of the schema."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from graphql import GraphQLField, GraphQLInputType, GraphQLNonNull, GraphQLSchema

from schema.derive.fields import declaration_of
from schema.execute.addressed.endpoint import Endpoint
from schema.execute.addressed.giving import root_fields
from schema.execute.addressed.taking import COMPANY, SESSION, Argument
from schema.execute.guard import Needs
from schema.rest.arguments import takes_json
from schema.rest.openapi.inputs import Components, Json, an_object, described
from schema.rest.openapi.outputs import Answers
from schema.rest.table import Table

VERSION: Final = "3.1.0"
BEARER: Final = "bearer"
STRAWBERRY: Final = "strawberry-definition"
PROBLEM: Final = "application/problem+json"
ALWAYS: Final = (400, 401, 403, 404, 429, 500, 503, 504)
OF_BODIES: Final = (409, 413, 415, 422)
SAID: Final[Mapping[int, str]] = {
    400: "The request is not as it must be; `errors` name what is wrong.",
    401: "Nobody is signed in, or the token is not good.",
    403: "You may not do this.",
    404: "There is nothing here, or nothing that you may know of.",
    409: "It does not fit how things stand.",
    412: "It has changed since the version that `If-Match` names.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The body can be read, and holds what cannot be; `errors` point to it.",
    429: "It was asked too often, or a budget is used up; come again after `Retry-After` seconds.",
    500: "A fault of ours, which was recorded.",
    503: "It cannot be answered for the moment.",
    504: "It took too long and was stopped.",
}
PROBLEM_SCHEMA: Final[Json] = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, for people."},
        "code": {"type": "string", "description": "What is wrong, for programs."},
        "errors": {
            "type": "array",
            "description": "Each single error.",
            "items": {
                "type": "object",
                "required": ["code", "detail"],
                "properties": {
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                    "pointer": {"type": "string", "description": "JSON pointer into the body."},
                    "parameter": {"type": "string", "description": "Parameter of the path or of the query."},
                    "header": {"type": "string", "description": "Header of the request."},
                },
            },
        },
        "data": {"description": "What could be answered beside the errors."},
    },
}
HEADERS: Final[Mapping[str, Json]] = {
    "ETag": {"description": "Tag of this answer; it begins with the version.", "schema": {"type": "string"}},
    "Location": {"description": "Where what was made can be read.", "schema": {"type": "string"}},
    "Workgraph-Hidden": {
        "description": "Fields that are null because you may not read them, with the permission that each needs.",
        "schema": {"type": "string"},
    },
}
NAMED: Final[Mapping[str, str]] = {
    COMPANY: "The id of the company, or its short name.",
    SESSION: "The token of the new hire's link; it stands for `Authorization`.",
}


def openapi_of(schema: GraphQLSchema, table: Table, base: str, title: str) -> Json:
    """Return the document of the endpoints below an address."""
    components = Components()
    components.schemas["Problem"] = PROBLEM_SCHEMA
    answers = Answers(schema, components)
    paths = dict[str, Json]()
    for each in sorted(table.endpoints, key=lambda one: (one.group, one.address.path, one.address.method)):
        place = paths.setdefault(each.address.path, {})
        place[each.address.method.value] = _operation(schema, each, components, answers)
    return {
        "openapi": VERSION,
        "info": {"title": title, "version": "1", "description": "Documents of GraphQL that are called over REST."},
        "servers": [{"url": base}],
        "tags": [{"name": name} for name in sorted({each.group for each in table.endpoints})],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.schemas.items())),
            "responses": {str(status): _problem(said) for status, said in SAID.items()},
            "headers": dict(HEADERS),
            "securitySchemes": {BEARER: {"type": "http", "scheme": "bearer"}},
        },
    }


def _problem(said: str) -> Json:
    return {"description": said, "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def _operation(schema: GraphQLSchema, endpoint: Endpoint, components: Components, answers: Answers) -> Json:
    roots = root_fields(schema, endpoint.operation, endpoint.fragments)
    needs = [needed for _, field in roots if (needed := needs_of(field))]
    told = "\n\n".join(field.description for _, field in roots if field.description)
    by_token = SESSION in endpoint.address.names
    made: Json = {
        "operationId": endpoint.name,
        "tags": [endpoint.group],
        "summary": endpoint.notes.rstrip(".") or endpoint.name,
        "description": told,
        "parameters": _parameters(endpoint, components),
        "security": [{BEARER: []}] if needs and not by_token else [],
        "x-permissions": needs,
        "x-graphql": ", ".join(name for name, _ in roots),
    }
    if body := _body(endpoint, components):
        made["requestBody"] = body
    made["responses"] = _responses(endpoint, components, answers)
    return made


def needs_of(field: GraphQLField) -> str | None:
    """Return the permission without which a root field is refused; None for one that is public."""
    declared = declaration_of(field)
    if declared is not None:
        return declared.needs
    by_hand = getattr(field.extensions.get(STRAWBERRY), "extensions", ())
    return next((each.permission for each in by_hand if isinstance(each, Needs)), None)


def _parameters(endpoint: Endpoint, components: Components) -> list[Json]:
    takes = endpoint.takes
    found = [_in_path(name, takes.in_path.get(name), components) for name in endpoint.address.names]
    if takes.by_query:
        found += [_in_query(each, components) for each in takes.given.values()]
    if takes.key:
        said = "Your key for this command: given again within 24 hours, it is answered and not done again."
        found.append(_header("Idempotency-Key", said, {"type": "string", "maxLength": 255, "pattern": "^[!-~]+$"}))
    if takes.version:
        said = 'Refuse with 412 if it has changed since this version: `"7"`, or the `ETag` that it was read with.'
        found.append(_header("If-Match", said, {"type": "string", "pattern": r'^"[0-9]{1,9}(\.[0-9a-f]+)?"$'}))
    return found


def _in_path(name: str, argument: Argument | None, components: Components) -> Json:
    kind = argument.type if argument else None
    schema = components.given(GraphQLNonNull(_nullable(kind))) if kind else {"type": "string"}
    said = NAMED.get(name) or (argument.description if argument else None) or f"The {name.replace('_', ' ')}."
    return {"name": name, "in": "path", "required": True, "description": said, "schema": schema}


def _nullable(kind: GraphQLInputType) -> Any:
    return kind.of_type if isinstance(kind, GraphQLNonNull) else kind


def _in_query(argument: Argument, components: Components) -> Json:
    schema = components.given(GraphQLNonNull(_nullable(argument.type)))
    said = argument.description or QUERY.get(argument.name)
    place = {"name": argument.name, "in": "query", "required": argument.is_required}
    written = {"content": {"application/json": {"schema": schema}}} if takes_json(argument.type) else {"schema": schema}
    return described({**place, **written}, said)


QUERY: Final[Mapping[str, str]] = {
    "first": "How many at most, from the beginning; 50 when left out, 200 at most.",
    "after": "Go on behind this cursor.",
    "last": "How many at most, from the end.",
    "before": "Go on before this cursor.",
    "where": "Only those that match, as JSON.",
    "orderBy": "In which order, as a JSON list.",
    "totalCount": "Whether to count all that match.",
}


def _header(name: str, said: str, schema: Json) -> Json:
    return {"name": name, "in": "header", "required": False, "description": said, "schema": schema}


def _body(endpoint: Endpoint, components: Components) -> Json | None:
    takes = endpoint.takes
    if takes.by_query or not takes.given:
        return None
    fields = {name: described(components.given(each.type), each.description) for name, each in takes.given.items()}
    needed = [name for name, each in takes.given.items() if each.is_required]
    schema = components.ref(f"{endpoint.name}Body", an_object(fields, needed))
    return {"required": bool(needed), "content": {"application/json": {"schema": schema}}}


def _responses(endpoint: Endpoint, components: Components, answers: Answers) -> Json:
    statuses: Sequence[int] = [*ALWAYS, *(() if endpoint.reads and endpoint.takes.by_query else OF_BODIES)]
    statuses = [*statuses, *([412] if endpoint.takes.version else [])]
    problems = {str(each): {"$ref": f"#/components/responses/{each}"} for each in sorted(statuses)}
    if endpoint.gives.empty:
        return {"204": {"description": "It is done."}, **problems}
    schema = components.ref(f"{endpoint.name}Answer", answers.of(endpoint))
    right: Json = {"description": "The answer.", "content": {"application/json": {"schema": schema}}}
    hidden = {"Workgraph-Hidden": {"$ref": "#/components/headers/Workgraph-Hidden"}}
    if endpoint.address.method.value == "get":
        tagged = {**right, "headers": {**hidden, "ETag": {"$ref": "#/components/headers/ETag"}}}
        return {"200": tagged, "304": {"description": "What you have is what you would be sent."}, **problems}
    if not endpoint.gives.makes:
        return {"200": {**right, "headers": hidden}, **problems}
    location = {"Location": {"$ref": "#/components/headers/Location"}}
    created = {**right, "description": "It was made.", "headers": {**hidden, **location}}
    dry = {"200": {**right, "description": "A dry run: it would be made."}} if "dryRun" in endpoint.takes.given else {}
    return {**dry, "201": created, **problems}
