"""An owner looks after people, roles, single sign-on and the audit trail; a refusal stands where it belongs."""

from pathlib import Path

from tests.live_page.looking import HOSTILE, Place
from tests.world import CompanyWorld

PARTS = [
    "People",
    "Roles",
    "Approvals",
    "Single sign-on",
    "Support",
    "API keys",
    "Clients",
    "Webhooks",
    "Audit trail",
    "Profile",
    "Second factor",
    "Sessions",
]


async def test_people_roles_providers_and_the_trail(place: Place, company: CompanyWorld) -> None:
    owner = await company.person("OWNER")
    email = "ada@lovelace.example"

    saw = await place.looked(Path(__file__).with_name("company.mjs"), owner, name=HOSTILE, email=email)

    assert (saw["menu"], saw["focused"]) == (PARTS, "heading")
    assert saw["title"] == f"People · {company.tenant.name}"

    assert saw["missing"] == ["Fill this in."] * 3
    assert saw["refused"] == [["Another one has this email."], "email", HOSTILE]
    assert saw["invalid"] == ["Must be an e-mail address, such as ada@example.com."]
    assert saw["places"] == [False, True]
    [held] = saw["held"]
    assert held.startswith("HR\n")
    assert "Who reports to them" in held
    assert saw["afterTaking"] == "heading"
    assert saw["cancelled"]
    [sought] = saw["sought"]
    assert sought.startswith(f"{HOSTILE} Lovelace\n{email}")
    assert saw["ran"] is None
    invited = "select count(*) as times from pool.users where email = :email"
    assert [row.times for row in await company.rows(invited, email=email)] == [1]

    assert saw["roleRefused"] == ["Another one has this name."]
    assert saw["permissions"] == ["teams.edit", "users.read"]
    assert saw["builtIn"] == 0

    assert saw["policies"] == ["Flows\nFlow\nFollowed"]
    assert [step.split("\n")[0] for step in saw["steps"]] == [
        "1. The manager 3 levels above who asks",
        "2. Whoever holds HR",
    ]

    assert len(saw["issuer"]) == 1
    assert "https" in saw["issuer"][0]
    assert "/sso/callback" in saw["provider"]
    [group] = saw["groups"]
    assert group.startswith("people-team\ngives HR")

    assert saw["onFurther"][0] in {"Next", "Previous"}
    assert saw["onFurther"][1]
    assert "lastName\t–\tLovelace" in saw["compared"]
    assert "lastName\tLovelace" in saw["asOf"]
    assert saw["seen"]["strangers"] == []
    assert [each for each in saw["seen"]["complaints"] if "ERR_FAILED" not in each] == []
