"""Whether what a path names belongs together: `/flows/{flow_id}/stages/{stage_id}` is there if the stage is the flow's.

A document names the stage, and not the flow again. What stands before it in the path is looked up in one query of its
own, along the references that the types have; a company is named by its id or its short name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphql import DocumentNode, GraphQLError, GraphQLObjectType, GraphQLSchema, parse

from resolvers.paths import Address
from schema.derive.names import camel, pascal
from schema.execute.addressed.taking import COMPANY, SESSION, Takes

OF_ID: Final = "_id"


COMPANY_ASKED: Final = f"{COMPANY}: company {{ id }}"


@dataclass(frozen=True, slots=True)
class Parents:
    """A query that answers whose what a path names is. `of` says under which keys each variable must be found."""

    text: str
    document: DocumentNode
    variables: Sequence[str]
    of: Mapping[str, tuple[str, ...]]

    def hold(self, data: Any, given: dict[str, str], slug: str) -> bool:
        """Tell whether everything is as the path says; a company's short name becomes its id."""
        for name, keys in self.of.items():
            found = _at(data, keys)
            if name == COMPANY and given[name] == slug and found is not None:
                given[name] = found
            if found is None or found != given[name]:
                return False
        return True


def _at(data: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def parents_of(schema: GraphQLSchema, address: Address, takes: Takes, *, with_session: bool = False) -> Parents | None:
    """Return how the variables of a path are checked that its document does not use; None where there are none.

    `with_session` says that the path may bring the token of who asks.
    """
    asked, variables, of = list[str](), list[str](), dict[str, tuple[str, ...]]()
    if COMPANY in address.names:
        asked.append(COMPANY_ASKED)
        of[COMPANY] = (COMPANY, "id")
    for number, name in enumerate(takes.left):
        if name == COMPANY or (with_session and name == SESSION):
            continue
        child, keys = _child(schema, address, takes, name)
        asked.append(_asked(f"parent{number}", child, keys))
        variables.append(child)
        of[name] = (f"parent{number}", *keys)
    if not asked:
        return None
    declared = ", ".join(f"${name}: ID!" for name in dict.fromkeys(variables))
    text = f"query Parents{f'({declared})' if declared else ''} {{ {' '.join(asked)} }}"
    return Parents(text, parse(text, no_location=True), tuple(dict.fromkeys(variables)), of)


def _asked(key: str, child: str, keys: Sequence[str]) -> str:
    inner = keys[-1]
    for each in reversed(keys[:-1]):
        inner = f"{each} {{ {inner} }}"
    return f"{key}: node(id: ${child}) {{ ... on {_type(child)} {{ {inner} }} }}"


def _child(schema: GraphQLSchema, address: Address, takes: Takes, name: str) -> tuple[str, tuple[str, ...]]:
    """Return the next variable of the path that the document uses, and how it leads back to this one."""
    names, steps = address.names, list[str]()
    for later in names[names.index(name) + 1 :]:
        if later in takes.in_path:
            return later, _keys(schema, address, later, [*reversed(steps)], name)
        steps.append(later.removesuffix(OF_ID))
    raise GraphQLError(f"The path names {{{name}}}, and the document has no variable ${name}.")


def _keys(schema: GraphQLSchema, address: Address, child: str, steps: Sequence[str], name: str) -> tuple[str, ...]:
    kind = schema.type_map.get(_type(child))
    keys = [*(camel(each) for each in steps), camel(name)]
    for key in keys:
        if not isinstance(kind, GraphQLObjectType) or key not in kind.fields:
            said = f"{address}: the document has no variable ${name}, and {_type(child)} has no {camel(name)} to check."
            raise GraphQLError(said)
        found = kind.fields[key].type
        kind = schema.type_map.get(str(found).rstrip("!"))
    return tuple(keys)


def _type(name: str) -> str:
    return pascal(name.removesuffix(OF_ID))
