"""Writes a mail out: words filled with facts, laid out as text and as HTML.

The words are put together as plain text first, and escaped as a whole where they become HTML, so that there is one
place where what people have typed meets markup.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from db.models.mail import EmailMessage
from gateways.mail import Letter, in_one_line
from resolvers.mailing.looks import looks_of
from resolvers.mailing.telling import OpenBlock, Telling
from resolvers.mailing.wording import Wording, wording_of

MOST_LISTED: Final = 10
LAYOUTS: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "layouts"),
    autoescape=select_autoescape(enabled_extensions=("html",), default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def letter_of(message: EmailMessage, telling: Telling) -> Letter:
    """Write a mail out in the language of whom it is for."""
    words = wording_of(message.template, message.locale, zone=telling.zone, offboarding=telling.offboarding)
    said = _said(words, telling)
    return Letter(
        id=message.id,
        written_at=message.created_at,
        to=message.recipient_email,
        signed=telling.company.name,
        subject=said["subject"],
        language=words.language,
        text=LAYOUTS.get_template("letter.txt").render(said),
        html=LAYOUTS.get_template("letter.html").render(said, **asdict(looks_of(telling.company, telling.home))),
        reply_to=telling.contact.email if telling.contact else None,
    )


def _said(words: Wording, telling: Telling) -> Mapping[str, Any]:
    facts, before = telling.facts, words.lines("before", telling.facts)
    return {
        "language": words.language,
        "company": in_one_line(telling.company.name),
        "subject": words.one("subject", facts),
        "preview": " ".join(before[:2]),
        "heading": words.one("heading", facts),
        "before": before,
        "open": words.one("open", facts),
        **_listed(words, telling.open),
        "button": words.one("button", facts),
        "link": telling.link,
        "link_note": words.around("link"),
        "after": [*_after(words, telling), *_contact(words, telling)],
        "automatic": words.around("automatic", company=telling.company.name),
    }


def _listed(words: Wording, blocks: Sequence[OpenBlock]) -> Mapping[str, Any]:
    """The first of what is open, and how much more there is."""
    items = [
        {"title": in_one_line(block.title), "due": words.around("due", day=block.due_on)}
        for block in blocks[:MOST_LISTED]
    ]
    more = len(blocks) - MOST_LISTED
    return {"items": items, "more": words.around("more", count=more) if more > 0 else None}


def _after(words: Wording, telling: Telling) -> Sequence[str]:
    """What follows the link, which makes no sense without one."""
    return words.lines("after", telling.facts) if telling.link else ()


def _contact(words: Wording, telling: Telling) -> Sequence[str]:
    who = telling.contact
    if who is None:
        return ()
    name = f"{who.first_name} {who.last_name}"
    line = words.around("contact", contact=name, contact_email=who.email)
    return (line,) if line else ()
