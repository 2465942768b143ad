"""Whatever is deprecated says until when, and what to use instead, wherever the API shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import pytest
from graphql import GraphQLSchema, build_schema
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped

from db.base import NAMING, Base, TenantOwned, complete
from db.choices import Choice
from db.columns import column, name_column
from db.deprecation import Deprecated, announced
from db.models.onboarding import Flow
from resolvers.computed import computed
from resolvers.context import Context, Looking
from resolvers.operation import operation
from resolvers.reading import reading
from resolvers.views import shown
from schema.derive.declare import Domain, entity
from schema.evolution.elements import elements_of
from schema.root import DOMAINS, make_schema
from tests.schema.asking import SCHEMA

GOING = Deprecated("2027-06-30", "Use something else instead.")
TEXT = "Use something else instead. Removed after 2027-06-30."


def unannounced(schema: GraphQLSchema) -> list[str]:
    """Return what is deprecated without a day, or without saying what to use instead."""
    return [
        coordinate
        for coordinate, element in elements_of(schema).items()
        if element.deprecation_reason is not None and announced(element.deprecation_reason) is None
    ]


def test_every_deprecation_has_its_day_and_its_reason() -> None:
    assert unannounced(SCHEMA) == []


@pytest.mark.parametrize(
    "reason",
    [
        "No longer supported",
        "Use b.",
        "Use b. Removed after 2027-06-31.",
        "Use b. Removed after 30.6.2027.",
        "Removed after 2027-06-30.",
        "Use b. Removed after 2027-06-30",
        "Use b. removed after 2027-06-30.",
    ],
)
def test_one_without_either_is_caught(reason: str) -> None:
    schema = build_schema(
        f'type Query {{ a(b: ID @deprecated(reason: "{reason}")): E  c: ID @deprecated(reason: "{reason}") }} '
        f'enum E {{ D @deprecated(reason: "{reason}") F }} '
        'input G { h: ID @deprecated(reason: "Use i. Removed after 2027-06-30.") }'
    )
    assert sorted(unannounced(schema)) == ["E.D", "Query.a(b:)", "Query.c"]


@pytest.mark.parametrize(
    ("until", "reason"),
    [
        ("2027-06-31", "Use b."),
        ("30.6.2027", "Use b."),
        ("2027-6-30", "Use b."),
        ("2027-06-30", ""),
        ("2027-06-30", "Use b"),
    ],
)
def test_it_cannot_be_declared_either(until: str, reason: str) -> None:
    with pytest.raises(ValueError, match="is no deprecation"):
        Deprecated(until, reason)


def test_a_day_lasts_until_its_end() -> None:
    assert not GOING.is_over(date(2027, 6, 30))
    assert GOING.is_over(date(2027, 7, 1))
    assert announced(GOING.text) == GOING


def test_what_must_be_given_cannot_be_deprecated() -> None:
    with pytest.raises(ValueError, match="cannot be deprecated"):

        @operation("onboarding.edit")
        async def rename(_context: Context, name: Annotated[str, "A name.", GOING]) -> Flow:
            """Rename."""
            raise NotImplementedError(name)


class Kind(Choice):
    """Of which kind a gadget is."""

    NEW = "new", "As they are made now."
    OLD = "old", "As they were made.", GOING


class GadgetBase(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = Base.type_annotation_map


class Gadget(TenantOwned, GadgetBase):
    """A gadget."""

    __tablename__ = "going_gadgets"

    title: Mapped[str] = name_column(doc="What it is called.", deprecated=GOING)
    size: Mapped[int | None] = column(doc="How large it is.", deprecated=GOING)
    kind: Mapped[Kind] = column(default=Kind.NEW, doc="Of which kind it is.")


complete(GadgetBase)


@dataclass(frozen=True)
class Glance:
    """What a flow looks like at a glance."""

    title: Annotated[str, "What it is called."]
    size: Annotated[int | None, "How large it is.", GOING]

    @shown
    def line(self, of: Annotated[str | None, "Which one.", GOING] = None) -> Annotated[str, GOING]:
        """One of its lines."""
        return of or ""


@reading("onboarding.read", deprecated=GOING)
async def glance(_looking: Looking, of: Annotated[str | None, "Which one.", GOING] = None) -> Glance:
    """A glance."""
    return Glance(of or "", None)


@operation("onboarding.edit", deprecated=GOING)
async def polish_flow(_context: Context, flow: Flow, how: Annotated[str | None, "How to do it.", GOING] = None) -> Flow:
    """Polish a flow."""
    flow.description = how
    return flow


@computed(Flow, needs="onboarding.read", deprecated=GOING)
async def shine(_looking: Looking, flows: Sequence[Flow]) -> Sequence[str]:
    """How much it shines."""
    return ["much" for _ in flows]


GADGETS = Domain(
    module="onboarding",
    entities=[entity(Gadget, read="onboarding.read", write="onboarding.edit")],
    readings=[glance],
    operations=[polish_flow],
    computed=[shine],
)


@pytest.fixture(scope="module")
def reasons() -> dict[str, str]:
    """What is deprecated where all of this is public."""
    elements = elements_of(make_schema([*DOMAINS, GADGETS]).core)
    return {name: each.deprecation_reason for name, each in elements.items() if each.deprecation_reason}


def test_what_is_declared_is_said_wherever_it_is_shown(reasons: dict[str, Any]) -> None:
    assert reasons.keys() == {
        "Flow.shine",
        "Gadget.title",
        "Gadget.size",
        "GadgetExtremes.title",
        "GadgetExtremes.size",
        "GadgetNumbers.size",
        "GadgetFilter.title",
        "GadgetFilter.size",
        "GadgetOrder.title",
        "GadgetOrder.size",
        "GadgetGroupBy.title",
        "GadgetGroupBy.size",
        "GadgetGroupKey.title",
        "GadgetGroupKey.size",
        "CreateGadgetInput.size",
        "UpdateGadgetInput.title",
        "UpdateGadgetInput.size",
        "Kind.OLD",
        "Glance.size",
        "Glance.line",
        "Glance.line(of:)",
        "Query.glance",
        "Query.glance(of:)",
        "Mutation.polishFlow",
        "PolishFlowInput.how",
    }
    assert set(reasons.values()) == {TEXT}
