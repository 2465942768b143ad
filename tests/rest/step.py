"""One call of a walk through the addresses of the product."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tests.world import CompanyWorld, Person


class Walking(Protocol):
    """A walk: `answer` is what its last step was answered with."""

    company: CompanyWorld
    answer: Any


@dataclass(frozen=True)
class Step:
    """One call: its address as it is declared, what its variables are, its body, and who makes it."""

    person: Person
    method: str
    path: str
    given: Mapping[str, str]
    body: Any = None
    status: int = 200

    @property
    def filled(self) -> str:
        path = self.path
        for name, value in self.given.items():
            path = path.replace(f"{{{name}}}", value)
        return path
