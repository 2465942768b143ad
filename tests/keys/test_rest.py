"""API keys over REST: they call the documents of their client, and nothing else."""

from tests.documents.builders import a_client
from tests.keys.builders import Held, a_key
from tests.rest.calling import problem
from tests.rest.test_clients import publish
from tests.world import Person

NAME = "query Name { company { name } }"


async def a_key_with_addresses(owner: Person, **given: int) -> Held:
    """Make a key whose client has an address, beside another client that has one."""
    other = await a_client(owner, "other")
    await publish(owner, other, [("GET", "/name", NAME)])
    client = await a_client(owner, "acme", kind="PARTNER")
    await publish(owner, client, [("GET", "/name", NAME)])
    return await a_key(owner, client=client, **given)


async def called(key: Held, path: str) -> tuple[int, str]:
    """The status of an answer, and its code where it is a problem."""
    answer = await key.http.get(f"/rest{path}", headers={"authorization": f"Bearer {key.text}"})
    return problem(answer) if answer.is_error else (answer.status_code, "")


async def test_a_key_calls_the_addresses_of_its_client_and_no_others(owner: Person) -> None:
    key = await a_key_with_addresses(owner)
    assert await called(key, "/~acme/name") == (200, "")
    assert await called(key, "/~other/name") == (404, "NOT_FOUND")
    assert await called(key, "/companies/mine/flows") == (403, "DOCUMENT_REQUIRED")


async def test_a_key_is_told_nothing_of_the_schema(owner: Person) -> None:
    key = await a_key_with_addresses(owner)
    assert await called(key, "/~acme/openapi.json") == (404, "NOT_FOUND")


async def test_calls_count_for_what_a_key_may_send_in_a_minute(owner: Person) -> None:
    key = await a_key_with_addresses(owner, rateLimitPerMin=2)
    answers = [await called(key, "/~acme/name") for _ in range(3)]
    assert answers == [(200, ""), (200, ""), (429, "RATE_LIMITED")]
