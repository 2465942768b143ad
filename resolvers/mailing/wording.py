"""The words of mails and calendars, by language: files of sentences with names in braces, filled with what is known.

A sentence that names something unknown is left out, so that no mail says "on None". What people have typed is put in as
one line of printed characters.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Final
from zoneinfo import ZoneInfo

from db.models.mail import MailTemplate
from gateways.mail import in_one_line

FOLDER: Final = Path(__file__).parent / "words"
FALLBACK: Final = "en"
OFFBOARDING: Final = "offboarding"
Fact = str | int | date | datetime | None


@dataclass(frozen=True, slots=True)
class Wording:
    """The sentences of one kind of mail in one language, and how that language writes dates."""

    language: str
    sentences: Mapping[str, Any]
    layout: Mapping[str, str]
    dates: Mapping[str, Any]
    zone: ZoneInfo

    def line(self, text: str, facts: Mapping[str, Fact]) -> str | None:
        """Fill one sentence; None where it names something that is not known."""
        named = {name for _, name, _, _ in Formatter().parse(text) if name}
        written = {name: self._written(facts[name]) for name in named}
        return None if None in written.values() else text.format_map(written)

    def lines(self, name: str, facts: Mapping[str, Fact]) -> Sequence[str]:
        """Fill the sentences of a part of the mail, without those that cannot be said."""
        texts: Iterable[str] = self.sentences.get(name, ())
        return [line for text in texts if (line := self.line(text, facts))]

    def one(self, name: str, facts: Mapping[str, Fact]) -> str:
        """Fill a part of the mail that is one sentence; empty where there is none."""
        return self.line(self.sentences.get(name, ""), facts) or ""

    def around(self, name: str, **facts: Fact) -> str | None:
        """Fill a sentence that all kinds of mails share."""
        return self.line(self.layout[name], facts)

    def _written(self, fact: Fact) -> str | None:
        if isinstance(fact, datetime):
            here = fact.astimezone(self.zone)
            return self._date("moment", here, clock=f"{here:%H:%M}", zone=self.zone.key)
        if isinstance(fact, date):
            return self._date("day", fact)
        return None if fact is None else in_one_line(str(fact)) or None

    def _date(self, form: str, day: date, **more: str) -> str:
        months: Sequence[str] = self.dates["months"]
        return str(self.dates[form]).format(day=day.day, month=months[day.month - 1], year=day.year, **more)


def wording_of(template: MailTemplate, locale: str, *, zone: str, offboarding: bool = False) -> Wording:
    """Return the words for a kind of mail in the language of a locale, or in English where there are none."""
    language = language_of(locale)
    words = _words(language)
    own = words[OFFBOARDING].get(template.value) if offboarding else None
    return Wording(language, own or words[template.value], words["layout"], words["dates"], ZoneInfo(zone))


def words_for(part: str, locale: str) -> Wording:
    """Return the words for what is no mail, such as `calendar`, in the language of a locale."""
    language = language_of(locale)
    words = _words(language)
    return Wording(language, words[part], words["layout"], words["dates"], ZoneInfo("UTC"))


def language_of(locale: str) -> str:
    """Return the language in which somebody is told: `de` for the locale `de-AT`, English for one without words."""
    language = locale.partition("-")[0].lower()
    return language if language in languages() else FALLBACK


@cache
def languages() -> frozenset[str]:
    """The languages that there are words in."""
    return frozenset(path.stem for path in FOLDER.glob("*.toml"))


@cache
def _words(language: str) -> Mapping[str, Any]:
    return tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))
