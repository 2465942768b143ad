"""What everybody may do for themselves, and how much of the page somebody with fewer rights sees."""

from pathlib import Path

from db.models.sso import SsoIdentity, SsoProvider
from tests.live.test_sessions import id_of
from tests.live_page.looking import Place, credentials
from tests.live_page.test_deliveries import role_of
from tests.schema.builders import put
from tests.world import PASSWORD, CompanyWorld, Person

OWN = ["Profile", "Second factor", "Sessions"]


async def linked(company: CompanyWorld, person: Person, name: str) -> None:
    """Link somebody to a provider of this name."""
    at = {"issuer": "https://sign-on.example", "client_identifier": "here", "client_secret": b"x" * 32}
    [provider] = await put(company, SsoProvider, [{"name": name, "scopes": ["openid"], **at}])
    known = {"provider_id": provider["id"], "user_id": person.asking.principal.id, "subject": name}
    await put(company, SsoIdentity, [known])


async def test_sessions_password_and_second_factor_and_what_others_see(place: Place, company: CompanyWorld) -> None:
    owner, ada = await company.person("OWNER"), await company.person("DEVELOPER")
    viewer, it, within = [await company.person(role) for role in ("VIEWER", "IT", "MEMBER")]
    manager = await role_of(owner, "MANAGER")
    given = await owner.do("giveRole", {"id": id_of(within), "roleId": manager, "scope": "SELF"})
    assert given["refusals"] == []
    others = {"viewer": credentials(viewer), "it": credentials(it), "within": credentials(within)}

    for name in ("Ours", "Theirs"):
        await linked(company, ada, name)
    keeper = {"owner": credentials(owner), "id": id_of(ada)}

    saw = await place.looked(
        Path(__file__).with_name("own.mjs"), ada, password=f"{PASSWORD} anew", others=others, **keeper
    )

    assert sum("This one" in session for session in saw["sessions"]) == 1
    assert saw["ended"] == "Your session has ended; sign in again."
    assert saw["wrong"] == ["This is not your password, or too many wrong ones were tried lately."]
    assert (saw["emptied"], saw["firstName"]) == ("", "Augusta")
    assert [each.split("\n")[0] for each in saw["providers"]] == ["Ours", "Theirs"]
    assert await company.rows("select id from pool.sso_identities where tenant_id = :tenant") == []
    assert (saw["picture"], saw["codes"], saw["codesStay"]) == (1, 10, False)
    assert len(saw["wrongCode"]) == 1

    assert saw["menus"] == {
        "viewer": OWN,
        "it": ["People", "Roles", "API keys", "Clients", "Webhooks", *OWN],
        "within": ["People", *OWN],
    }
    assert saw["keys"] == {"viewer": ["Profile"], "it": ["API keys"], "within": ["People"]}
    assert saw["complaints"] == saw["seen"]["complaints"] == saw["seen"]["strangers"] == []
