"""What PostgreSQL itself refuses becomes the refusal that it means; what it cannot mean stays a fault."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from uuid_utils.compat import uuid7

from db.models import Flow, Role, Stage, User
from resolvers.context import Context
from resolvers.edge import Contract, Outcome, perform
from resolvers.operation import operation
from tests.commands.ground import Ground
from tests.world import CompanyWorld


@operation("onboarding.edit")
async def store_an_impossible_length(context: Context) -> Flow:
    flow = Flow(name="A", duration_days=0)
    context.add(flow)
    return flow


@operation("onboarding.edit")
async def point_at_nothing(context: Context) -> Stage:
    stage = Stage(flow_id=uuid7(), name="A", position=0)
    context.add(stage)
    return stage


@operation("onboarding.edit")
async def name_a_role_twice(context: Context) -> Role:
    role = Role(name="HR", description="Again.")
    context.add(role)
    return role


@operation("onboarding.edit")
async def delete_a_role_that_is_held(context: Context) -> Role:
    [held] = await context.all(select(Role).where(Role.name == "OWNER"))
    await context.delete(Role, [held])
    return held


@operation("onboarding.edit")
async def leave_a_required_value_out(context: Context) -> Flow:
    flow = Flow(name="A")
    context.add(flow)
    return flow


async def attempt(company: CompanyWorld, run: Any) -> Outcome:
    person = await company.person("OWNER")
    async with company.world.parts.database.transacting(company.tenant.placement) as session:
        return await perform(Context(person.asking, session, run.name), run, {}, Contract())


@pytest.mark.parametrize(
    ("run", "code", "path"),
    [
        (store_an_impossible_length, "INVALID_INPUT", ("duration_days",)),
        (point_at_nothing, "NOT_FOUND", ("flow_id",)),
        (name_a_role_twice, "ALREADY_EXISTS", ("name",)),
        (delete_a_role_that_is_held, "IN_USE", ()),
    ],
)
async def test_a_violated_constraint_is_a_refusal(ground: Ground, run: Any, code: str, path: Any) -> None:
    await ground.company.person("HR")
    before = await ground.everything()
    outcome = await attempt(ground.company, run)
    [refusal] = outcome.refusals
    assert (refusal.code, refusal.path, outcome.result) == (code, path, None)
    after = await ground.everything()
    assert {name: after[name] for name in ("roles", "stages", "onboarding_flows")} == {
        name: before[name] for name in ("roles", "stages", "onboarding_flows")
    }


async def test_a_missing_value_is_a_fault_of_ours(company: CompanyWorld) -> None:
    with pytest.raises(IntegrityError):
        await attempt(company, leave_a_required_value_out)


@operation("onboarding.edit")
async def invite(context: Context) -> User:
    user = User(email="ada@example.com", first_name="Ada", last_name="Lovelace", password_hash="-")
    context.add(user)
    return user


async def test_of_two_at_once_with_one_address_one_is_told_that_it_is_taken(company: CompanyWorld) -> None:
    outcomes = await asyncio.gather(attempt(company, invite), attempt(company, invite))
    assert sorted(refusal.code for outcome in outcomes for refusal in outcome.refusals) == ["ALREADY_EXISTS"]
