"""What becomes of webhook deliveries is seen, by those who may see it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from resolvers import ids
from schema.signed_in import LIVE
from tests.clients.outside import node
from tests.live.test_sessions import id_of
from tests.live_page.looking import Place, credentials
from tests.onboarding.hires.builders import Published
from tests.webhooks.dispatching import an_endpoint, at_work
from tests.webhooks.receivers import answer, receiving
from tests.world import CompanyWorld, Person, World

HIRED = "onboarding.new_hire.created"


async def role_of(person: Person, name: str) -> str:
    roles = (await person.ask("{ roles(first: 50) { nodes { id name } } }")).data["roles"]["nodes"]
    [found] = [each["id"] for each in roles if each["name"] == name]
    return str(found)


async def looked_at(world: World, place: Place, company: CompanyWorld, flow: Published) -> dict[str, Any]:
    """Let somebody look while events are sent to an endpoint that takes them, and to one that does not."""
    owner, other = await company.person("OWNER"), await company.person("HR")
    async with (
        at_work(world),
        receiving(answer("204 No Content")) as taking,
        receiving(answer("500 Oops")) as failing,
    ):
        good, _ = await an_endpoint(company, taking.url, HIRED)
        bad, _ = await an_endpoint(company, failing.url, HIRED)
        return await place.looked(
            "deliveries.mjs",
            owner,
            flow=flow.id,
            good=ids.encode("WebhookEndpoint", good),
            bad=ids.encode("WebhookEndpoint", bad),
            other=credentials(other),
            looker=id_of(other),
            role=await role_of(owner, "IT"),
        )


async def test_what_becomes_of_deliveries_is_seen_by_who_may(
    world: World, place: Place, company: CompanyWorld, flow: Published
) -> None:
    saw = await looked_at(world, place, company, flow)

    assert len(saw["first"]) == 2
    [delivered] = [row for row in saw["first"] if row.startswith("Delivered")]
    [waiting] = [row for row in saw["first"] if row.startswith("Waiting")]
    assert f"{HIRED} to 127.0.0.1:" in delivered
    assert "/hook" in delivered
    assert "1 attempt · HTTP 204 in " in delivered
    assert "1 attempt · HTTP 500 in " in waiting
    assert " · next at " in waiting
    assert (saw["counts"], saw["caption"]) == (["1", "1", "0", "0"], "The last 2 deliveries")
    assert [each.split(" ", 1)[1][:16] for each in saw["problems"]] == ["has failed since"]
    assert abs(datetime.now(UTC) - datetime.fromisoformat(saw["moment"])).total_seconds() < 120

    assert saw["folded"] == 8
    assert saw["button"] == ["Show 11", "false"]
    assert saw["unfolded"] == [11, "true"]
    assert saw["newestFirst"]
    assert saw["hidden"]
    assert saw["seen"]["complaints"] == saw["otherSeen"]["complaints"] == []
    assert saw["seen"]["strangers"] == saw["otherSeen"]["strangers"] == []


async def test_it_looks_again_when_there_may_be_news_and_says_how_attempts_went() -> None:
    ran = await node([Path(__file__).with_name("paces.mjs"), LIVE.folder.as_uri()])
    assert ran.exit_code == 0, ran.errors
    saw = json.loads(ran.output)
    assert saw["looks"] == [30_000, 1_000, 4_000, 15_000, 6_000, 30_000, 2_000]
    assert saw["types"] == [["a.b", "b.*"], [], ["*"]]
    assert saw["places"] == ["a.example", "a.example:8443/in"]
    assert saw["said"] == [
        "1 attempt · HTTP 204 in 12 ms",
        "2 attempts · Refused · due now",
        "2 attempts · Refused · being sent",
        "The endpoint's filter does not want it",
        "0 attempts",
    ]
    assert saw["near"] == [True, False]
