"""The JSON Schemas that a company writes for its own content types: which of them can be used safely.

A schema may refer to its own parts (`#/$defs/iban`), to nothing else, and not to itself. References multiply: a few
lines can stand for millions of checks. So what counts is the size with every reference written out, patterns counting
for many; it is measured without writing it out, in time proportional to the schema.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

import jsonschema_rs
import orjson

from resolvers.onboarding.problems import LONGEST_MESSAGE, Shape

LARGEST: Final = 20_000
HEAVIEST: Final = 2_000
WEIGHT_OF_PATTERN: Final = 100
MOST_STEPS: Final = 8
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
REFUSED: Final = frozenset({"$id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveRef"})


class _Unusable(Exception):
    """Says why a schema cannot be used."""


def schema_problem(schema: Mapping[str, Any]) -> str | None:
    """Say why something cannot be used as a schema; None if it can."""
    if len(orjson.dumps(schema)) > LARGEST:
        return f"it has more than {LARGEST:,} bytes."
    if schema.get("$schema", DIALECT) != DIALECT:
        return f"it is written for another dialect than {DIALECT}."
    try:
        _Scales(schema).weigh(schema)
        Shape(schema)
    except (_Unusable, jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        return str(error).partition("\n")[0][:LONGEST_MESSAGE]
    return None


class _Scales:
    """Weighs a schema with every reference written out; each part that is referred to is weighed once."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        self._known: dict[str, int | None] = {}

    def weigh(self, part: Any) -> int:
        """Return the weight of a part, or say that the whole is too heavy."""
        weight = 1
        if isinstance(part, dict):
            weight += sum(self._keyword(key, each) for key, each in cast("dict[str, Any]", part).items())
        elif isinstance(part, list):
            weight += sum(self.weigh(each) for each in cast("list[Any]", part))
        if weight > HEAVIEST:
            message = "it asks for too much, with its references written out; patterns count most."
            raise _Unusable(message)
        return weight

    def _keyword(self, key: str, value: Any) -> int:
        if key in REFUSED and isinstance(value, str):
            message = f"{key} cannot be used here."
            raise _Unusable(message)
        if key == "$ref" and isinstance(value, str):
            return self._referred(value)
        patterns = 1 if key == "pattern" else _count(value) if key == "patternProperties" else 0
        return patterns * WEIGHT_OF_PATTERN + self.weigh(value)

    def _referred(self, pointer: str) -> int:
        if pointer not in self._known:
            if list(self._known.values()).count(None) == MOST_STEPS:
                message = f"{pointer} is reached by more than {MOST_STEPS} references, one in another."
                raise _Unusable(message)
            self._known[pointer] = None
            self._known[pointer] = self.weigh(self._part(pointer))
        weight = self._known[pointer]
        if weight is None:
            message = f"{pointer} refers to itself."
            raise _Unusable(message)
        return weight

    def _part(self, pointer: str) -> Any:
        """Find what a reference names; only plain paths of keys are followed."""
        start, *keys = pointer.split("/")
        part: Any = self._schema
        for key in keys if start == "#" else [pointer]:
            if not isinstance(part, dict) or key not in part:
                message = f"{pointer} names no part of it; only paths such as #/$defs/iban can be referred to."
                raise _Unusable(message)
            part = cast("dict[str, Any]", part)[key]
        return part


def _count(value: Any) -> int:
    return len(cast("dict[str, Any]", value)) if isinstance(value, dict) else 0
