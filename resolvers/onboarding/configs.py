"""Checks the settings of a content block: its type's schema, and what a schema cannot say.

A draft may lack settings that it needs; when the flow is published, none may be missing.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from gateways.patterns import BadPattern
from resolvers.onboarding.built_in import BUILT_IN
from resolvers.onboarding.limits import day, pattern_of
from resolvers.onboarding.problems import MISSING, Problem, Shape, unreadable

CODE: Final = "CONFIG"


@cache
def _shape(base: str) -> Shape:
    return Shape(BUILT_IN[base].config_schema)


def config_problems(
    base: str, config: Mapping[str, Any], *, whole: bool, own: Mapping[str, Any] | None = None
) -> list[Problem]:
    """Return what is wrong with the settings of a block, by its built-in type and the schema of the company's own type.

    `whole` also asks for what is missing.
    """
    given = dict(config)
    found = unreadable(given) or _shape(base).problems(given, CODE)
    found = found or MORE.get(base, _nothing)(given)
    if not found and own:
        found = Shape(own).problems(given, CODE)
    return found if whole else [each for each in found if each.code != MISSING]


def _nothing(_config: Mapping[str, Any]) -> list[Problem]:
    return []


def _range(low: str, high: str) -> Callable[[Mapping[str, Any]], list[Problem]]:
    def check(config: Mapping[str, Any]) -> list[Problem]:
        if low in config and high in config and config[low] > config[high]:
            return [Problem(CODE, f"{low} is more than {high}.", (low,))]
        return []

    return check


def _text(config: Mapping[str, Any]) -> list[Problem]:
    try:
        pattern_of(config)
    except BadPattern as bad:
        return [Problem(CODE, f"The pattern cannot be used: {bad}. It is written as RE2 takes it.", ("pattern",))]
    return _range("min_length", "max_length")(config)


def _days(config: Mapping[str, Any]) -> list[Problem]:
    wrong = [
        Problem(CODE, "A date, such as 2026-06-30.", (key,))
        for key in ("min", "max")
        if key in config and day(config[key])
    ]
    return wrong or _range("min", "max")(config)


def _distinct(entries: str, key: str) -> Callable[[Mapping[str, Any]], list[Problem]]:
    def check(config: Mapping[str, Any]) -> list[Problem]:
        return [
            Problem(CODE, f"There is {each!r} already.", (entries, place, key))
            for place, each in _repeated([entry.get(key) for entry in config.get(entries, [])])
        ]

    return check


def _repeated(values: Sequence[Any]) -> list[tuple[int, Any]]:
    return [(place, each) for place, each in enumerate(values) if each in values[:place]]


def _several(config: Mapping[str, Any]) -> list[Problem]:
    found = _distinct("options", "value")(config) + _range("min_selected", "max_selected")(config)
    options = config.get("options", [])
    if options and config.get("min_selected", 0) > len(options):
        found.append(Problem(CODE, "More than there are options.", ("min_selected",)))
    return found


def _quiz(config: Mapping[str, Any]) -> list[Problem]:
    found = _distinct("questions", "id")(config)
    for place, question in enumerate(config.get("questions", [])):
        options = [option["id"] for option in question["options"]]
        found += [
            Problem(CODE, f"There is {each!r} already.", ("questions", place, "options", at, "id"))
            for at, each in _repeated(options)
        ]
        if "correct" in question and question["correct"] not in options:
            found.append(Problem(CODE, "This is none of the options.", ("questions", place, "correct")))
    return found


MORE: Final[Mapping[str, Callable[[Mapping[str, Any]], list[Problem]]]] = {
    "text_input": _text,
    "text_area": _text,
    "number": _range("min", "max"),
    "date": _days,
    "time": _range("min", "max"),
    "checklist": _distinct("items", "id"),
    "select": _distinct("options", "value"),
    "multi_select": _several,
    "quiz": _quiz,
}
