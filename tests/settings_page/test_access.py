"""The settings by keyboard, on a phone and to a screen reader: names, headings, contrast and sizes, light and dark."""

from itertools import pairwise
from pathlib import Path
from typing import Any

from uuid_utils.compat import uuid7

from schema.derive import ids
from tests.keys.builders import a_key
from tests.live.test_sessions import id_of
from tests.live_page.looking import Place
from tests.live_page.test_deliveries import role_of
from tests.settings_page.test_programs import a_dead_delivery
from tests.world import World


def expect_usable(views: dict[str, Any]) -> None:
    """What was looked at has names, headings, contrast and sizes, and fits on a phone."""

    def of(what: str) -> dict[str, Any]:
        return {view: found[what] for view, found in views.items() if found[what]}

    assert of("without") == {}
    assert min(found["wanting"] for found in views.values()) > 1
    for view, found in views.items():
        assert found["levels"].count(1) == 1, view
        assert all(later <= earlier + 1 for earlier, later in pairwise(found["levels"])), view
    assert (of("faint"), of("faintInTheDark")) == ({}, {})
    assert (of("small"), of("twice")) == ({}, {})
    wide = {view: (found["width"], found["narrow"]) for view, found in views.items()}
    assert {view: each for view, each in wide.items() if each != (390, 320)} == {}


async def looked_at(world: World, place: Place) -> dict[str, Any]:
    """What a walk met in a company that has one of everything."""
    company = await world.company()
    owner = await company.person("OWNER")
    await a_dead_delivery(company)
    endpoint = (await owner.ask("{ webhookEndpoints(first: 1) { nodes { id } } }")).data["webhookEndpoints"]["nodes"][0]
    key = await a_key(owner, "onboarding.read")
    role = await role_of(owner, "ADMIN")
    made = await owner.do(
        "createRole",
        {"name": "W" * 60, "description": "Does things.", "permissions": ["users.read"]},
        "role { id }",
    )
    views = [
        "#/users",
        f"#/users/{id_of(owner)}",
        "#/users/new",
        "#/roles",
        f"#/roles/{role}",
        f"#/roles/{made['role']['id']}",
        "#/approvals",
        "#/approvals/new",
        "#/keys",
        f"#/keys/{key.id}",
        "#/keys/new",
        "#/clients",
        "#/webhooks",
        f"#/webhooks/{endpoint['id']}",
        "#/webhooks/new",
        "#/single-sign-on/new",
        "#/support",
        "#/audit",
        f"#/audit/{id_of(owner)}",
        "#/profile",
        "#/second-factor",
        "#/sessions",
    ]
    script = Path(__file__).with_name("access.mjs")
    gone = ids.encode("ApiKey", uuid7())
    return await place.looked(script, owner, views=views, gone=gone, somebody="Owner Tester")


async def test_every_view_can_be_used_by_everybody(world: World, place: Place) -> None:
    saw = await looked_at(world, place)
    views = saw["views"]

    assert len(views) == 24
    expect_usable(views)
    assert (saw["landed"], saw["asked"], saw["back"]) == ("People", "Cancel", "Deactivate")
    assert saw["skipped"] == "main"
    assert saw["seen"]["strangers"] == []
    assert [each for each in saw["seen"]["complaints"] if "ERR_FAILED" not in each] == []
