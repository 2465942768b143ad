"""An owner looks after clients, API keys and webhooks: a secret is shown once, and what was sent is sent again."""

from pathlib import Path

from uuid_utils.compat import uuid7

from auth.permissions import FOR_KEYS
from tests.live_page.looking import Place
from tests.webhooks.dispatching import a_team, an_endpoint, deliveries
from tests.world import CompanyWorld

URL = "https://hooks.example.com/sent"
ATTEMPT = """
insert into pool.webhook_attempts (tenant_id, id, delivery_id, number, started_at, duration_ms, http_status)
values (:tenant, :id, :delivery, 1, now(), 12, 500) returning 1
"""


async def a_dead_delivery(company: CompanyWorld) -> None:
    """Let an endpoint have been sent one event, and another one in vain."""
    await an_endpoint(company, URL, "team.created")
    for name in ("One", "Other"):
        await a_team(company, name)
    taken, dead = await deliveries(company, "pending", "pending")
    for row, status in ((taken, "succeeded"), (dead, "dead")):
        await company.rows(
            "update pool.webhook_deliveries set status = :status, attempt_count = 1, finished_at = now() "
            "where id = :id returning 1",
            id=row.id,
            status=status,
        )
    await company.rows(ATTEMPT, id=uuid7(), delivery=dead.id)


async def test_clients_keys_and_webhooks(place: Place, company: CompanyWorld) -> None:
    owner = await company.person("OWNER")
    await a_dead_delivery(company)

    saw = await place.looked(Path(__file__).with_name("programs.mjs"), owner, url=URL)

    [document] = saw["documents"]
    assert document.startswith("Plan\nQuery, at most ")
    assert "query Plan { modules { name } }" in document

    assert saw["missing"] == ["Fill this in."]
    assert set(saw["offered"]) == FOR_KEYS
    assert len(saw["network"]) == 1
    assert saw["key"].startswith("wgk_")
    assert (saw["copied"], saw["stays"]) == (saw["key"], 1)
    assert saw["address"]
    assert (saw["keptInPage"], saw["again"]) == (False, False)
    assert saw["rotated"].startswith("wgk_")
    assert saw["rotated"] != saw["key"]
    assert saw["actsLeft"] == 0

    assert len(saw["endpointRefused"]) == 1
    assert saw["lost"] == ""
    assert saw["secret"].startswith("whsec_")
    assert sorted(row.split("\n")[0] for row in saw["before"]) == ["Delivered", "Given up"]
    assert sorted(row.split("\n")[0] for row in saw["after"]) == ["Delivered", "Waiting"]
    assert saw["seen"]["strangers"] == []
    assert [each for each in saw["seen"]["complaints"] if "ERR_FAILED" not in each] == []
