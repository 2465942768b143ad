"""The built-in content types: what each is for, the settings of its blocks, and the answers that they take.

Settings and answers are described by JSON Schema, which is public; what a schema cannot say (a range whose ends are the
wrong way round, an option that is not on the list) is checked in `configs` and `validators`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from db.choices import Choice

LONGEST: Final = 2000
LONGEST_PATTERN: Final = 500
MOST_ENTRIES: Final = 200

Schema = Mapping[str, Any]


class ContentCategory(Choice):
    """What a content type is about."""

    TEXT = "text", "Something to read."
    MEDIA = "media", "Something to look at, to watch or to open."
    FORM = "form", "Something to fill in, to upload or to agree to."


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A content type that comes with the product. One without a schema of values is only shown."""

    name: str
    display_name: str
    description: str
    category: ContentCategory
    config_schema: Schema
    value_schema: Schema | None = None
    default_config: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def display_only(self) -> bool:
        """Whether its blocks take no answer, and are done when they were seen."""
        return self.value_schema is None


def record(needed: tuple[str, ...] = (), /, **properties: Schema) -> Schema:
    """Describe an object with these keys and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(needed),
        "additionalProperties": False,
    }


def listed(items: Schema, *, least: int = 0) -> Schema:
    """Describe a list."""
    return {"type": "array", "items": items, "minItems": least, "maxItems": MOST_ENTRIES}


def text(longest: int = LONGEST) -> Schema:
    """Describe a text."""
    return {"type": "string", "maxLength": longest}


SOME_TEXT: Final = {"type": "string", "minLength": 1, "maxLength": 500}
KEY: Final = {"type": "string", "minLength": 1, "maxLength": 100}
URL: Final = {"type": "string", "pattern": r"^https?://[^\s/?#]+[^\s]*$", "maxLength": LONGEST}
COUNT: Final = {"type": "integer", "minimum": 0, "maximum": 1_000_000}
DAY: Final = {"type": "string", "format": "date", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
CLOCK: Final = {"type": "string", "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9]$"}
FLAG: Final = {"type": "boolean"}
NUMBER: Final = {"type": "number"}
OPTIONS: Final = listed(record(("value", "label"), value=KEY, label=SOME_TEXT), least=1)
ONE_LINE: Final = record(
    placeholder=text(200),
    min_length=COUNT,
    max_length={**COUNT, "minimum": 1},
    pattern=text(LONGEST_PATTERN),
    pattern_hint=text(200),
)
QUESTION: Final = record(
    ("id", "text", "options"),
    id=KEY,
    text=SOME_TEXT,
    options=listed(record(("id", "label"), id=KEY, label=SOME_TEXT), least=2),
    correct=KEY,
)
PERSON: Final = {"name": SOME_TEXT, "title": text(200)}


def _shown(name: str, display_name: str, description: str, category: ContentCategory, config: Schema) -> BuiltIn:
    return BuiltIn(name, display_name, description, category, config)


def _asked(name: str, display_name: str, description: str, config: Schema, value: Schema) -> BuiltIn:
    return BuiltIn(name, display_name, description, ContentCategory.FORM, config, value)


def _by_name(*types: BuiltIn) -> Mapping[str, BuiltIn]:
    return MappingProxyType({each.name: each for each in types})


TEXT, MEDIA = ContentCategory.TEXT, ContentCategory.MEDIA

BUILT_IN: Final = _by_name(
    _shown("header", "Header", "A heading.", TEXT, record(level={"type": "integer", "minimum": 1, "maximum": 3})),
    _shown("description", "Text", "Text to read.", TEXT, record()),
    _shown("divider", "Divider", "A line between blocks.", TEXT, record()),
    _shown(
        "image",
        "Image",
        "An image, with a text for who cannot see it.",
        MEDIA,
        record(("url", "alt"), url=URL, alt=SOME_TEXT),
    ),
    _shown("video", "Video", "A video at an address.", MEDIA, record(("url",), url=URL)),
    _shown("link", "Link", "An address to open.", MEDIA, record(("url",), url=URL, label=text(200))),
    _asked(
        "checklist",
        "Checklist",
        "Things to tick off; the required ones all have to be.",
        record(("items",), items=listed(record(("id", "label"), id=KEY, label=SOME_TEXT, required=FLAG), least=1)),
        record(("checked",), checked=listed(KEY)),
    ),
    _asked("text_input", "Short text", "One line of text.", ONE_LINE, text(10_000)),
    _asked("text_area", "Long text", "Several lines of text.", ONE_LINE, text(20_000)),
    _asked(
        "number",
        "Number",
        "A number, within a range if one is given.",
        record(min=NUMBER, max=NUMBER, step={"type": "number", "exclusiveMinimum": 0}, unit=text(40)),
        NUMBER,
    ),
    _asked("date", "Date", "A calendar date.", record(min=DAY, max=DAY), text(10)),
    _asked("time", "Time", "A time of day.", record(min=CLOCK, max=CLOCK), text(5)),
    _asked("select", "Choice", "One of several options.", record(("options",), options=OPTIONS), KEY),
    _asked(
        "multi_select",
        "Several choices",
        "Any number of several options.",
        record(("options",), options=OPTIONS, min_selected=COUNT, max_selected={**COUNT, "minimum": 1}),
        listed(KEY),
    ),
    _asked(
        "file_upload",
        "File",
        "One or more files.",
        record(
            accept=listed({"type": "string", "pattern": "^[a-z]+/[a-z0-9.+-]+$", "maxLength": 127}, least=1),
            max_bytes={"type": "integer", "minimum": 1, "maximum": 100_000_000},
            max_files={"type": "integer", "minimum": 1, "maximum": 20},
        ),
        record(("fileIds",), fileIds=listed(KEY)),
    ),
    _asked(
        "signature",
        "Signature",
        "A statement that is signed by typing one's name.",
        record(statement=text()),
        record(("name", "agreed"), name=text(200), agreed=FLAG),
    ),
    _asked(
        "acknowledge_policy",
        "Policy",
        "A policy to read and to acknowledge.",
        record(policy_url=URL, policy_text=text(20_000), version=text(60)),
        record(("acknowledged",), acknowledged=FLAG),
    ),
    _asked(
        "quiz",
        "Quiz",
        "Questions with one right answer each; `pass_score` is the share of them that must be right, in percent.",
        record(
            ("questions",),
            questions=listed(QUESTION, least=1),
            pass_score={"type": "integer", "minimum": 0, "maximum": 100},
        ),
        record(("answers",), answers={"type": "object", "additionalProperties": KEY, "maxProperties": MOST_ENTRIES}),
    ),
    _shown(
        "org_chart",
        "Organisation",
        "Who reports to whom.",
        TEXT,
        record(("people",), people=listed(record(("name",), **PERSON, reports_to=text(200)), least=1)),
    ),
    _shown(
        "meet_the_team",
        "The team",
        "Colleagues, each with a few words.",
        TEXT,
        record(("people",), people=listed(record(("name",), **PERSON, photo_url=URL, note=text(500)), least=1)),
    ),
    _asked(
        "identity_form",
        "Proof of identity",
        "A document that proves who somebody is.",
        record(("document_types",), document_types=listed(SOME_TEXT, least=1)),
        record(
            ("document_type", "document_number", "expires_on", "country"),
            document_type=text(500),
            document_number=text(60),
            expires_on=text(10),
            country=text(2),
        ),
    ),
)
