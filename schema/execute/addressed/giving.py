"""What an endpoint answers: where in the answer of its document that stands, and of which type it is.

As long as only one field is selected and that is an object or a list of objects, what is answered is that field. The
payload of a mutation is answered as what it holds beside its refusals.
"""

from dataclasses import dataclass
from typing import Final

from graphql import (
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
)

from db.models.clients import RestMethod
from schema.execute.addressed.selected import Chosen, Fragments, chosen

REFUSALS: Final = "refusals"
MARKS: Final = frozenset({REFUSALS, "clientMutationId"})
MAKING: Final = ("create", "add", "register", "upload")
"""How the names of mutations begin that make something."""

NODE: Final = "Node"
NO_REFUSALS: Final = "Select `refusals { code message path }`, so that whoever is refused is told why."


@dataclass(frozen=True, slots=True)
class Gives:
    """What an endpoint answers.

    `keys` lead to it from the data, `type` is what stands there, and `sets` what is selected of that. `payload` leads
    to the payload of a mutation, `without` are keys that are left out. Nothing is answered where it is `empty`.
    """

    keys: tuple[str, ...]
    type: GraphQLOutputType
    sets: tuple[SelectionSetNode, ...]
    payload: str | None = None
    without: frozenset[str] = frozenset()
    empty: bool = False
    makes: bool = False
    may_be_null: bool = False

    @property
    def node(self) -> str | None:
        """The name of the type, where it is one object that has an id of its own."""
        kind = get_nullable_type(self.type)
        is_node = isinstance(kind, GraphQLObjectType) and any(each.name == NODE for each in kind.interfaces)
        return kind.name if is_node and isinstance(kind, GraphQLObjectType) else None


def gives_of(
    schema: GraphQLSchema, method: RestMethod, operation: OperationDefinitionNode, fragments: Fragments
) -> Gives:
    """Work out what a document answers over REST."""
    root = schema.get_root_type(operation.operation)
    assert root is not None
    if operation.operation is OperationType.QUERY:
        return _below(schema, Gives((), GraphQLNonNull(root), (operation.selection_set,)), fragments)
    fields = chosen(schema, root, [operation.selection_set], fragments)
    if len(fields) != 1:
        raise GraphQLError("A mutation that is called over REST has one field.", operation)
    [only] = fields.values()
    return _of_payload(schema, method, only, fragments)


def _of_payload(schema: GraphQLSchema, method: RestMethod, field: Chosen, fragments: Fragments) -> Gives:
    payload = get_nullable_type(field.type)
    if not isinstance(payload, GraphQLObjectType):
        return Gives((field.key,), field.type, tuple(field.below))
    fields = chosen(schema, payload, field.below, fragments)
    refusals = [each for each in fields.values() if each.name == REFUSALS]
    if REFUSALS in payload.fields and not _tells(schema, refusals, fragments):
        raise GraphQLError(NO_REFUSALS)
    results = [each for each in fields.values() if each.name not in MARKS]
    makes = method is RestMethod.POST and field.name.startswith(MAKING) and bool(results)
    without = frozenset(each.key for each in fields.values() if each.name in MARKS)
    whole = Gives(
        (field.key,), GraphQLNonNull(payload), tuple(field.below), field.key, without, empty=not results, makes=makes
    )
    return _below(schema, whole, fragments)


def _tells(schema: GraphQLSchema, refusals: list[Chosen], fragments: Fragments) -> bool:
    """Tell whether what a refusal says is selected, under its own names."""
    if len(refusals) != 1 or refusals[0].key != REFUSALS:
        return False
    kind = get_named_type(refusals[0].type)
    assert isinstance(kind, GraphQLInterfaceType)
    return all(
        chosen(schema, each, refusals[0].below, fragments).keys() >= {"code", "message", "path"}
        for each in schema.get_possible_types(kind)
    )


def _below(schema: GraphQLSchema, gives: Gives, fragments: Fragments) -> Gives:
    """Go down as long as there is one field, and that has fields."""
    kind = get_nullable_type(gives.type)
    if not isinstance(kind, GraphQLObjectType) or gives.empty:
        return gives
    fields = chosen(schema, kind, gives.sets, fragments)
    kept = [each for each in fields.values() if each.key not in gives.without]
    if len(kept) != 1 or not is_composite_type(get_named_type(kept[0].type)):
        return gives
    [only] = kept
    further = Gives(
        (*gives.keys, only.key),
        only.type,
        tuple(only.below),
        gives.payload,
        makes=gives.makes,
        may_be_null=gives.may_be_null or (len(gives.keys) > 1 and not isinstance(only.type, GraphQLNonNull)),
    )
    return further if isinstance(get_nullable_type(only.type), GraphQLList) else _below(schema, further, fragments)


def root_fields(
    schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: Fragments
) -> list[tuple[str, GraphQLField]]:
    """Return the root fields that a document asks, and their names."""
    root = schema.get_root_type(operation.operation)
    assert root is not None
    found = chosen(schema, root, [operation.selection_set], fragments)
    return [(each.name, root.fields[each.name]) for each in found.values() if each.name in root.fields]


def named(kind: GraphQLOutputType) -> GraphQLNamedType:
    """Return the type without what is around it."""
    return get_named_type(kind)
