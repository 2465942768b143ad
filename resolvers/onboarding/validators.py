"""Checks an answer by the type of its block: required, length, file, date, time, pattern, range, and its settings.

Every check is pure and takes time in proportion to the answer. A problem names where in the answer it is.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final, Protocol

from db.models.files import File
from resolvers.onboarding import limits
from resolvers.onboarding.built_in import BUILT_IN
from resolvers.onboarding.problems import Problem, Shape, unreadable, within

__all__ = ["Problem", "check_value"]

COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)


class Block(Protocol):
    """What an answer is checked against."""

    @property
    def base(self) -> str:
        """The built-in type that the block is checked as."""
        ...

    @property
    def config(self) -> Mapping[str, Any]:
        """The settings of the block."""
        ...

    @property
    def required(self) -> bool:
        """Whether an answer must be given."""
        ...

    @property
    def value_schema(self) -> Mapping[str, Any] | None:
        """What the company's own type asks beside."""
        ...


Files = Mapping[str, File]
Check = Callable[[Any, Mapping[str, Any], datetime, Files], list[Problem]]


def check_value(block: Block, value: Any, *, now: datetime, files: Files) -> list[Problem]:
    """Return what is wrong with an answer to a block; `files` are those that it may name, by their public ids."""
    if BUILT_IN[block.base].display_only:
        return [] if value is None else [Problem("UNKNOWN_KEY", "This takes no answer.")]
    if _empty(value):
        return [Problem("REQUIRED", "An answer is needed.")] if block.required else []
    found = unreadable(value) or _shape(block.base).problems(value, "TYPE")
    if not found:
        found = CHECKS[block.base](value, block.config, now, files)
    if not found and block.value_schema:
        found = Shape(block.value_schema).problems(value, "SCHEMA")
    return found


@cache
def _shape(base: str) -> Shape:
    schema = BUILT_IN[base].value_schema
    assert schema is not None
    return Shape(schema)


def _empty(value: Any) -> bool:
    return value is None or value in ([], {}) or (isinstance(value, str) and not value.strip())


def _text(value: str, config: Mapping[str, Any], _now: datetime, _files: Files) -> list[Problem]:
    return limits.length(value, config) or limits.pattern(value, config)


def _number(value: float, config: Mapping[str, Any], _now: datetime, _files: Files) -> list[Problem]:
    return limits.bounds(value, config) or limits.stepped(value, config)


def _date(value: str, config: Mapping[str, Any], _now: datetime, _files: Files) -> list[Problem]:
    return limits.day(value) or limits.bounds(value, config)


def _time(value: str, config: Mapping[str, Any], _now: datetime, _files: Files) -> list[Problem]:
    return limits.clock(value) or limits.bounds(value, config)


def _select(value: str, config: Mapping[str, Any], _now: datetime, _files: Files) -> list[Problem]:
    return limits.option(value, _keys(config, "options", "value"))


def _keys(config: Mapping[str, Any], entries: str, key: str) -> Sequence[str]:
    return [entry[key] for entry in config.get(entries, [])]


def _multi_select(value: list[str], config: Mapping[str, Any], _now: datetime, _files: Files) -> list[Problem]:
    found = limits.options(value, _keys(config, "options", "value"))
    least, most = config.get("min_selected", 0), config.get("max_selected", len(value))
    if not found and not least <= len(value) <= most:
        return [Problem("RANGE", f"Choose {least} to {most}." if "max_selected" in config else f"At least {least}.")]
    return found


def _checklist(value: Mapping[str, Any], config: Mapping[str, Any], _now: datetime, _files: Files) -> list[Problem]:
    checked = value["checked"]
    if found := limits.options(checked, _keys(config, "items", "id")):
        return within(found, "checked")
    missing = [item for item in config.get("items", []) if item.get("required") and item["id"] not in checked]
    return [Problem("REQUIRED", f"Still open: {missing[0]['label']}", ("checked",))] if missing else []


def _files(value: Mapping[str, Any], config: Mapping[str, Any], _now: datetime, files: Files) -> list[Problem]:
    named: list[str] = value["fileIds"]
    most = config.get("max_files", 1)
    if not named:
        return [Problem("REQUIRED", "Upload a file first.", ("fileIds",))]
    if len(named) > most:
        return [Problem("RANGE", f"At most {most} files.", ("fileIds",))]
    each_alone = [within(limits.file(files.get(each), config), place) for place, each in enumerate(named)]
    return within(limits.once(named) or [problem for found in each_alone for problem in found], "fileIds")


def _signature(value: Mapping[str, Any], _config: Mapping[str, Any], _now: datetime, _files: Files) -> list[Problem]:
    if not value["name"].strip():
        return [Problem("REQUIRED", "Type your full name.", ("name",))]
    return [] if value["agreed"] else [Problem("REQUIRED", "Agree by ticking the box.", ("agreed",))]


def _policy(value: Mapping[str, Any], _config: Mapping[str, Any], _now: datetime, _files: Files) -> list[Problem]:
    return (
        [] if value["acknowledged"] else [Problem("REQUIRED", "Acknowledge it by ticking the box.", ("acknowledged",))]
    )


def _quiz(value: Mapping[str, Any], config: Mapping[str, Any], _now: datetime, _files: Files) -> list[Problem]:
    questions, answers = config.get("questions", []), value["answers"]
    known = {question["id"]: [option["id"] for option in question["options"]] for question in questions}
    strange = next((key for key in answers if key not in known), None)
    if strange is not None:
        return [Problem("UNKNOWN_KEY", "There is no such question.", ("answers", strange))]
    found = [
        Problem("REQUIRED", "Choose an answer.", ("answers", key))
        if key not in answers
        else Problem("NOT_AN_OPTION", "This is none of the options.", ("answers", key))
        for key, options in known.items()
        if answers.get(key) not in options
    ]
    return found or _score(questions, answers, config.get("pass_score"))


def _score(questions: Sequence[Mapping[str, Any]], answers: Mapping[str, str], least: int | None) -> list[Problem]:
    """Compare the share of right answers with what is needed, unrounded; which were wrong is not told."""
    graded = [question for question in questions if "correct" in question]
    right = sum(answers[question["id"]] == question["correct"] for question in graded)
    if least is None or not graded or 100 * right >= least * len(graded):
        return []
    said = f"{right} of {len(graded)} are right; {least} % are needed. Try again."
    return [Problem("QUIZ_NOT_PASSED", said, ("answers",))]


def _identity(value: Mapping[str, Any], config: Mapping[str, Any], now: datetime, _files: Files) -> list[Problem]:
    blank = [Problem("REQUIRED", "An answer is needed.", (key,)) for key, each in value.items() if not each.strip()]
    if blank:
        return blank
    found = within(limits.option(value["document_type"], config.get("document_types", [])), "document_type")
    if not COUNTRY.fullmatch(value["country"]):
        found.append(Problem("PATTERN", "Two capital letters, such as DE.", ("country",)))
    return found + within(limits.day(value["expires_on"]) or _expired(value["expires_on"], now), "expires_on")


def _expired(value: str, now: datetime) -> list[Problem]:
    return [Problem("RANGE", "It has expired.")] if value <= now.date().isoformat() else []


CHECKS: Final[Mapping[str, Check]] = {
    "text_input": _text,
    "text_area": _text,
    "number": _number,
    "date": _date,
    "time": _time,
    "select": _select,
    "multi_select": _multi_select,
    "checklist": _checklist,
    "file_upload": _files,
    "signature": _signature,
    "acknowledge_policy": _policy,
    "quiz": _quiz,
    "identity_form": _identity,
}
