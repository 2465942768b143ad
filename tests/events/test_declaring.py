"""A named event is declared before it is published, and is what it was declared to be."""

from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from sqlalchemy import select

from db.models import Company, Flow, Team, User
from db.models.identity import TeamRole
from db.models.onboarding import FlowStatus
from resolvers.identity.events import RoleChanged
from resolvers.named import declarations, facts_of, named
from resolvers.onboarding.events import FlowPublished
from resolvers.teams import MemberAdded
from tests.onboarding.hires.builders import acting
from tests.world import CompanyWorld


@dataclass(frozen=True)
class Undeclared:
    """Something that nobody has declared."""

    name: Annotated[str, "Its name."]


WRONG: Any = "not an id"


@pytest.mark.parametrize(
    ("happened", "why"),
    [
        (Undeclared("x"), "no declared event"),
        ("team.member_added", "no declared event"),
        (MemberAdded(user_id=WRONG, role=TeamRole.LEAD), "user_id is"),
    ],
)
async def test_what_is_not_as_declared_is_not_published(company: CompanyWorld, happened: object, why: str) -> None:
    team = Team(name="Platform")
    async with acting(company) as context:
        context.add(team)
        await context.flush()
        with pytest.raises(TypeError, match=why):
            await context.publish(happened, team)
        assert context.published == []


async def test_an_event_is_about_what_it_was_declared_to_be_about(company: CompanyWorld) -> None:
    async with acting(company) as context:
        [profile] = await context.all(select(Company))
        with pytest.raises(TypeError, match="about a Team"):
            await context.publish(MemberAdded(user_id=profile.id, role=TeamRole.LEAD), profile)


def test_a_type_is_declared_once() -> None:
    before = set(declarations())
    with pytest.raises(ValueError, match="already"):
        named("team.member_added", about=Team)(Undeclared)
    assert set(declarations()) == before


def test_what_is_none_is_left_out_and_a_name_of_pythons_loses_its_mark() -> None:
    _, given = facts_of(RoleChanged(given="HR"), User())
    assert given == {"given": "HR"}
    declared, moved = facts_of(FlowPublished(from_=FlowStatus.DRAFT, to=FlowStatus.PUBLISHED), Flow())
    assert (declared.name, declared.version) == ("onboarding.flow.published", 1)
    assert moved == {"from": "draft", "to": "published"}
