"""The catalogue holds every type of event that can be written, and says of each what its data looks like."""

import re

import pytest
from jsonschema_rs import Draft202012Validator, meta

from db.base import TenantOwned
from db.models.log import AuditAction
from resolvers.event_types import EventForm, event_forms
from resolvers.named import declarations
from schema.derive.event_types import emitted_by
from subscriptions.recorder import VERBS
from tests.events.written import REGISTRY, emits, validator_of

SOURCES = emitted_by(REGISTRY)
FORM = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+){1,2}")


@pytest.fixture(params=event_forms())
def form(request: pytest.FixtureRequest) -> EventForm:
    """Every type of event, one after the other."""
    return event_forms()[request.param]


@pytest.mark.parametrize("name", emits())
def test_it_holds_what_every_operation_and_job_says_that_it_emits(name: str) -> None:
    assert emits()[name] <= set(event_forms())


def test_it_holds_the_events_of_the_rows_of_every_entity() -> None:
    for entity in REGISTRY.entities:
        if not issubclass(entity.model, TenantOwned):
            continue  # A log is appended to; its rows are no subjects of events.
        verbs = {VERBS[each] for each in (AuditAction.CREATE, AuditAction.UPDATE, AuditAction.DELETE)}
        assert {f"{entity.model.event_subject()}.{verb}" for verb in verbs} <= set(event_forms())
        moves = f"{entity.model.event_subject()}.moved" in event_forms()
        assert moves == hasattr(entity.model, "status")
    assert "user.signed_in" in event_forms()


def test_whatever_is_declared_by_name_comes_from_somewhere() -> None:
    assert set(declarations()) <= set(SOURCES)


def test_the_types_are_in_the_order_of_the_alphabet_and_of_the_right_form() -> None:
    assert list(event_forms()) == sorted(event_forms())
    assert all(FORM.fullmatch(name) for name in event_forms())


def test_the_schema_is_one_and_takes_the_example_and_nothing_else(form: EventForm) -> None:
    meta.validate(form.schema)
    assert form.schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    validator = validator_of(form.type)
    validator.validate(form.example)
    assert not validator.is_valid({**form.example, "another": 1})
    if form.of_row:
        assert not validator.is_valid({"changed": {**form.example["changed"], "another": 1}})
        assert not validator.is_valid({})


def test_everything_in_it_says_what_it_means(form: EventForm) -> None:
    assert form.description.endswith(".")
    assert [fact.name for fact in form.facts if not fact.meaning.endswith(".")] == []
    assert len({fact.shown_name for fact in form.facts}) == len(form.facts)


def test_what_is_always_there_is_required_and_what_may_be_null_may() -> None:
    made = Draft202012Validator(event_forms()["onboarding.flow.created"].schema)
    example = event_forms()["onboarding.flow.created"].example["changed"]
    assert not made.is_valid({"changed": {name: value for name, value in example.items() if name != "durationDays"}})
    assert not made.is_valid({"changed": {**example, "durationDays": 0}})
    assert not made.is_valid({"changed": {**example, "description": None}})
    changed = Draft202012Validator(event_forms()["onboarding.flow.updated"].schema)
    assert changed.is_valid({"changed": {"description": None}})
    assert not changed.is_valid({"changed": {"name": None}})
    assert not changed.is_valid({"changed": {"status": "DRAFT"}})
    moved = Draft202012Validator(event_forms()["onboarding.flow.moved"].schema)
    assert moved.is_valid({"changed": {"status": "PUBLISHED", "archivedAt": None}})
    assert not moved.is_valid({"changed": {"archivedAt": None}})


def test_a_protected_value_can_only_be_a_mark() -> None:
    validator = Draft202012Validator(event_forms()["user.updated"].schema)
    assert validator.is_valid({"changed": {"firstName": "•••"}})
    assert not validator.is_valid({"changed": {"firstName": "Ada"}})


@pytest.mark.parametrize("hidden", ["tokenVersion", "failedLogins", "passwordHash"])
def test_what_the_api_hides_is_in_no_schema(hidden: str) -> None:
    told = event_forms()["user.updated"].schema["properties"]["changed"]["properties"]
    assert "firstName" in told
    assert hidden not in told
