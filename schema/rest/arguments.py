"""Reads what a request gives into the variables of its document: texts of path and query, JSON of the body, headers."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    get_named_type,
    get_nullable_type,
)

from schema.execute.addressed.taking import KEY, VERSION, Argument, Takes
from schema.http.incoming import Incoming
from schema.rest.problems import wrong

WHOLE: Final = re.compile(r"-?\d{1,19}", re.ASCII)
NUMBER: Final = re.compile(r"-?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,3})?", re.ASCII)
VERSION_TAG: Final = re.compile(r'(?:W/)?"?(\d{1,9})(?:\.[0-9a-f]+)?"?', re.ASCII)
TRUTH: Final = {"true": True, "false": False}
ANY_JSON: Final = frozenset({"JSON", "JSONValue"})
MOST_PARAMETERS: Final = 1_000
NO_VERSION: Final = "`If-Match` must be the `version` of the object, or the `ETag` that it was read with."


def variables_of(
    takes: Takes, given: Mapping[str, str], query: bytes, body: Mapping[str, Any], incoming: Incoming
) -> dict[str, Any]:
    """Return the variables of a request, or raise the Problem that names what is wrong."""
    found: dict[str, Any] = {takes.body: {}} if takes.body else {}
    for name, argument in takes.in_path.items():
        _put(found, argument, _value(argument.type, [given[name]], name))
    for name, values in _parameters(query).items():
        if not takes.by_query or name not in takes.given:
            raise wrong(_unknown("query parameter", name, takes.given if takes.by_query else ()), parameter=name)
        argument = takes.given[name]
        _put(found, argument, _value(argument.type, values, name))
    for name, value in body.items():
        if name not in takes.given:
            said = _unknown("field", name, takes.given)
            raise wrong(said, status=422, pointer=f"/{_escaped(name)}")
        _put(found, takes.given[name], value)
    _put_headers(takes, found, incoming)
    return found


def _put(variables: dict[str, Any], argument: Argument, value: Any) -> None:
    place = variables
    for each in argument.target[:-1]:
        place = place[each]
    place[argument.target[-1]] = value


def _unknown(what: str, name: str, known: Mapping[str, Any] | Sequence[str]) -> str:
    there = f"there are {', '.join(sorted(known))}" if known else "there is none"
    return f"There is no {what} {name[:100]!r} here; {there}."


def _escaped(name: str) -> str:
    return name[:100].replace("~", "~0").replace("/", "~1")


def _parameters(query: bytes) -> dict[str, list[str]]:
    """Return the parameters of an address; one that comes again has several values."""
    try:
        pairs = parse_qsl(
            query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS
        )
    except ValueError:
        raise wrong("The query of the address cannot be read.") from None
    found = dict[str, list[str]]()
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def takes_json(kind: GraphQLInputType) -> bool:
    """Tell whether a parameter of a type is written as JSON: an input object, a list of them, a free value."""
    inner = get_named_type(kind)
    return isinstance(inner, GraphQLInputObjectType) or inner.name in ANY_JSON


def _value(kind: GraphQLInputType, texts: Sequence[str], name: str) -> Any:
    """Read the texts of one parameter."""
    inner = get_nullable_type(kind)
    is_list = isinstance(inner, GraphQLList)
    if not is_list and len(texts) > 1:
        raise wrong(f"{name} is given {len(texts)} times; it has one value.", parameter=name)
    if takes_json(kind):
        return _json(texts, name)
    read = [_scalar(get_named_type(kind).name, each, name) for each in texts]
    return read if is_list else read[0]


def _json(texts: Sequence[str], name: str) -> Any:
    if len(texts) > 1:
        raise wrong(f"{name} is given {len(texts)} times; it is JSON, and given once.", parameter=name)
    try:
        return orjson.loads(texts[0])
    except orjson.JSONDecodeError as error:
        raise wrong(f"{name} must be JSON: {error}.", parameter=name) from error


def _scalar(kind: str, text: str, name: str) -> Any:
    match kind:
        case "Int":
            return int(_matching(WHOLE, text, name, "a whole number"))
        case "Float":
            return float(_matching(NUMBER, text, name, "a number"))
        case "Boolean":
            if text not in TRUTH:
                raise wrong(f"{name} must be true or false.", parameter=name)
            return TRUTH[text]
        case _:
            return text


def _matching(form: re.Pattern[str], text: str, name: str, what: str) -> str:
    if not form.fullmatch(text):
        raise wrong(f"{name} must be {what}.", parameter=name)
    return text


def _put_headers(takes: Takes, variables: dict[str, Any], incoming: Incoming) -> None:
    if key := incoming.header(KEY[1].encode()):
        if takes.key is None:
            raise wrong("`Idempotency-Key` has no meaning here: leave it out.", header="Idempotency-Key")
        _put(variables, takes.key, key.strip().strip('"'))
    if (version := incoming.header(VERSION[1].encode())) and version.strip() != "*":
        if takes.version is None:
            raise wrong("`If-Match` has no meaning here: leave it out.", header="If-Match")
        found = VERSION_TAG.fullmatch(version.strip())
        if not found:
            raise wrong(NO_VERSION, header="If-Match")
        _put(variables, takes.version, int(found[1]))
