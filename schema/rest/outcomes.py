"""What became of a request: the value that it is answered with, or the problem that stands for it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from schema.answering import Answered
from schema.execute.addressed.endpoint import Endpoint
from schema.execute.addressed.taking import Takes
from schema.execute.errors import shown
from schema.rest.problems import OF_REFUSALS, STATUS, Problem, missing

MASKED: Final = frozenset({"INTERNAL", "TIMEOUT", "UNAVAILABLE"})
CONFLICT: Final = 409
GONE: Final = 404
UNKNOWN_THING: Final = 422
CHANGED: Final = 412
NOT_WHOLE: Final = "Not all of it could be answered; `data` is what could."
INPUT: Final = "input"
Errors = Sequence[Mapping[str, Any]]


def value_of(endpoint: Endpoint, answered: Answered, *, matched: bool) -> Any:
    """Return what an endpoint answers, or raise the Problem that says why there is nothing, or not all of it.

    What was done was done: a mutation that has nothing to show is no problem.
    """
    data = plain(answered)
    refusals = _refusals(endpoint, data)
    if refusals:
        raise _refused(endpoint.takes, refusals, matched=matched)
    value = _value(endpoint, data)
    if answered.errors:
        raise of_errors(endpoint, answered, value)
    if value is None and endpoint.reads:
        raise _nothing(endpoint, answered)
    return value


def plain(answered: Answered) -> Any:
    """Return the data of an answer as values; what PostgreSQL has written is read."""
    return orjson.loads(orjson.dumps(answered.data))


def _refusals(endpoint: Endpoint, data: Any) -> Errors:
    payload = endpoint.gives.payload
    return ((data or {}).get(payload) or {}).get("refusals", ()) if payload else ()


def _value(endpoint: Endpoint, data: Any) -> Any:
    for key in endpoint.gives.keys:
        data = data.get(key) if data else None
    if data and endpoint.gives.without:
        return {key: value for key, value in data.items() if key not in endpoint.gives.without}
    return data


def of_errors(endpoint: Endpoint, answered: Answered, value: Any = None) -> Problem:
    """Return the problem that errors are: its status and code are those of the worst one."""
    told = shown(answered.errors)
    worst = max(told, key=lambda each: _status(endpoint, each["extensions"]["code"]))
    code = worst["extensions"]["code"]
    detail = worst["message"] if value is None else f"{worst['message']} {NOT_WHOLE}"
    waits = [int(each["extensions"]["retryAfter"]) for each in told if "retryAfter" in each["extensions"]]
    headers = {"retry-after": str(max(waits))} if waits else {}
    errors = [_error(endpoint.takes, each) for each in told]
    return Problem(_status(endpoint, code), detail, code, errors, headers, value)


def _status(endpoint: Endpoint, code: str) -> int:
    """Return the status of a code; a value in a body is found wrong after it was read."""
    if code == "BAD_USER_INPUT" and not endpoint.takes.by_query:
        return UNKNOWN_THING
    return STATUS.get(code, 500)


def _error(takes: Takes, told: Mapping[str, Any]) -> dict[str, Any]:
    """Tell one error, and where in the request it is."""
    extensions = dict(told["extensions"])
    where = extensions.pop("inputPath", None)
    error = {"code": extensions.pop("code"), "detail": told["message"], **extensions}
    if "path" in told:
        error["path"] = [str(each) for each in told["path"]]
    return error | (_place(takes, where) if where else {})


def _place(takes: Takes, path: Sequence[str | int]) -> dict[str, str]:
    """Say where a value stands: in the path or the query by its name, in the body by a JSON pointer."""
    target = [str(each) for each in path]
    if target and target[0] in {takes.body, INPUT} and target[0] not in takes.given:
        target = target[1:]
    for name, argument in takes.in_path.items():
        if target[:1] == [argument.target[-1]]:
            return {"parameter": name}
    if takes.version and target == [takes.version.name]:
        return {"header": "If-Match"}
    if takes.key and target == [takes.key.name]:
        return {"header": "Idempotency-Key"}
    if takes.by_query and target:
        return {"parameter": target[0]}
    return {"pointer": "".join(f"/{each.replace('~', '~0').replace('/', '~1')}" for each in target)}


def _refused(takes: Takes, refusals: Errors, *, matched: bool) -> Problem:
    errors = [_refusal(takes, each) for each in refusals]
    first = refusals[0]
    headers = dict[str, str]()
    return Problem(
        _status_of_refusal(first["code"], errors[0], matched=matched), first["message"], first["code"], errors, headers
    )


def _refusal(takes: Takes, told: Mapping[str, Any]) -> dict[str, Any]:
    facts = {name: value for name, value in told.items() if name not in {"code", "message", "path", "__typename"}}
    place = _place(takes, told["path"]) if told["path"] else {}
    return {"code": told["code"], "detail": told["message"], **facts, **place}


def _status_of_refusal(code: str, error: Mapping[str, Any], *, matched: bool) -> int:
    if code == "NOT_FOUND":
        return UNKNOWN_THING if "pointer" in error else GONE
    if code == "VERSION_CONFLICT" and matched:
        return CHANGED
    return OF_REFUSALS.get(code, CONFLICT)


def _nothing(endpoint: Endpoint, answered: Answered) -> Problem:
    """Say that there is nothing; where that is because it may not be read, say so."""
    place = ".".join(endpoint.gives.keys)
    for path, needs in answered.hidden.items():
        if place == path or place.startswith(f"{path}."):
            said = f"This needs the permission {needs}."
            return Problem(403, said, "FORBIDDEN", [{"code": "FORBIDDEN", "detail": said, "permission": needs}])
    return missing()
