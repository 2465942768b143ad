"""What each content type takes as an answer, and what is wrong with any other."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.models.files import File, FileStatus
from resolvers.onboarding.built_in import BUILT_IN
from resolvers.onboarding.configs import config_problems
from resolvers.onboarding.content_types import public_config
from resolvers.onboarding.validators import check_value

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
OPTIONS = {"options": [{"value": "m", "label": "M"}, {"value": "l", "label": "L"}, {"value": "s", "label": "S"}]}
QUESTIONS = [
    {"id": number, "text": "?", "options": [{"id": "a", "label": "A"}, {"id": "b", "label": "B"}], "correct": "a"}
    for number in ("one", "two", "three")
]
IDENTITY = {"document_type": "Passport", "document_number": "X1", "expires_on": "2030-01-01", "country": "DE"}


@dataclass(frozen=True)
class Asked:
    base: str
    config: dict[str, Any] = field(default_factory=dict[str, Any])
    required: bool = True
    value_schema: dict[str, Any] | None = None


def a_file(mime: str = "image/png", size: int = 100, status: FileStatus = FileStatus.STORED) -> File:
    return File(mime=mime, size=size, status=status)


FILES = {"photo": a_file(), "scan": a_file("application/pdf", 5000), "late": a_file(status=FileStatus.PENDING)}


def wrong(base: str, config: dict[str, Any], value: Any, **facts: Any) -> list[tuple[str, tuple[str | int, ...]]]:
    found = check_value(Asked(base, config, **facts), value, now=NOW, files=FILES)
    assert all(each.message for each in found)
    return [(each.code, each.path) for each in found]


TAKEN: list[tuple[str, dict[str, Any], Any]] = [
    ("text_input", {}, "John Doe"),
    ("text_input", {"min_length": 3, "max_length": 3, "pattern": "[a-z]+"}, "abc"),
    ("text_area", {}, "two\nlines"),
    ("number", {"min": 0, "max": 10, "step": 0.5}, 2.5),
    ("number", {"min": 1, "step": 2}, 7),
    ("number", {"step": 0.1}, 0.3),
    ("number", {"min": -1e308, "step": 5e-324}, 1e308),
    ("date", {"min": "2026-01-01", "max": "2026-12-31"}, "2026-12-31"),
    ("date", {}, "2028-02-29"),
    ("time", {"min": "08:00", "max": "18:00"}, "18:00"),
    ("select", OPTIONS, "m"),
    ("multi_select", {**OPTIONS, "min_selected": 2, "max_selected": 2}, ["s", "m"]),
    (
        "checklist",
        {"items": [{"id": "a", "label": "A", "required": True}, {"id": "b", "label": "B"}]},
        {"checked": ["a"]},
    ),
    ("file_upload", {"accept": ["image/png"], "max_bytes": 100}, {"fileIds": ["photo"]}),
    ("file_upload", {"max_files": 2}, {"fileIds": ["photo", "scan"]}),
    ("signature", {}, {"name": "Ada Lovelace", "agreed": True}),
    ("acknowledge_policy", {"policy_text": "Be kind."}, {"acknowledged": True}),
    ("quiz", {"questions": QUESTIONS, "pass_score": 66}, {"answers": {"one": "a", "two": "a", "three": "b"}}),
    ("quiz", {"questions": QUESTIONS}, {"answers": {"one": "b", "two": "b", "three": "b"}}),
    ("identity_form", {"document_types": ["Passport"]}, IDENTITY),
    *((name, {}, None) for name, kind in BUILT_IN.items() if kind.display_only),
]
REFUSED: list[tuple[str, dict[str, Any], Any, str, tuple[str | int, ...]]] = [
    ("text_input", {}, None, "REQUIRED", ()),
    ("text_input", {}, " \n", "REQUIRED", ()),
    ("text_input", {}, 5, "TYPE", ()),
    ("text_input", {}, "a\0b", "TYPE", ()),
    ("text_input", {"min_length": 3}, "ab", "TOO_SHORT", ()),
    ("text_input", {"max_length": 3}, "abcd", "TOO_LONG", ()),
    ("text_input", {}, "a" * 10_001, "TYPE", ()),
    ("text_input", {"pattern": "[a-z]+"}, "abc1", "PATTERN", ()),
    ("number", {}, "5", "TYPE", ()),
    ("number", {}, True, "TYPE", ()),
    ("number", {"min": 1}, 0.99, "RANGE", ()),
    ("number", {"max": 1}, 1.01, "RANGE", ()),
    ("number", {"step": 0.5}, 0.75, "RANGE", ()),
    ("number", {"min": 0, "step": 3}, 10**18 + 1, "RANGE", ()),
    ("number", {"step": 0.5}, 10**400, "TYPE", ()),
    ("date", {}, "2026-02-30", "DATE", ()),
    ("date", {}, "20260630", "DATE", ()),
    ("date", {"min": "2026-07-01"}, "2026-06-30", "RANGE", ()),
    ("time", {}, "24:00", "TIME", ()),
    ("time", {"max": "18:00"}, "18:01", "RANGE", ()),
    ("select", OPTIONS, "xl", "NOT_AN_OPTION", ()),
    ("multi_select", OPTIONS, ["m", "xl"], "NOT_AN_OPTION", (1,)),
    ("multi_select", OPTIONS, ["m", "m"], "TWICE", (1,)),
    ("multi_select", {**OPTIONS, "max_selected": 1}, ["m", "l"], "RANGE", ()),
    ("multi_select", {**OPTIONS, "min_selected": 2}, ["m"], "RANGE", ()),
    ("checklist", {"items": [{"id": "a", "label": "A", "required": True}]}, {"checked": []}, "REQUIRED", ("checked",)),
    ("checklist", {"items": [{"id": "a", "label": "A"}]}, {"checked": ["z"]}, "NOT_AN_OPTION", ("checked", 0)),
    ("checklist", {"items": [{"id": "a", "label": "A"}]}, {"checked": [], "more": 1}, "UNKNOWN_KEY", ()),
    ("file_upload", {}, {"fileIds": []}, "REQUIRED", ("fileIds",)),
    ("file_upload", {}, {"fileIds": ["nobody's"]}, "FILE", ("fileIds", 0)),
    ("file_upload", {}, {"fileIds": ["late"]}, "FILE", ("fileIds", 0)),
    ("file_upload", {}, {"fileIds": ["photo", "scan"]}, "RANGE", ("fileIds",)),
    ("file_upload", {"max_files": 2}, {"fileIds": ["photo", "photo"]}, "TWICE", ("fileIds", 1)),
    ("file_upload", {"accept": ["application/pdf"]}, {"fileIds": ["photo"]}, "FILE_TYPE", ("fileIds", 0)),
    ("file_upload", {"max_bytes": 4999}, {"fileIds": ["scan"]}, "FILE_SIZE", ("fileIds", 0)),
    ("signature", {}, {"name": " ", "agreed": True}, "REQUIRED", ("name",)),
    ("signature", {}, {"name": "Ada", "agreed": False}, "REQUIRED", ("agreed",)),
    ("signature", {}, {"name": "Ada"}, "REQUIRED", ()),
    ("acknowledge_policy", {}, {"acknowledged": False}, "REQUIRED", ("acknowledged",)),
    ("quiz", {"questions": QUESTIONS}, {"answers": {"one": "a"}}, "REQUIRED", ("answers", "two")),
    ("quiz", {"questions": QUESTIONS[:1]}, {"answers": {"one": "c"}}, "NOT_AN_OPTION", ("answers", "one")),
    ("quiz", {"questions": QUESTIONS[:1]}, {"answers": {"one": "a", "x": "a"}}, "UNKNOWN_KEY", ("answers", "x")),
    (
        "quiz",
        {"questions": QUESTIONS, "pass_score": 67},
        {"answers": {"one": "a", "two": "a", "three": "b"}},
        "QUIZ_NOT_PASSED",
        ("answers",),
    ),
    ("identity_form", {"document_types": ["Visa"]}, IDENTITY, "NOT_AN_OPTION", ("document_type",)),
    (
        "identity_form",
        {"document_types": ["Passport"]},
        {**IDENTITY, "expires_on": "2026-06-30"},
        "RANGE",
        ("expires_on",),
    ),
    ("identity_form", {"document_types": ["Passport"]}, {**IDENTITY, "country": "de"}, "PATTERN", ("country",)),
    ("header", {}, "text", "UNKNOWN_KEY", ()),
]


@pytest.mark.parametrize(("base", "config", "value"), TAKEN)
def test_this_answer_is_taken(base: str, config: dict[str, Any], value: Any) -> None:
    assert wrong(base, config, value) == []


@pytest.mark.parametrize(("base", "config", "value", "code", "path"), REFUSED)
def test_this_answer_is_refused_where_it_is_wrong(
    base: str, config: dict[str, Any], value: Any, code: str, path: tuple[str | int, ...]
) -> None:
    assert wrong(base, config, value)[0] == (code, path)


def test_every_type_that_is_filled_in_is_among_the_examples() -> None:
    filled_in = {name for name, kind in BUILT_IN.items() if not kind.display_only}
    assert (
        filled_in
        == {base for base, _, value in TAKEN if value is not None}
        == {each[0] for each in REFUSED} - {"header"} | {"text_area"}
    )


def test_what_is_not_required_may_be_left_out() -> None:
    assert wrong("text_input", {"min_length": 3}, None, required=False) == []
    assert wrong("text_input", {"min_length": 3}, "ab", required=False) == [("TOO_SHORT", ())]


def test_a_companys_own_type_asks_for_more() -> None:
    schema = {"type": "string", "pattern": "^DE[0-9]{20}$"}
    assert wrong("text_input", {}, "DE" + "1" * 20, value_schema=schema) == []
    assert wrong("text_input", {}, "FR1", value_schema=schema) == [("SCHEMA", ())]


def test_a_pattern_that_explodes_elsewhere_takes_no_time() -> None:
    began = time.process_time()
    assert wrong("text_input", {"pattern": "(a+)+$"}, "a" * 9_000 + "!") == [("PATTERN", ())]
    assert time.process_time() - began < 1


@pytest.mark.parametrize("pattern", ["(", "(?=a)b", "(?<x>a", "[z-a]", "a" * 501, r"(a)\1"])
def test_a_pattern_that_cannot_be_used_is_refused_with_the_settings(pattern: str) -> None:
    assert [each.path for each in config_problems("text_input", {"pattern": pattern}, whole=True)] == [("pattern",)]


CONFIGS: list[tuple[str, dict[str, Any], tuple[str | int, ...]]] = [
    ("text_input", {"colour": "red"}, ()),
    ("text_input", {"min_length": 5, "max_length": 4}, ("min_length",)),
    ("text_input", {"max_length": "5"}, ("max_length",)),
    ("number", {"min": 2, "max": 1}, ("min",)),
    ("number", {"step": 0}, ("step",)),
    ("date", {"min": "yesterday"}, ("min",)),
    ("date", {"max": "2026-02-30"}, ("max",)),
    ("date", {"min": "2026-07-01", "max": "2026-06-30"}, ("min",)),
    ("header", {"level": 10**30}, ()),
    ("header", {"a\0": 1}, ()),
    ("image", {"url": "https://example.com/a.png"}, ()),
    ("image", {"url": "javascript:alert(1)", "alt": "x"}, ("url",)),
    ("video", {"url": "data:text/html,x"}, ("url",)),
    ("select", {"options": []}, ("options",)),
    ("select", {"options": [{"value": "a", "label": "A"}, {"value": "a", "label": "B"}]}, ("options", 1, "value")),
    ("multi_select", {**OPTIONS, "min_selected": 4}, ("min_selected",)),
    ("checklist", {"items": [{"id": "a", "label": "A"}, {"id": "a", "label": "B"}]}, ("items", 1, "id")),
    ("quiz", {"questions": [{**QUESTIONS[0], "correct": "z"}]}, ("questions", 0, "correct")),
    ("file_upload", {"max_files": 0}, ("max_files",)),
]


@pytest.mark.parametrize(("base", "config", "path"), CONFIGS)
def test_settings_that_cannot_be_used_are_refused(
    base: str, config: dict[str, Any], path: tuple[str | int, ...]
) -> None:
    assert config_problems(base, config, whole=True)[0].path == path


def test_a_draft_may_lack_settings_that_a_published_flow_needs() -> None:
    for name, kind in BUILT_IN.items():
        assert config_problems(name, {}, whole=False) == []
        assert bool(config_problems(name, {}, whole=True)) is bool(kind.config_schema["required"])


def test_a_new_hire_is_not_shown_the_right_answers() -> None:
    shown = public_config("quiz", {"questions": QUESTIONS, "pass_score": 50})
    assert shown["pass_score"] == 50
    assert [set(question) for question in shown["questions"]] == [{"id", "text", "options"}] * 3
    assert all("correct" in question for question in QUESTIONS)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(base=st.sampled_from(sorted(BUILT_IN)), value=VALUES)
@settings(max_examples=300, deadline=None)
def test_whatever_comes_is_judged_and_never_breaks(base: str, value: Any) -> None:
    config = {"questions": QUESTIONS, "pass_score": 50} if base == "quiz" else OPTIONS if "select" in base else {}
    for each in check_value(Asked(base, config), value, now=NOW, files=FILES):
        assert each.code
        assert each.message
