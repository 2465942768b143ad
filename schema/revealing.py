"""Who is told of the schema: everyone, or those who hold the permission to introspect.

Who does not is refused introspection, and is not told what is wrong with a document that they bring: "there is no such
field", "this field has fields of its own", "this argument is missing" each say whether a guessed name is right, and a
document has room for dozens of guesses. So one error stands for all, without a place. What remains is to send valid
documents, one guess each, which is charged like any other request. What is wrong with the text itself or over a limit
is told, and a value that its scalar does not take, where nothing else is wrong.
"""

import re
from collections.abc import Sequence
from enum import Enum
from typing import Any, Final

from graphql import BREAK, DocumentNode, FieldNode, GraphQLError, Visitor, visit

from resolvers.barred import BadInput, Barred
from resolvers.context import Asking
from resolvers.edge import admit
from schema.execute.errors import cause_of

INTROSPECT: Final = "api.introspect"
FIELDS: Final = frozenset({"__schema", "__type"})
NAMED: Final = re.compile(r"__(?:schema|type)\b")
UNTOLD: Final = (
    f"The document or its variables do not fit the schema. What is wrong is told to those who hold {INTROSPECT}."
)
ABOUT_A_VALUE: Final = re.compile(
    r"Variable '\$\w+' has invalid value(?: at [^:]*)?: \w+(?:: | cannot represent )"
    r"|Variable '\$\w+' has invalid value: Expected (?:a )?value of non-null type "
)
"""A scalar's word on a value; or that a variable has none, whose type stands in the document itself."""


class Reveals(Enum):
    """To whom the schema is told."""

    TO_EVERYONE = "everyone"
    TO_PERMITTED = "permitted"

    def to(self, asking: Asking) -> bool:
        """Tell whether who asks may know the schema; an API key never may."""
        if asking.key is not None:
            return False
        return self is Reveals.TO_EVERYONE or asking.principal.kind == "system" or asking.principal.can(INTROSPECT)


def expect_may_introspect(reveals: Reveals, asking: Asking, query: str, document: DocumentNode) -> None:
    """Refuse a document that asks for the schema, of somebody who may not."""
    if reveals.to(asking) or not NAMED.search(query):
        return
    asked_for = _Asked()
    visit(document, asked_for)
    if asked_for.schema:
        admit(asking, needs=INTROSPECT, module=None, writes=False)


class _Asked(Visitor):
    """Looks whether a document asks for the schema."""

    schema = False

    def enter_field(self, node: FieldNode, *_: Any) -> Any:
        """Stop at the first field of introspection."""
        if node.name.value in FIELDS:
            self.schema = True
            return BREAK
        return None


def untold(errors: Sequence[GraphQLError]) -> Sequence[GraphQLError]:
    """Return what somebody is told who may not know the schema: of what is wrong by it, only that it is."""
    if all(ABOUT_A_VALUE.match(each.message) for each in errors):
        return errors
    told = [each for each in errors if _is_told(each)]
    return told or [GraphQLError(UNTOLD, original_error=BadInput(UNTOLD, permission=INTROSPECT))]


def _is_told(error: GraphQLError) -> bool:
    """Tell whether an error says nothing of the schema: a refusal, a limit other than that of errors, or a fault."""
    original = cause_of(error)
    if isinstance(original, Barred):
        return original.data.get("limit") != "errors"
    return original is not None and not error.message.startswith(("Expected value of type ", "Variable "))
