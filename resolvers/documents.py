"""What the business is told of a GraphQL document. Only the schema can read one; it hands down how."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from db.models.clients import OperationKind
from resolvers.paths import Address


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What a document is, that can be run: the name of its one operation, what that does, and what it costs at most.

    `price` is in points, what it costs at most; of a subscription, what its first answer does. `writes_text` says that
    it is a mutation into which a text was written, such as a password, in place of a variable.
    """

    operation_name: str | None
    kind: OperationKind
    price: int
    writes_text: bool = False


class DocumentWrong(Exception):
    """A document cannot be run; says all that is wrong with it."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class DocumentReader(Protocol):
    """Reads a document: within the bounds, valid in the schema, and planned. Raises DocumentWrong where it is not."""

    def __call__(self, text: str, address: Address | None = None) -> DocumentFacts:
        """Read one document, which is to be called at an address over REST, if there is one."""
        ...


def hash_of(text: str) -> str:
    """Return the SHA-256 of the exact text in hexadecimal."""
    return sha256(text.encode()).hexdigest()
