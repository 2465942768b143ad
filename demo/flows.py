"""The onboarding flows of the demo company, as data: one for engineers, one for contractors, and a stage template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from db.models.onboarding import Assignee, Audience, StageLock, StageType, TemplateCategory


@dataclass(frozen=True, slots=True)
class Page:
    """A stage of a demo flow with its blocks."""

    name: str
    type: StageType
    blocks: Sequence[Mapping[str, Any]]
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Plan:
    """A demo flow."""

    name: str
    facts: Mapping[str, Any]
    pages: Sequence[Page]


def block(kind: str, content: str, minutes: int = 2, **facts: Any) -> dict[str, Any]:
    """Describe a content block."""
    return {"type": kind, "content": content, "estimated_minutes": minutes, **facts}


def options(*labels: str) -> list[dict[str, str]]:
    """Describe the options of a choice."""
    return [{"value": label.lower(), "label": label} for label in labels]


def items(*labels: str) -> list[dict[str, Any]]:
    """Describe things to tick off, each of them required."""
    return [{"id": f"item{place}", "label": label, "required": True} for place, label in enumerate(labels)]


TEAM: Final = {
    "people": [
        {"name": "Marta Novak", "title": "Head of Engineering", "note": "Ask her anything, except before coffee."},
        {"name": "Ben Okafor", "title": "Senior Engineer", "note": "Your buddy for the first weeks."},
        {"name": "Ines Castillo", "title": "IT", "note": "Laptop, badge, accounts."},
    ]
}
SAFETY: Final = {
    "questions": [
        {
            "id": "phishing",
            "text": "A mail asks for your password. What do you do?",
            "options": [{"id": "answer", "label": "I answer it."}, {"id": "report", "label": "I report it to IT."}],
            "correct": "report",
        },
        {
            "id": "screen",
            "text": "You leave your desk for a minute.",
            "options": [{"id": "lock", "label": "I lock the screen."}, {"id": "leave", "label": "I leave it on."}],
            "correct": "lock",
        },
    ],
    "pass_score": 100,
}

ENGINEERS: Final = Plan(
    "Engineers",
    {"description": "Everyone who joins engineering.", "duration_days": 30, "reminder_after_days": [3, 7]},
    (
        Page(
            "Welcome aboard",
            StageType.MEDIA,
            [
                block("header", "Good to have you here", 1, required=False, config={"level": 1}),
                block(
                    "description",
                    "We build software that helps people grow food.\nThis takes about an hour, whenever it suits you.",
                ),
                block("meet_the_team", "The people you will meet first", 3, config=TEAM),
            ],
            {"available_offset_days": -60, "lock": StageLock.FREE},
        ),
        Page(
            "About you",
            StageType.FORM,
            [
                block("text_input", "Your full name", config={"max_length": 120}, maps_to="employee.legal_name"),
                block("date", "Your date of birth", config={"max": "2010-12-31"}, maps_to="employee.birth_date"),
                block(
                    "select",
                    "How do you commute?",
                    config={"options": options("Bicycle", "Train", "Car", "Remote")},
                    required=False,
                ),
                block("file_upload", "A photo for your badge", 5, config={"accept": ["image/jpeg", "image/png"]}),
                block(
                    "text_input",
                    "Bank account (IBAN)",
                    config={
                        "pattern": "[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}",
                        "pattern_hint": "Such as DE89370400440532013000.",
                    },
                    maps_to="employee.bank_account",
                ),
            ],
            {"available_offset_days": -60, "due_offset_days": 0},
        ),
        Page(
            "Papers",
            StageType.FORM,
            [
                block("acknowledge_policy", "Our security policy", 10, config={"policy_text": "Lock. Update. Report."}),
                block("quiz", "Two questions about safety", 3, config=SAFETY),
                block("signature", "Your signature", 1, config={"statement": "What I have said here is true."}),
            ],
            {"available_offset_days": -60, "due_offset_days": 1},
        ),
        Page(
            "Your first day",
            StageType.MEETING,
            [
                block(
                    "checklist",
                    "Laptop, badge and accounts",
                    30,
                    assignee=Assignee.IT,
                    config={"items": items("Laptop", "Badge", "Accounts")},
                ),
                block(
                    "checklist",
                    "Lunch with the team",
                    60,
                    assignee=Assignee.BUDDY,
                    config={"items": items("Lunch")},
                    required=False,
                ),
                block("time", "When will you arrive?", config={"min": "07:00", "max": "11:00"}),
            ],
            {"available_offset_days": -60, "due_offset_days": 1},
        ),
        Page(
            "Your first month",
            StageType.TASK,
            [
                block(
                    "checklist",
                    "Ship a small change",
                    240,
                    config={"items": items("Write it", "Have it reviewed", "Ship it")},
                ),
                block("text_area", "What surprised you?", 10, required=False, config={"max_length": 2000}),
            ],
            {"available_offset_days": -60, "due_offset_days": 30},
        ),
    ),
)

CONTRACTORS: Final = Plan(
    "Contractors",
    {
        "description": "People who work with us under a contract for services.",
        "duration_days": 10,
        "audience": Audience.CONTRACTOR,
    },
    (
        Page(
            "Read first",
            StageType.TEXT,
            [block("description", "How we work with contractors", 5)],
            {"available_offset_days": -60},
        ),
        Page(
            "Papers",
            StageType.FORM,
            [
                block("file_upload", "Proof of insurance", 5, config={"accept": ["application/pdf"]}, required=False),
                block("number", "Your rate per hour", config={"min": 1, "max": 1000, "unit": "EUR"}),
                block("signature", "Sign here", 1),
            ],
            {"available_offset_days": -60},
        ),
    ),
)

GOODBYE: Final[Mapping[str, Any]] = {
    "name": "Say goodbye",
    "description": "The last week.",
    "category": TemplateCategory.OFFBOARDING,
    "type": StageType.TASK,
    "default_content": {
        "blocks": [
            {
                "type": "checklist",
                "content": "Give back",
                "config": {"items": items("Laptop", "Badge")},
                "assignee": "it",
            },
            {"type": "text_area", "content": "What should we do better?", "required": False},
        ]
    },
    "default_config": {"due_offset_days": 0},
}
