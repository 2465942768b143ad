"""Somebody looks at the page: the board moves, events come, and nothing of the session stays behind."""

from datetime import UTC, datetime

from tests.identity.builders import Clock, caller
from tests.identity.second_factors import guarded
from tests.live_page.looking import HOSTILE, Place
from tests.onboarding.hires.builders import Published
from tests.world import CompanyWorld

NOTHING = {"complaints": [], "strangers": []}


async def test_what_happens_is_seen_as_it_happens(place: Place, company: CompanyWorld, flow: Published) -> None:
    owner = await company.person("OWNER")
    _, portal = await flow.invited(firstName="Mira", lastName=HOSTILE)
    await flow.hire()

    saw = await place.looked("walk.mjs", owner, flow=flow.id, hire=portal.token)

    assert (saw["empty"], saw["focused"]) == ("Give your e-mail address.", "email")
    assert "password" in saw["wrong"].lower()
    assert saw["title"] == f"Live · {company.tenant.name}"
    assert saw["said"] == "Connected."
    assert (saw["before"], saw["after"]) == (["2", "0"], ["1", "1"])
    assert saw["figures"] == ["Not started\n1", "Under way\n1", "Completed\n0"]
    assert saw["there"] == f"Mira {HOSTILE}"
    assert saw["about"].startswith(f"NewHire Mira {HOSTILE}")
    assert saw["about"].endswith("by a new hire")
    assert abs(datetime.now(UTC) - datetime.fromisoformat(saw["moment"])).total_seconds() < 120
    assert " · " in saw["shown"]
    assert (saw["ran"], saw["pictures"]) == (None, 0)

    assert saw["filtered"] == ["onboarding.started"]
    assert saw["counted"].startswith("1 of ")
    assert saw["held"]
    assert "flowId" in saw["facts"]
    assert saw["stillOpen"]
    assert saw["inTable"] == saw["inList"] > 0
    assert saw["chart"].startswith(f"Bar chart: {saw['inList']} events in the last ten minutes; at most ")

    assert "token" not in saw["keptMeanwhile"].lower() + saw["keptAfterLoading"].lower() + saw["keptAtTheEnd"].lower()
    assert saw["copyAsks"]
    asked = saw["seen"].pop("asked")
    assert saw["seen"] == NOTHING
    assert set(asked) == {"login", "logout", "query"}


async def test_who_may_see_nothing_is_told_so_and_who_is_shut_out_is_out(
    place: Place, company: CompanyWorld, flow: Published
) -> None:
    owner, accountant = await company.person("OWNER"), await company.person("FINANCE")
    [found] = [
        each["id"]
        for each in (await owner.ask("{ users(first: 50) { nodes { id email } } }")).data["users"]["nodes"]
        if each["email"] == accountant.asking.principal.name
    ]

    [role] = [
        each["id"]
        for each in (await owner.ask("{ roles(first: 50) { nodes { id name } } }")).data["roles"]["nodes"]
        if each["name"] == "HR"
    ]

    saw = await place.looked("ended.mjs", accountant, id=found, role=role, owner=owner.token)

    assert saw["notes"] == ["Your roles do not let you see this."] * 3
    assert not saw["boardIsThere"]
    assert (saw["notesLater"], saw["lists"]) == (
        ["There is no cycle yet."],
        0,
    )  # as HR, and not again
    assert saw["why"] == "Your session has ended; sign in again."
    assert saw["focus"] == "Live"
    assert set(saw["kept"]) == {"workgraph.company", "workgraph.live.flow"}
    assert saw["seen"]["complaints"] == []


async def test_a_code_is_asked_for_where_there_is_a_second_factor(place: Place, company: CompanyWorld) -> None:
    owner = await company.person("OWNER")
    ada = await guarded(caller(company), Clock(), owner.asking.principal.name)

    saw = await place.looked("second.mjs", owner, code=ada.app.recovery[0])

    assert (saw["before"], saw["focused"], saw["invalid"]) == (False, "code", None)
    assert saw["asked"] == "Give a code of your authenticator, or a recovery code."
    assert saw["stays"]
    assert (saw["seen"]["strangers"], saw["seen"]["complaints"]) == ([], [])
