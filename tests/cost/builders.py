"""Documents that ask for too much, each with the limit that refuses it; and what a request says of its cost."""

from collections.abc import Mapping
from typing import Any

from graphql import get_introspection_query

from tests.world import Answer, Person

DEEP = "stages { nodes { flow { "
REFUSED: Mapping[str, tuple[str, str]] = {
    "101 aliases": ("{ " + " ".join(f"a{i}: __typename" for i in range(101)) + " }", "aliases"),
    "51 aliases in one selection": (
        "{ company { " + " ".join(f"a{i}: name" for i in range(51)) + " } }",
        "aliasesTogether",
    ),
    "10 directives": ("{ __typename " + "@include(if: true) " * 10 + "}", "directivesTogether"),
    "10 directives that there are not": ("{ __typename " + "@aa" * 10 + " }", "directivesTogether"),
    "500 directives": ("{ __typename " + "@include(if: true) " * 500 + "}", "directives"),
    "500 directives at 500 places": ("{ " + "__typename @skip(if: false) " * 500 + "}", "directives"),
    "fragments in a circle": (
        "{ company { ...A } } fragment A on Company { name ...B } fragment B on Company { id ...A }",
        "fragmentCycles",
    ),
    "a fragment in itself": ("{ company { ...A } } fragment A on Company { ...A }", "fragmentCycles"),
    "a circle through fields": (
        "{ flows { nodes { ...A } } } fragment A on Flow { stages { nodes { flow { ...A } } } }",
        "fragmentCycles",
    ),
    "one field 1,000 times": ("{ company { " + "name " * 1000 + "} }", "overlaps"),
    "one field 1,000 times at the root": ("{ " + "__typename " * 1000 + "}", "rootFields"),
    "deep": ("{ flows { nodes { " + DEEP * 30 + "id" + " } } }" * 30 + " } } }", "depth"),
    "deeper than the stack": ("{ a " * 5000 + "}" * 5000, "depth"),
    "an introspection bomb": (
        "{ __schema { types { " + "fields { type { " * 5 + "name" + " } }" * 5 + " } } }",
        "introspection",
    ),
    "an introspection bomb by aliases": (
        "{ __schema { types { " + " ".join(f"a{i}: fields {{ name type {{ name }} }}" for i in range(101)) + " } } }",
        "aliases",
    ),
    "51 root fields": ("{ " + "modules { name } " * 51 + "}", "rootFields"),
    "too many tokens": ("{ company { " + "name " * 20_000 + "} }", "tokens"),
    "one list under many names": (
        "{ flows { nodes { " + " ".join(f"a{i}: stages {{ totalCount }}" for i in range(21)) + " } } }",
        "repeats",
    ),
    "too many errors": ("{ company { " + " ".join(f"f{i}" for i in range(100)) + " } }", "errors"),
}

HIDDEN: Mapping[str, tuple[str, str]] = {
    "introspection": (get_introspection_query(), "FORBIDDEN"),
    "introspection of a type": ('{ __type(name: "Flow") { fields { name } } }', "FORBIDDEN"),
    "a name that is not quite right": ("{ compny { name } }", "BAD_USER_INPUT"),
    "100 guessed names": ("{ company { " + " ".join(f"name{i}" for i in range(100)) + " } }", "BAD_USER_INPUT"),
    "a field without a selection": ("{ company }", "BAD_USER_INPUT"),
}
"""What is told to nobody who may not introspect, with the code of the refusal."""


async def costed(person: Person, query: str, variables: dict[str, Any] | None = None, wish: str = "report") -> Answer:
    """Ask, and have the cost reported."""
    return await person.ask(query, variables, **{"graphql-cost": wish})


def cost_of(answer: Answer) -> dict[str, Any]:
    """Return what an answer says of its cost."""
    return answer.body["extensions"]["cost"]
