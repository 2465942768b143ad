"""A key is in the one answer that shows it, and nowhere else: in no table, event, audit entry, log line or error."""

import base64
import hashlib
from typing import Any

import pytest
from structlog.testing import CapturingLogger

from auth.keys import new_key, parse
from db.base import Base
from tests.documents.builders import a_client, published
from tests.keys.builders import COMPANY, CREATE, MADE, Held, a_key, made, revoke
from tests.mail.test_secrets import everything
from tests.world import CompanyWorld, Person


def parts_of(text: str) -> list[str]:
    """The key, its secret part, the bytes of that, and its hash, as each could be written."""
    secret = base64.urlsafe_b64decode(text[13:])[16:]
    hashed = hashlib.sha256(text.encode()).digest()
    return [text, text[13:], text[-30:], secret.hex(), hashed.hex(), base64.b64encode(hashed).decode()]


def test_a_key_says_what_it_is_and_prints_nothing_secret(company: CompanyWorld) -> None:
    text = new_key(company.tenant.id)
    key = parse(text)
    assert key is not None
    assert (key.tenant_id, text.startswith(f"wgk_{key.prefix}_"), len(text)) == (company.tenant.id, True, 69)
    assert all(part not in repr(key) for part in parts_of(text))
    others = {new_key(company.tenant.id) for _ in range(1000)}
    assert len({each[-34:] for each in others}) == len({each[4:12] for each in others}) == 1000


async def test_no_key_stands_anywhere(
    company: CompanyWorld, owner: Person, log: CapturingLogger, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await a_key(owner, "company.read", "onboarding.edit")
    answers = [await key.run(COMPANY), await key.run(CREATE, {"name": "By a key"}), await key.send({"query": "{"})]
    wrong = Held(key.http, key.text[:-3] + "AAA", key.id, owner)
    answers += [await wrong.run(COMPANY), await key.run(COMPANY, headers={"graphql-client-name": "x"})]

    async def failing(*_: Any, **__: Any) -> Any:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(company.world.parts.identity._keys, "used", failing)
    answers.append(await key.run(COMPANY))
    assert answers[-1].status_code == 500
    monkeypatch.undo()
    await revoke(owner, key.id)
    answers.append(await key.run(COMPANY))
    listed = await owner.ask("{ apiKeys { nodes { id name prefix scopes } } auditLogs { nodes { newValues } } }")
    written, logged = await everything(company), str(log.calls)
    assert key.text[4:12] in written, "its prefix is no secret"
    assert "on purpose" in logged
    hashed = parts_of(key.text)[4]
    for part in parts_of(key.text):
        assert part not in logged
        assert part not in listed.response.text
        assert all(part not in each.text for each in answers)
        assert part == hashed or part not in written
    for table in ("event_outbox", "audit_logs", "idempotency_keys"):
        held = await company.rows(f"select to_jsonb(each)::text from pool.{table} each where tenant_id = :tenant")
        assert hashed not in str(held)
    assert Base.metadata.tables["api_keys"].columns["key_hash"].type.python_type is bytes


async def test_it_is_shown_once(owner: Person) -> None:
    client = await a_client(owner, "acme")
    await published(owner, client, [COMPANY])
    given = {"idempotencyKey": "again", "rateLimitPerMin": 100}
    first = await made(owner, client, ["company.read"], **given)
    again = await made(owner, client, ["company.read"], **given)
    assert first["revealed"]["key"]
    assert again["revealed"]["key"] is None
    assert again["revealed"]["apiKey"]["id"] == first["revealed"]["apiKey"]["id"]
    assert "key" in MADE


async def test_a_dry_run_makes_none(owner: Person) -> None:
    client = await a_client(owner, "acme")
    payload = await made(owner, client, ["company.read"], dryRun=True)
    held = Held(owner.http, payload["revealed"]["key"], "", owner)
    assert (await held.run(COMPANY)).status_code == 401
    assert (await owner.ask("{ apiKeys { totalCount } }")).data["apiKeys"]["totalCount"] == 0


async def test_what_a_key_does_is_recorded_as_its_own(company: CompanyWorld, owner: Person) -> None:
    key = await a_key(owner, "company.read", "onboarding.edit")
    await key.run(CREATE, {"name": "By a key"})
    asked = '{ auditLogs(where: { entityType: { eq: "Flow" } }) { nodes { actorType actorId operation } } }'
    [entry] = (await owner.ask(asked)).data["auditLogs"]["nodes"]
    assert entry == {"actorType": "api_key", "actorId": key.id, "operation": "create_flow"}
    found = await owner.ask(
        "query($id: ID!) { node(id: $id) { ... on ApiKey { name maker { lastName } } } }", {"id": key.id}
    )
    assert found.data["node"] == {"name": "Nightly", "maker": {"lastName": "Tester"}}
    told = await company.rows(
        "select actor_type from pool.event_outbox where tenant_id = :tenant and type = 'onboarding.flow.created'"
    )
    assert [row[0] for row in told] == ["api_key"]
