"""Whoever has stolen the database, the cache and the log has none of the secrets that people and programs hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest
from sqlalchemy import make_url
from structlog.testing import CapturingLogger

from auth.recovery import typed
from db.catalog import wrapped_keys
from db.encryption import DataKey
from resolvers import ids
from tests.attacks.dump import cached, forms_of, found, stored
from tests.attacks.wallet import ACCESS, KEY, REFRESH, RESET, TAKES, Wallet, a_wallet
from tests.conftest import OwnServers
from tests.documents.builders import a_client, persisted, send
from tests.identity.builders import owner
from tests.onboarding.hires.builders import a_block, a_flow, a_stage, complete
from tests.sso.builders import installed
from tests.sso.provider import CLIENT_SECRET, Provider
from tests.webhooks.test_endpoints import SHOWN
from tests.world import PASSWORD, CompanyWorld

TAX_ID: Final = "DE 811 569 869 of ours"
PHONE: Final = "+49 30 9018 20 441"
TYPED: Final = "almost-the-password-8841"
CHOSEN: Final = "chosen with a mailed link 7720"
INLINE: Final = "written into a document 5519"
ANSWER: Final = "what a new hire has answered 6643"
REST: Final = "sent over rest 3306"
PLANTED: Final = "planted in the open 9917"


@dataclass(frozen=True)
class Taken:
    """What was stolen of one company, and what its people and programs hold."""

    wallet: Wallet
    secrets: Mapping[str, str | bytes]
    places: Any


async def failing(*_: Any, **__: Any) -> Any:
    """Fail where a password is on the way."""
    raise RuntimeError("on purpose")


async def lived(wallet: Wallet, patch: pytest.MonkeyPatch) -> dict[str, str | bytes]:
    """Do whatever a secret takes part in, rightly and wrongly; return the secrets."""
    company, admin, door = wallet.company, wallet.user, wallet.door
    [(profile,)] = await company.rows("select id from pool.companies where tenant_id = :tenant")
    told = {"id": ids.encode("Company", profile), "taxId": TAX_ID, "idempotencyKey": "tax"}
    assert (await admin.do("updateCompany", told))["refusals"] == []
    assert (await admin.do("updateCompany", {**told, "taxId": f"{TAX_ID} again"}))["refusals"] != []
    hook = {"url": "https://hooks.example.com/in", "events": ["team.*"], "idempotencyKey": "hook"}
    endpoint = (await admin.do("createWebhookEndpoint", hook, SHOWN))["revealed"]
    flow = await a_flow(company, a_stage(a_block()))
    _, portal = await flow.begun(personalPhone=PHONE)
    assert await complete(portal, flow.block(0, 0), ANSWER) == []
    await door.sign_in(owner(company), TYPED)
    await door.ask(f'mutation {{ login(input: {{ email: "x", password: "{INLINE}" }}) {{ nothing }} }}')
    await door.ask(f'mutation {{ login(input: {{ email: "x", password: "{INLINE}" }}) {{ refusals {{ code }} }} }}')
    await a_client(admin, "web", registersAutomatically=True)
    change = (
        f'mutation {{ changePassword(input: {{ current: "{INLINE}", new: "{INLINE}" }}) {{ refusals {{ code }} }} }}'
    )
    assert (await send(admin, persisted(change, brings=True), "web")).json()["data"]["changePassword"]["refusals"]
    await door.http.post("/rest/login", json={"email": owner(company), "password": REST})
    await door.ask("query($x: Int!) { flows(first: $x) { totalCount } }", {"x": INLINE}, wallet.proofs[ACCESS])
    continued = (await door.refresh(wallet.proofs[REFRESH]))["session"]
    assert (await door.do("resetPassword", {"token": wallet.proofs[RESET], "password": CHOSEN}))["refusals"] == []
    for place in ("completeLogin", "completeSso", "/sso/callback", "verifyEmail"):
        for text in {wallet.proofs[kind] for kind in TAKES[place]}:
            await wallet.present(place, text)
    await wallet.present("refreshToken", wallet.proofs[REFRESH])
    with patch.context() as broken:
        broken.setattr("resolvers.identity.sessions.user_at", failing)
        query = "mutation($input: LoginInput!) { login(input: $input) { refusals { code } } }"
        faulty = await door.ask(query, {"input": {"email": owner(company), "password": PASSWORD}})
        assert faulty.codes == ["INTERNAL"]
    async with company.world.parts.catalog.connect() as connection:
        wrapped = await wrapped_keys(connection, company.tenant.id)
    master = company.world.wiring.master_key
    codes = {f"recovery code {place}": typed(code) or "" for place, code in enumerate(wallet.ada.app.recovery)}
    cookies = (*wallet.landed.http.cookies.jar, *wallet.away.http.cookies.jar)
    marks = {f"mark {place}": each.value or "" for place, each in enumerate(cookies)}
    return {
        **{name: text for name, text in wallet.proofs.items() if name != ACCESS},
        **codes,
        **marks,
        "signature of a token": wallet.proofs[ACCESS].rpartition(".")[2],
        "next refresh token": continued["refreshToken"],
        "secret part of a key": wallet.proofs[KEY][13:],
        "password": PASSWORD,
        "chosen password": CHOSEN,
        "mistyped password": TYPED,
        "password in a document": INLINE,
        "password over REST": REST,
        "client secret": CLIENT_SECRET,
        "secret of an authenticator": wallet.ada.app.secret,
        "secret of a webhook": endpoint["secret"].removeprefix("whsec_"),
        "tax number": TAX_ID,
        "phone number": PHONE,
        "answer": ANSWER,
        "portal link of a hire": portal.token or "",
        "code of the provider": wallet.back["code"],
        "data key": DataKey.unwrap(wrapped[0], master, company.tenant.id)._secret,
        "master key": master._secret,
    }


@pytest.fixture
async def taken(
    provider: Provider,
    company: CompanyWorld,
    own_servers: OwnServers,
    log: CapturingLogger,
    monkeypatch: pytest.MonkeyPatch,
) -> Taken:
    async with installed(company.world, provider, slow_operation=0.0) as here:
        wallet = await a_wallet(here, company)
        secrets = await lived(wallet, monkeypatch)
    rows = await stored(url_of(own_servers), company)
    logged = [("log", str(each).encode()) for each in log.calls]
    return Taken(wallet, secrets, [*rows, *await cached(own_servers.servers.redis_url), *logged])


def url_of(own: OwnServers) -> str:
    """Return where the database is read by who may read everything."""
    name = make_url(own.servers.database_url).database
    return make_url(own.servers.superuser_url).set(database=name).render_as_string(hide_password=False)


async def test_nothing_that_anybody_holds_stands_anywhere(taken: Taken) -> None:
    assert min(len(secret) for secret in taken.secrets.values()) > 8
    assert found(taken.secrets, taken.places) == set()


async def test_the_dump_is_of_this_company_and_of_all_places(taken: Taken) -> None:
    """What is no secret is found, in many tables: so the secrets were looked for where they would be."""
    company = taken.wallet.company
    known = {"name": company.tenant.name, "address": owner(company), "row": str(company.tenant.id)}
    where = {place for _, place in found(known, taken.places)}
    assert where >= {"pool.users", "pool.companies", "catalog.tenants", "queue.procrastinate_jobs"}
    assert {"log", "valkey"} <= {place for place, _ in taken.places}
    assert found(
        {"fault": "on purpose", "slow": "slow operation", "theft": "a refresh token was used twice"}, taken.places
    ) == {*(("fault", "log"), ("slow", "log"), ("theft", "log"))}


async def test_what_is_planted_is_found_in_whatever_form(taken: Taken) -> None:
    for form in forms_of(PLANTED):
        places = [*taken.places, ("planted", b'{"note": "before ' + form + b' behind"}')]
        assert found({**taken.secrets, "planted": PLANTED}, places) == {("planted", "planted")}


async def test_what_a_table_holds_in_the_open_is_found(taken: Taken, own_servers: OwnServers) -> None:
    """Planted where nobody would look: as bytes, in a column of another table."""
    company = taken.wallet.company
    await company.rows(
        "update pool.refresh_tokens set token_hash = :hash where tenant_id = :tenant returning id",
        hash=b"\0\1" + TAX_ID.encode(),
    )
    assert found(taken.secrets, await stored(url_of(own_servers), company)) == {("tax number", "pool.refresh_tokens")}
