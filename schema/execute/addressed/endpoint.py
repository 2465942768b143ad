"""A document with a method and a path, read once: what it takes, what it answers, and what is checked before."""

from dataclasses import dataclass
from typing import Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
)

from db.models.clients import RestMethod
from resolvers.clients.kept import Registered
from resolvers.paths import Address
from schema.execute.addressed.giving import Gives, gives_of
from schema.execute.addressed.parents import Parents, parents_of
from schema.execute.addressed.selected import Fragments
from schema.execute.addressed.taking import Takes, takes_of
from schema.execute.fragments import fragments_of

READING: Final = "A document that is called by GET is a query."
WRITING: Final = "A document that is called by {} is a mutation."
WATCHING: Final = "A subscription has no address over REST: open it over a WebSocket or an event stream."
NO_NAME: Final = "An operation that is called over REST has a name."


@dataclass(frozen=True, slots=True, eq=False)
class Endpoint:
    """An address that answers; `group` is what it is listed under, `notes` what its document says of itself."""

    address: Address
    text: str
    document: DocumentNode
    operation: OperationDefinitionNode
    fragments: Fragments
    takes: Takes
    gives: Gives
    parents: Parents | None
    group: str = ""
    notes: str = ""
    registered: Registered | None = None

    @property
    def name(self) -> str:
        """The name of its operation."""
        assert self.operation.name is not None
        return self.operation.name.value

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.operation.operation is OperationType.QUERY


def endpoint_of(
    schema: GraphQLSchema,
    address: Address,
    text: str,
    document: DocumentNode,
    *,
    group: str = "",
    registered: Registered | None = None,
) -> Endpoint:
    """Read a document that is valid, or raise GraphQLError where it cannot be called at its address."""
    operation = get_operation_ast(document)
    assert operation is not None
    _check(address, operation)
    fragments = fragments_of(document)
    takes = takes_of(schema, address, operation)
    return Endpoint(
        address,
        text,
        document,
        operation,
        fragments,
        takes,
        gives_of(schema, address.method, operation, fragments),
        parents_of(schema, address, takes, with_session=registered is None and bool(group)),
        group,
        notes_of(text),
        registered,
    )


def _check(address: Address, operation: OperationDefinitionNode) -> None:
    if operation.name is None:
        raise GraphQLError(NO_NAME, operation)
    kind, method = operation.operation, address.method
    if kind is OperationType.SUBSCRIPTION:
        raise GraphQLError(WATCHING, operation)
    if method is RestMethod.GET and kind is not OperationType.QUERY:
        raise GraphQLError(READING, operation)
    if method not in {RestMethod.GET, RestMethod.POST} and kind is not OperationType.MUTATION:
        raise GraphQLError(WRITING.format(method.name), operation)


def notes_of(text: str) -> str:
    """Return what the comments at the beginning of a document say, behind the one that names its address."""
    lines = list[str]()
    for line in text.splitlines()[1:]:
        if not line.startswith("#"):
            break
        lines.append(line.removeprefix("#").strip())
    return " ".join(lines)
