"""Reads documents that are to be registered, and keeps those that are run as they were parsed.

What is registered was read as what is asked: within the same bounds, valid in the schema, and compiled into a plan.
"""

from collections import OrderedDict
from typing import Final
from uuid import UUID

from graphql import (
    BREAK,
    REMOVE,
    DirectiveNode,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    Visitor,
    visit,
)
from graphql.execution.values import VariableValues
from graphql.language.visitor import VisitorActionEnum

from db.models.clients import OperationKind
from resolvers.documents import DocumentFacts, DocumentWrong
from resolvers.paths import Address
from schema.derive.registry import Registry
from schema.execute.addressed.endpoint import endpoint_of
from schema.execute.bounds import BOUNDS
from schema.execute.extent import measured
from schema.execute.fragments import fragments_of
from schema.execute.limits import problems, read
from schema.execute.planned.plan import Plan
from schema.execute.planned.statements import Statements

MOST_CHARACTERS: Final = 1_000_000
"""Characters of documents that are kept parsed; a tree takes about a hundred bytes for each."""

LONGEST_NAME: Final = 200
ONE_OPERATION: Final = "A registered document has one operation; this has {}."
CONDITIONS: Final = frozenset({"skip", "include"})
Key = tuple[UUID, str]


class Documents:
    """Reads documents in one schema; see `resolvers.documents.DocumentReader`."""

    def __init__(self, schema: GraphQLSchema, registry: Registry) -> None:
        self._schema, self._registry = schema, registry

    def __call__(self, text: str, address: Address | None = None) -> DocumentFacts:
        """Return what a document is, or raise DocumentWrong with all that is wrong with it."""
        try:
            return self._facts(text, address)
        except GraphQLError as error:
            raise DocumentWrong([_said(error)]) from error
        except RecursionError:
            raise DocumentWrong(["It nests too deeply."]) from None

    def _facts(self, text: str, address: Address | None) -> DocumentFacts:
        document = _within_bounds(text)
        operation = _only_operation(document)
        if wrong := problems(self._schema, document):
            raise DocumentWrong([_said(each) for each in wrong])
        price = self._compile(document).pricing.highest()
        if address:
            endpoint_of(self._schema, address, text, document)
        name = operation.name.value if operation.name else None
        if name and len(name) > LONGEST_NAME:
            raise GraphQLError(f"The name of an operation has at most {LONGEST_NAME} characters.", operation)
        kind = OperationKind(operation.operation.value)
        return DocumentFacts(name, kind, price, kind is OperationKind.MUTATION and _holds_text(document))

    def _compile(self, document: DocumentNode) -> Plan:
        """Return the plan of all that it asks for, also of what `@skip` and `@include` may leave out."""
        whole = visit(document, _Unconditional())
        fragments, statements = fragments_of(whole), Statements(self._registry)
        return Plan(self._schema, _only_operation(whole), fragments, VariableValues({}, {}), statements)


class _Texts(Visitor):
    """Looks for a text among the values of a document."""

    found = False

    def enter_string_value(self, *_place: object) -> VisitorActionEnum:
        """Stop at the first."""
        self.found = True
        return BREAK


def _holds_text(document: DocumentNode) -> bool:
    texts = _Texts()
    visit(document, texts)
    return texts.found


class _Unconditional(Visitor):
    """Takes the conditions out of a document."""

    def enter_directive(self, node: DirectiveNode, *_place: object) -> VisitorActionEnum | None:
        """Take one away."""
        return REMOVE if node.name.value in CONDITIONS else None


def _within_bounds(text: str) -> DocumentNode:
    document = read(text)
    if problem := measured(document, BOUNDS):
        raise problem
    return document


def _only_operation(document: DocumentNode) -> OperationDefinitionNode:
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    if len(operations) != 1:
        raise GraphQLError(ONE_OPERATION.format(len(operations)))
    return operations[0]


def _said(error: GraphQLError) -> str:
    """Say what is wrong, and where."""
    places = [f"line {each.line}, column {each.column}" for each in error.locations or ()]
    return f"{error.message} ({places[0]})" if places else error.message


class Parsed:
    """Registered documents as they were parsed, by company and hash, those that were asked for last."""

    def __init__(self, most_characters: int = MOST_CHARACTERS) -> None:
        self._room = most_characters
        self._kept: OrderedDict[Key, tuple[DocumentNode, int]] = OrderedDict()

    def of(self, tenant_id: UUID, hashed: str, text: str) -> DocumentNode:
        """Return a document; the bounds may have become closer since it was registered."""
        key = (tenant_id, hashed)
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = _within_bounds(text), len(text)
            self._room -= len(text)
            self._shed()
        else:
            self._kept.move_to_end(key)
        return kept[0]

    def _shed(self) -> None:
        """Let go of those that nobody has asked for longest."""
        while self._room < 0 and len(self._kept) > 1:
            _, (_, length) = self._kept.popitem(last=False)
            self._room += length
