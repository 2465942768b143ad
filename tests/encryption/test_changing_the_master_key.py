"""Another master key while everything is served: nothing is lost, nobody is turned away, and the old one can go."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import httpx
import pytest

from app import Wiring, connected, make_app
from auth.tokens import AccessTokens, TokenInvalid
from db.embedded import EmbeddedServers, embedded_servers
from db.encryption import CannotDecrypt, DataKey, FingerprintKey, Keyring, MasterKey, Sealer
from db.migrate import MigrationRefused, expect_head, migrate
from db.queue import install_queue
from resolvers import ids
from tests.conftest import a_folder
from tests.identity.builders import Clock, caller, last_link, owner
from tests.identity.second_factors import guarded
from tests.wiring import PREFIX, wiring_over
from tests.world import CompanyWorld, Person, World, owner_engine

OLD, NEW = b"o" * 32, b"n" * 32
BEFORE, READY, SWAPPED, AFTER = MasterKey(OLD), MasterKey(OLD, NEW), MasterKey(NEW, OLD), MasterKey(NEW)
TENANT = UUID(int=1)
PLACE: Final = b"Company.tax_id:1"
TAX_ID: Final = "DE 811 569 869"


def test_a_key_that_was_wrapped_under_either_is_unwrapped_and_the_first_wraps() -> None:
    key = DataKey.generate()
    for made in (BEFORE, READY, SWAPPED, AFTER):
        wrapped = key.wrap(made, TENANT)
        assert DataKey.unwrap(wrapped, READY, TENANT).key_id == key.key_id
        assert DataKey.unwrap(wrapped, SWAPPED, TENANT).key_id == key.key_id
    with pytest.raises(CannotDecrypt):
        DataKey.unwrap(key.wrap(SWAPPED, TENANT), BEFORE, TENANT)
    with pytest.raises(CannotDecrypt):
        DataKey.unwrap(key.wrap(READY, TENANT), AFTER, TENANT)


def test_tokens_and_cursors_of_either_are_read_and_the_first_makes_them() -> None:
    tokens = [AccessTokens(each, clock=lambda: datetime.now(UTC)) for each in (READY, SWAPPED)]
    issued = [each.issue(user_id=TENANT, tenant_id=TENANT, token_version=1).text for each in tokens]
    assert [[each.read(text).user_id for text in issued] for each in tokens] == [[TENANT, TENANT]] * 2
    after = AccessTokens(AFTER, clock=lambda: datetime.now(UTC))
    assert after.read(issued[1]).user_id == TENANT
    with pytest.raises(TokenInvalid):
        after.read(issued[0])
    sealers = [Sealer(READY), Sealer(SWAPPED)]
    texts = [each.seal(b"place", tenant_id=TENANT, purpose="cursor") for each in sealers]
    assert [[each.open(text, tenant_id=TENANT, purpose="cursor") for text in texts] for each in sealers] == [
        [b"place", b"place"]
    ] * 2
    with pytest.raises(CannotDecrypt):
        Sealer(AFTER).open(texts[0], tenant_id=TENANT, purpose="cursor")


def test_what_was_fingerprinted_is_recognised_for_good() -> None:
    first, second = DataKey.generate(), DataKey.generate()
    stored = [first.wrap(BEFORE, TENANT)]
    expected = Keyring(BEFORE, TENANT, stored).fingerprint(b"x")
    assert Keyring(SWAPPED, TENANT, stored).fingerprint(b"x") == expected
    assert Keyring(SWAPPED, TENANT, [second.wrap(SWAPPED, TENANT), *stored]).fingerprint(b"x") == expected
    kept = FingerprintKey.of(SWAPPED, TENANT, stored).wrap(SWAPPED, TENANT)
    anew = [first.wrap(SWAPPED, TENANT), kept]
    for key in (READY, SWAPPED, AFTER):
        assert Keyring(key, TENANT, anew).fingerprint(b"x") == expected
    assert Keyring(AFTER, TENANT, [first.wrap(AFTER, TENANT)]).fingerprint(b"x") != expected
    with pytest.raises(CannotDecrypt):
        DataKey.unwrap(kept, SWAPPED, TENANT)


@dataclass(frozen=True)
class Place:
    """Servers of this test alone, whose roles have the passwords of the one or the other key."""

    servers: EmbeddedServers
    wiring: Wiring

    async def migrate(self, key: MasterKey) -> int:
        """Do what every start does, and return how many keys were wrapped anew."""
        report = await migrate(self.servers.database_url, prefix=PREFIX, master_key=key)
        assert report.complete
        return report.rewrapped

    @asynccontextmanager
    async def serving(self, key: MasterKey) -> AsyncGenerator[World]:
        """Serve with a key, in a process of its own as far as keys and pools go."""
        wiring = replace(self.wiring, master_key=key)
        engine = owner_engine(wiring.database_url)
        async with connected(wiring) as parts:
            app = make_app(wiring, parts)
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://testserver", timeout=60) as http:
                yield World(wiring, parts, app, engine, http)
        await engine.dispose()


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with a_folder() as folder, embedded_servers(folder) as servers:
        wiring = wiring_over(servers.database_url, servers.redis_url, folder, limit_factor=1000, slow_refusals=0.0)
        made = Place(servers, wiring)
        await made.migrate(BEFORE)
        engine = owner_engine(servers.database_url)
        async with engine.begin() as connection:
            await install_queue(connection, PREFIX)
        await engine.dispose()
        yield made


async def told(http: httpx.AsyncClient, person: Person) -> Any:
    """Read what is sealed, as somebody of before."""
    return (await replace(person, http=http).ask("{ company { taxId } }")).body


async def wrote(company: CompanyWorld, http: httpx.AsyncClient, person: Person, tax_id: str) -> None:
    """Write what is sealed."""
    [(row,)] = await company.rows("select id from pool.companies where tenant_id = :tenant")
    given = {"id": ids.encode("Company", row), "taxId": tax_id}
    assert (await replace(person, http=http).do("updateCompany", given))["refusals"] == []


async def test_it_is_changed_while_everything_is_served(place: Place) -> None:
    async with place.serving(READY) as before:
        company = await before.company()
        person, door = await company.person("ADMIN"), caller(company)
        await wrote(company, before.http, person, TAX_ID)
        ada = await guarded(door, Clock(), owner(company))
        await door.do("requestPasswordReset", {"email": person.asking.principal.name})
        link = await last_link(company)
        expected, stop, answers = {"data": {"company": {"taxId": TAX_ID}}}, asyncio.Event(), list[Any]()

        async def ask(world: World) -> None:
            while not stop.is_set():
                world.parts.identity._tenants.forget()
                answers.append(await told(world.http, person))

        async with place.serving(SWAPPED) as after:
            assert await told(after.http, person) == expected, "before anything was changed"
            asking = [asyncio.create_task(ask(world)) for world in (before, after)]
            assert await place.migrate(SWAPPED) == 1
            for world in (before, after):
                await asyncio.gather(*(told(world.http, person) for _ in range(30)))
            meanwhile = await before.company()
            await wrote(meanwhile, before.http, mine := await meanwhile.person("ADMIN"), "of meanwhile")
            stop.set()
            await asyncio.gather(*asking)
            assert len(answers) > 20
            assert [each for each in answers if each != expected] == []
            assert await place.migrate(SWAPPED) == 1
            assert await place.migrate(SWAPPED) == 0
    with pytest.raises(MigrationRefused, match="another WORKGRAPH_MASTER_KEY"):
        await expect_head(place.servers.database_url, prefix=PREFIX, master_key=BEFORE)
    async with place.serving(AFTER) as world:
        await expect_head(place.servers.database_url, prefix=PREFIX, master_key=AFTER)
        there = CompanyWorld(world, company.tenant, company.keyring)
        again = there.signed_in(person.asking.principal)
        assert await told(world.http, again) == expected
        assert (await told(world.http, there_of(world, meanwhile, mine)))["data"]["company"]["taxId"] == "of meanwhile"
        door = caller(there)
        challenge = await replace(ada, door=door).challenge()
        assert (await replace(ada, door=door).second(challenge, ada.app.recovery[0]))["session"]
        chosen = await door.do("resetPassword", {"token": link, "password": "another long password"})
        assert chosen["refusals"] == []


def there_of(world: World, company: CompanyWorld, person: Person) -> Person:
    """Return the same person with a token of now."""
    return CompanyWorld(world, company.tenant, company.keyring).signed_in(person.asking.principal)


async def test_without_the_old_one_nothing_is_served_too_early(place: Place) -> None:
    async with place.serving(READY) as world:
        await world.company()
    with pytest.raises(MigrationRefused, match="another WORKGRAPH_MASTER_KEY"):
        await place.migrate(AFTER)
    assert await place.migrate(SWAPPED) == 1
    async with place.serving(READY) as world:
        await world.company()
    with pytest.raises(MigrationRefused, match="WORKGRAPH_FURTHER_MASTER_KEYS"):
        await place.migrate(AFTER)
    assert await place.migrate(SWAPPED) == 1
    assert await place.migrate(AFTER) == 0


async def test_turned_back_it_is_as_before(place: Place) -> None:
    async with place.serving(READY) as world:
        company = await world.company()
        person = await company.person("ADMIN")
        await wrote(company, world.http, person, TAX_ID)
    assert await place.migrate(SWAPPED) == 1
    assert await place.migrate(READY) == 2, "its data key, and that of its fingerprints"
    async with place.serving(BEFORE) as world:
        assert await told(world.http, there_of(world, company, person)) == {"data": {"company": {"taxId": TAX_ID}}}
