"""One operation while it is answered: what the log and the metrics say of it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from time import perf_counter
from typing import Final

from graphql import DocumentNode, OperationDefinitionNode, OperationType, StringValueNode
from graphql.language import Node, Visitor, visit

from gateways.logs import ABOUT
from resolvers.context import Asking
from schema.answering import Asked

LONGEST_NAME: Final = 64
NOT_READ: Final = "none"
"""The kind of an operation that could not be read."""

SAFE_ID: Final = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
"""What a request may be called by who sends it: ids as programs make them, which are safe to write anywhere."""

QUERY: Final = OperationType.QUERY
KINDS: Final = {kind: kind.value for kind in OperationType}


class Taken:
    """An operation that was taken on. What is known of it is filled in as it is found out."""

    __slots__ = ("asked", "asking", "began", "kind", "name", "points", "request_id")

    def __init__(self, request_id: str) -> None:
        self.began, self.request_id = perf_counter(), request_id
        self.name, self.kind, self.points = "", NOT_READ, 0
        self.asked: Asked | None = None
        self.asking: Asking | None = None
        ABOUT.set(self)

    def asks(self, asked: Asked, operation: OperationDefinitionNode) -> OperationType:
        """Note which operation it is, and return what kind of one."""
        self.asked, kind = asked, operation.operation
        self.kind = "query" if kind is QUERY else KINDS[kind]
        if operation.name:
            self.name = operation.name.value
        return kind

    @property
    def document(self) -> str:
        """The document in a word: the same for the same text."""
        return sha256(self.asked.query.encode(errors="replace")).hexdigest() if self.asked else ""

    def fields(self) -> Mapping[str, str]:
        """Name it in a line of the log."""
        fields = {"request_id": self.request_id, "operation": self.name[:LONGEST_NAME], "kind": self.kind}
        if self.asking:
            fields |= {"tenant_id": str(self.asking.tenant.id), "principal": self.asking.principal.kind}
            if support := self.asking.principal.impersonator:
                fields["impersonation_id"] = str(support.session_id)
            if self.asking.key:
                fields |= {"api_key_id": str(self.asking.principal.id), "client": self.asking.client}
        if self.asked and self.asked.registered:
            fields["client"] = self.asked.registered.client
        return {name: value for name, value in fields.items() if value}

    def private(self) -> Iterable[str]:
        """Return what whoever asks has brought: the values of variables, the texts of the document, their name."""
        if self.asking:
            yield self.asking.principal.name
        if self.asked:
            yield from _texts(self.asked.variables)
            yield from _literals(self.asked.document)


def _texts(value: object) -> Iterator[str]:
    match value:
        case dict():
            for each in value.values():  # pyright: ignore[reportUnknownVariableType] - JSON
                yield from _texts(each)  # pyright: ignore[reportUnknownArgumentType] - JSON
        case list():
            for each in value:  # pyright: ignore[reportUnknownVariableType] - JSON
                yield from _texts(each)  # pyright: ignore[reportUnknownArgumentType] - JSON
        case str():
            yield value
        case int() | float() if not isinstance(value, bool):
            yield str(value)
        case _:
            pass


def _literals(document: DocumentNode) -> list[str]:
    found = _Literals()
    visit(document, found)
    return found.texts


class _Literals(Visitor):
    """Collects the texts that are written into a document."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def enter_string_value(self, node: StringValueNode, *_rest: Node | object) -> None:
        """Take one."""
        self.texts.append(node.value)
