"""What models declare of whom their rows belong to can be followed, and what must not be null is in reach."""

from typing import Any, cast

import pytest

from db.choices import Choice
from db.columns import reference_of
from db.models.hr import Employee
from resolvers.places import table_of
from resolvers.scopes import belongs_of
from schema.derive.objects import same_access
from schema.root import make_schema

REGISTRY = make_schema().registry
DECLARED = [entity for entity in REGISTRY.entities if belongs_of(entity.model)]


@pytest.mark.parametrize("entity", DECLARED, ids=lambda entity: entity.name)
def test_it_names_columns_that_lead_to_users(entity: Any) -> None:
    belongs, columns = belongs_of(entity.model), table_of(entity.model).columns
    assert belongs is not None
    for name in belongs.people:
        reference = reference_of(columns[name])
        assert name == "id" if reference is None else reference.target == "User"
    assert bool(belongs.through) + bool(belongs.people or belongs.links) <= 1
    for led in belongs.led:
        reference = reference_of(columns[led.column])
        leads = REGISTRY.entity(reference.target) if reference else None
        assert leads is not None
        named = reference_of(table_of(leads.model).columns[led.people])
        assert named is not None
        assert named.target == "User"
    if belongs.shared:
        shared = belongs.shared
        named = [reference_of(columns[each]) for each in (shared.person, shared.team, shared.department)]
        assert [each and each.target for each in named] == ["User", "Team", "Department"]
        assert shared.permission == entity.read
        assert {shared.everybody, shared.around} <= set(cast("type[Choice]", columns[shared.by].type.python_type))
    if belongs.through:
        reference = reference_of(columns[belongs.through])
        target = REGISTRY.entity(reference.target) if reference else None
        assert target is not None
        assert target.read == entity.read
        assert belongs_of(target.model)


@pytest.mark.parametrize("entity", DECLARED, ids=lambda entity: entity.name)
def test_a_reference_that_must_not_be_null_leads_to_what_its_row_makes_visible(entity: Any) -> None:
    for column in table_of(entity.model).columns:
        reference = reference_of(column)
        target = REGISTRY.entity(reference.target) if reference else None
        if target is None or column.nullable or not same_access(REGISTRY, entity, target):
            continue
        belongs, around = belongs_of(entity.model), belongs_of(target.model)
        assert belongs is not None
        assert around is not None, f"{entity.name}.{column.key} would be null for who sees the row"
        by_link = any(
            (link.model, link.column) == (entity.name, column.key) and link.people in belongs.people
            for link in around.links
        )
        is_user = around.people == ("id",) and column.key in belongs.people
        is_employee = target.model is Employee and belongs.people == around.people == ("user_id",)
        assert not around.to_people or belongs.through == column.key or is_user or by_link or is_employee


@pytest.mark.parametrize("entity", DECLARED, ids=lambda entity: entity.name)
def test_a_list_that_must_not_be_null_can_be_read_within_a_scope(entity: Any) -> None:
    for name, other, _ in REGISTRY.backs_of(entity):
        if same_access(REGISTRY, entity, other):
            assert belongs_of(other.model) is not None, f"{entity.name}.{name} would be refused"
