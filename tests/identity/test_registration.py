"""Registering a company: many at once, text that grows, and a key that makes a second call the same as the first."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from resolvers import registration
from resolvers.founding import Founder
from tests.identity.builders import a_registration, login, register, set_otherwise
from tests.world import World


async def jobs_of(world: World, slug: str) -> list[Any]:
    statement = text(
        "select j.* from catalog.provisioning_jobs j join catalog.tenants t on t.id = j.tenant_id where slug = :slug"
    )
    async with world.owner.connect() as connection:
        return list((await connection.execute(statement, {"slug": slug})).all())


async def test_twelve_companies_are_registered_at_once_and_the_server_stays_ready(world: World) -> None:
    async with set_otherwise(world) as http:
        given = [a_registration() for _ in range(12)]
        registering = [asyncio.create_task(register(http, each)) for each in given]
        await asyncio.sleep(0.2)
        assert (await http.get("/readyz")).status_code == 200
        answers = await asyncio.gather(*registering)
    assert [answer["refusals"] for answer in answers] == [[]] * 12
    assert [answer["company"]["slug"] for answer in answers] == [each["slug"] for each in given]


async def test_few_are_made_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    now, most = 0, 0
    real = registration.found

    async def note(*given: Any) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.1)
        await real(*given)
        now -= 1

    monkeypatch.setattr(registration, "found", note)
    await asyncio.gather(*(register(world.http, a_registration()) for _ in range(6)))
    assert most == registration.AT_ONCE


async def test_an_address_that_grows_when_it_is_lowered_is_refused_before_anything_is_made(world: World) -> None:
    given = a_registration()
    too_long = given | {"email": "İ" * 120 + "@" + "a" * 125 + ".example"}
    answer = await register(world.http, too_long)
    assert [(refusal["code"], refusal["path"]) for refusal in answer["refusals"]] == [
        ("INVALID_INPUT", ["input", "email"])
    ]
    assert await jobs_of(world, given["slug"]) == []
    assert (await register(world.http, given))["refusals"] == []


async def test_what_was_given_is_stored_as_it_is_checked(world: World) -> None:
    given = a_registration(firstName="  Ada ")
    padded = given | {"email": f"  {given['email'].upper()} "}
    assert (await register(world.http, padded))["refusals"] == []
    session = (await login(world.http, given, x_workgraph_tenant=given["slug"])).data["login"]["session"]
    assert session["accessToken"]


async def test_the_length_of_a_short_name_is_told_as_it_is(world: World) -> None:
    [refusal] = (await register(world.http, a_registration(slug="ab")))["refusals"]
    assert refusal["message"].startswith("3 to 40 ")


async def test_the_same_key_with_the_same_input_is_the_same_company(world: World) -> None:
    given = a_registration(idempotencyKey=str(uuid4()))
    first = await register(world.http, given)
    assert first["refusals"] == []
    assert await register(world.http, given) == first
    [job] = await jobs_of(world, given["slug"])
    kept = str(job._mapping)
    assert given["idempotencyKey"] not in kept
    assert given["email"] not in kept


async def test_at_the_same_moment_too(world: World) -> None:
    given = a_registration(idempotencyKey=str(uuid4()))
    answers = await asyncio.gather(*(register(world.http, given) for _ in range(4)))
    assert answers == [answers[0]] * 4
    assert answers[0]["refusals"] == []


@pytest.mark.parametrize(
    "other", [{"password": "another long password"}, {"slug": "another-slug-of-this-test"}, {"firstName": "Eve"}]
)
async def test_the_same_key_with_another_input_is_a_conflict_that_tells_nothing(
    world: World, other: dict[str, str]
) -> None:
    given = a_registration(idempotencyKey=str(uuid4()))
    await register(world.http, given)
    answer = await register(world.http, given | other)
    assert answer["company"] is None
    assert [(each["code"], each["message"]) for each in answer["refusals"]] == [
        ("IDEMPOTENCY_CONFLICT", "This key was used for another input.")
    ]
    assert await jobs_of(world, "another-slug-of-this-test") == []


async def test_two_inputs_with_one_key_at_the_same_moment_make_one_company(world: World) -> None:
    key = str(uuid4())
    given = [a_registration(idempotencyKey=key) for _ in range(2)]
    answers = await asyncio.gather(*(register(world.http, each) for each in given))
    assert sorted(answer["company"] is None for answer in answers) == [False, True]
    assert len([job for each in given for job in await jobs_of(world, each["slug"])]) == 1


async def test_a_key_counts_for_a_day(world: World) -> None:
    first = a_registration(idempotencyKey=str(uuid4()))
    await register(world.http, first)
    [job] = await jobs_of(world, first["slug"])
    async with world.owner.begin() as connection:
        await connection.execute(
            text("update catalog.provisioning_jobs set created_at = :long_ago where id = :id"),
            {"long_ago": job.created_at - timedelta(hours=24), "id": job.id},
        )
    second = a_registration(idempotencyKey=first["idempotencyKey"])
    assert (await register(world.http, second))["company"]["slug"] == second["slug"]
    [job] = await jobs_of(world, first["slug"])
    assert (job.key_hash, job.input_hash) == (None, None)


@pytest.mark.parametrize("key", ["", "\0", "x" * 256])
async def test_a_key_that_is_none_is_refused(world: World, key: str) -> None:
    [refusal] = (await register(world.http, a_registration(idempotencyKey=key)))["refusals"]
    assert (refusal["code"], refusal["path"]) == ("INVALID_INPUT", ["input", "idempotencyKey"])


async def test_a_second_call_with_the_key_goes_on_with_what_failed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_given: object) -> Founder:
        raise ZeroDivisionError

    given = a_registration(idempotencyKey=str(uuid4()))
    monkeypatch.setattr(registration, "found", fail)
    with pytest.raises(AssertionError, match="INTERNAL"):
        await register(world.http, given)
    monkeypatch.undo()
    assert (await register(world.http, given))["company"]["slug"] == given["slug"]
