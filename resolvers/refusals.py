"""Why the business says no. A refusal is data for the caller, not a fault: the operation's own changes are undone.

Refused
├── NotFound              the id names nothing that the caller may know of
├── VersionConflict       somebody changed it in the meantime
├── IllegalTransition     the status does not move that way
├── IdempotencyConflict   the key was used for another input
├── InvalidInput          a value breaks a declared rule
├── AlreadyExists         another one has this value
├── Overlaps              another one covers a part of the same
└── InUse                 others still refer to it
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Fact:
    """One field of a refusal beside its message: its Python type and what it means."""

    kind: Any
    meaning: str


class Refused(Exception):
    """The root of every refusal: a code for programs, a message for people, and the path of the input it is about.

    `beside` are further reasons of the same kind, so that a form learns at once of everything that is wrong in it.
    """

    code: ClassVar[str] = "REFUSED"
    facts: ClassVar[Mapping[str, Fact]] = {}

    def __init__(self, message: str, *, path: Sequence[str | int] = (), **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.path = tuple(path)
        self.data = facts
        self.beside: Sequence[Refused] = ()


class NotFound(Refused):
    """The id names nothing that you may know of: there is no such object, or it is another tenant's."""

    code = "NOT_FOUND"


class VersionConflict(Refused):
    """Somebody changed the object since you read it; read it again and decide."""

    code = "VERSION_CONFLICT"
    facts: ClassVar[Mapping[str, Fact]] = {"current_version": Fact(int, "The version that the object has now.")}


class IllegalTransition(Refused):
    """The status does not move that way from where it stands."""

    code = "ILLEGAL_TRANSITION"
    facts: ClassVar[Mapping[str, Fact]] = {
        "from": Fact(str, "Where the object stands."),
        "to": Fact(str, "Where the operation would have moved it."),
        "allowed": Fact(list[str], "The operations that move it from where it stands."),
    }


class IdempotencyConflict(Refused):
    """The idempotency key was used before, with another input."""

    code = "IDEMPOTENCY_CONFLICT"


class InvalidInput(Refused):
    """A value breaks a rule of its field; `path` names the field."""

    code = "INVALID_INPUT"


class AlreadyExists(Refused):
    """Another object of the company has this value, and only one may."""

    code = "ALREADY_EXISTS"


class Overlaps(Refused):
    """Another object of the company covers a part of what this one does, and only one may."""

    code = "OVERLAPS"


class InUse(Refused):
    """Other objects still refer to this one."""

    code = "IN_USE"


CONTRACT: tuple[type[Refused], ...] = (NotFound, VersionConflict, IdempotencyConflict, InvalidInput)
