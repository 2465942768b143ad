"""The people of the demo company: colleagues, and new hires in every state that one can be in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who was invited to the workspace; the mail lies among the others."""

    first_name: str
    last_name: str
    role: str
    department: str

    @property
    def email(self) -> str:
        """Their address."""
        return f"{self.first_name}.{self.last_name}@demo.example".lower()


@dataclass(frozen=True, slots=True)
class Hire:
    """A new hire: when they were invited, in days before now, and how far they have come.

    `stages` are completed stages; `begun` says whether they have begun at all; `ending` is how it ended, if it did.
    """

    first_name: str
    last_name: str
    position: str
    country: str
    invited_days_ago: int | None
    begun: bool = False
    stages: int = 0
    ending: str = ""
    flow: str = "Engineers"

    @property
    def email(self) -> str:
        """Their address."""
        return f"{self.first_name}.{self.last_name}@mail.example".lower()


MANAGER: Final = Colleague("Marta", "Novak", "MANAGER", "Engineering")
BUDDY: Final = Colleague("Ben", "Okafor", "DEVELOPER", "Engineering")
HR: Final = Colleague("Hanna", "Lindqvist", "HR", "People")
COLLEAGUES: Final[Sequence[Colleague]] = (HR, MANAGER, BUDDY, Colleague("Ines", "Castillo", "IT", "IT"))

HIRES: Final[Sequence[Hire]] = (
    Hire("Aiko", "Tanaka", "Backend engineer", "DE", 24, begun=True, stages=5, ending="completed"),
    Hire("Bruno", "Rossi", "Frontend engineer", "IT", 21, begun=True, stages=5, ending="completed"),
    Hire("Chidi", "Eze", "Data engineer", "DE", 18, begun=True, stages=4),
    Hire("Dora", "Szabo", "Test engineer", "HU", 14, begun=True, stages=3),
    Hire("Emil", "Berg", "Backend engineer", "SE", 12, begun=True, stages=2),
    Hire("Fatima", "Haddad", "Mobile engineer", "FR", 9, begun=True, stages=1),
    Hire("Goran", "Petrov", "Site reliability engineer", "BG", 8, begun=True),
    Hire("Hilde", "Vos", "Engineering manager", "NL", 4),
    Hire("Ivan", "Horvat", "Backend engineer", "HR", 1),
    Hire("Jana", "Kovac", "Designer", "SK", None),
    Hire("Kofi", "Mensah", "Backend engineer", "GH", 40, ending="expired"),
    Hire("Lena", "Fischer", "Backend engineer", "DE", 16, begun=True, stages=1, ending="cancelled"),
    Hire("Mei", "Chen", "Consultant", "CN", 3, begun=True, stages=1, flow="Contractors"),
)
