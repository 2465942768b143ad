"""What the machine refuses to make a schema of."""

import pytest
from graphql import GraphQLInputObjectType, GraphQLScalarType
from sqlalchemy import Column

from db.models.approvals import Verdict
from schema.derive import registry
from schema.derive.registry import Registry
from schema.root import DOMAINS, make_schema


def test_a_reference_is_not_called_like_a_column(monkeypatch: pytest.MonkeyPatch) -> None:
    def as_who_made_it(column: Column[object]) -> str:
        return "created_by" if column.key == "client_version_id" else column.key

    monkeypatch.setattr(registry, "relation_name", as_who_made_it)
    with pytest.raises(ValueError, match=r"RegisteredDocument\.client_version_id: created_by is a column of its own"):
        Registry(DOMAINS)


def test_no_two_kinds_of_types_have_one_name() -> None:
    made = Registry(DOMAINS)
    made.enum(Verdict)
    with pytest.raises(ValueError, match="two kinds of types are called Verdict"):
        made.once("Verdict", lambda: GraphQLScalarType("Verdict"))


def test_the_filter_of_a_list_gives_way_to_that_of_an_entity() -> None:
    known = make_schema()._schema
    matches, own = known.get_type("HolidaysFilter"), known.get_type("HolidayListFilter")
    assert isinstance(matches, GraphQLInputObjectType)
    assert list(matches.fields) == ["some", "none", "every"]
    assert isinstance(own, GraphQLInputObjectType)
    assert "name" in own.fields
