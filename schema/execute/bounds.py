"""How much a request may ask for before anybody looks at what it asks: each limit with its default.

A request that is over one is told which, how much there may be, and how much there was.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import orjson
from graphql import GraphQLError

from resolvers.barred import BadInput


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """The limits of one installation: the names are those under which an error names them.

    `aliases_together` and `repeats` are of one selection, `directives_together` of one place, `overlaps` the pairs of
    fields with the same name in the answer, which have to be compared.
    """

    tokens: int = 15_000
    depth: int = 20
    aliases: int = 100
    aliases_together: int = 50
    directives: int = 100
    directives_together: int = 5
    root_fields: int = 50
    fields: int = 10_000
    repeats: int = 20
    overlaps: int = 25_000
    variable_bytes: int = 524_288
    variable_depth: int = 40
    errors: int = 20

    @property
    def brackets(self) -> int:
        """How deep brackets may stand in one another: those of selections, and of values written into them."""
        return self.depth + self.variable_depth


BOUNDS: Final = Bounds()


def exceeded(limit: str, most: int, found: int, said: str) -> GraphQLError:
    """Say which limit is exceeded; `said` is a sentence that names it and how much there may be."""
    message = f"{said}; this has {found:,}."
    return GraphQLError(message, original_error=BadInput(message, limit=limit, most=most, found=found))


def wrong_variables(variables: dict[str, Any] | None, bounds: Bounds) -> str | None:
    """Say what is wrong with the size of variables, or nothing."""
    if not variables:
        return None
    depth = depth_of(variables)
    if depth > bounds.variable_depth:
        return f"`variables` nests at most {bounds.variable_depth} levels; this has {depth:,}."
    size = len(orjson.dumps(variables))
    if size > bounds.variable_bytes:
        return f"`variables` has at most {bounds.variable_bytes:,} bytes; this has {size:,}."
    return None


def depth_of(value: object) -> int:
    """Count the levels of JSON, one after the other, so that depth costs no stack."""
    level, depth = [value], 0
    while level := [inner for each in level for inner in _inside(each)]:
        depth += 1
    return depth


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
