"""Where the engines are compared: the demo company with more in it, other companies, and who asks.

In every nullable column of every table there is a null, and where anybody ever writes a value, one of those too.
"""

from asyncio import CancelledError
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final

import orjson
from graphql import GraphQLSchema
from sqlalchemy.exc import DBAPIError

from app import now
from auth.principal import ANONYMOUS, Principal
from auth.roles import EVERYTHING, NEW_HIRE, permissions_of
from auth.scopes import Scope
from db.base import Base
from db.encryption import Sealer
from db.models import File
from demo import seed
from resolvers import ids
from resolvers.context import Asking
from schema.answering import Answered, Answering, Asked, asked_of
from schema.derive.converter import JoinedSchema
from schema.root import DOMAINS, make_schema
from tests.engines.comparing import loosened
from tests.engines.gadgets import GadgetBase, make_tables, put_gadgets
from tests.engines.naive.rows import Rows, kinds_of, read_rows
from tests.engines.troubles import GADGETS
from tests.wall.parties import (
    A_DECISION,
    AN_ATTEMPT,
    BY_THE_FIRST,
    IN_THE_CHAIN,
    IN_THE_TRAIL,
    Party,
    a_mark,
    a_party,
    add_role,
    add_what_follows,
    fill,
)
from tests.world import CompanyWorld, World

TASKS: Final = """
with first as (select id from {schema}.users where tenant_id = :tenant order by id limit 1),
led as (
  update {schema}.new_hires h set manager_id = first.id from first where tenant_id = :tenant and status = 'active'
)
update {schema}.progress set due_on = '2020-01-01', assignee = 'manager', validation_errors =
  '{"errors": [{"code": "TOO_SHORT", "message": "Too short.", "path": ["value"]}]}'
where tenant_id = :tenant and status = 'pending' and live and new_hire_id in
  (select id from {schema}.new_hires where tenant_id = :tenant and status = 'active') and position = 0
returning id"""
"""Gives the first user tasks that are overdue, and new hires something to mend."""
Ask = Callable[[Asking, Asked], Awaitable[Answered]]
MANAGER, VIEWER, HIRE, NOBODY, NARROW, OWNER = "manager", "viewer", "hire", "nobody", "narrow", "owner"
HEAD: Final = "head"
PRINCIPALS: Final = (OWNER, MANAGER, VIEWER, HIRE, NARROW, NOBODY, HEAD)
"""Everything; much; little; a new hire in the portal; everything but in a company without onboarding; a stranger;
everything, but people and new hires only within scopes."""
OF_HEAD: Final = {"users.read": Scope(oneself=True, reports=True), "onboarding.read_hires": Scope(oneself=True)}
BY_HAND: Final = frozenset({"audit_logs", "audit_chain"})
"""Tables that cannot be changed, only added to."""


@dataclass(frozen=True)
class Operation:
    """One operation as it is sent: the document, its variables, who asks, and which operation of the document."""

    document: str
    variables: Mapping[str, Any]
    principal: str = OWNER
    name: str | None = None

    def asked(self) -> Asked:
        """Read it as a request is read."""
        given = {"query": self.document, "variables": dict(self.variables), "operationName": self.name}
        return asked_of(orjson.loads(orjson.dumps(given)))


@dataclass(frozen=True)
class Ground:
    """One company, everything that is known of it, and the schema that is asked."""

    company: CompanyWorld
    joined: JoinedSchema
    lenient: JoinedSchema
    askings: Mapping[str, Asking]
    rows: Rows
    own: Mapping[str, Sequence[str]]
    foreign: Mapping[str, Sequence[str]]

    @property
    def schema(self) -> GraphQLSchema:
        """The schema as graphql-core has it."""
        return self.joined._schema

    def answering(self, joined: JoinedSchema | None = None) -> Answering:
        """What answers for a schema of its own."""
        parts, sealer = self.company.world.parts, Sealer(self.company.world.wiring.master_key)
        chosen = joined or self.joined
        return Answering(chosen, parts.database, parts.identity, parts.registration, parts.sso, sealer)

    async def body(self, ask: Ask, operation: Operation) -> dict[str, Any]:
        """Ask, and return the answer as a client reads it; an engine that gives none has died of something."""
        try:
            answered = await ask(self.askings[operation.principal], operation.asked())
        except (Exception, CancelledError) as error:  # noqa: BLE001 - whatever it is, it is no answer
            return {"died": repr(error)}
        return orjson.loads(orjson.dumps(answered.body()))


async def a_ground(world: World) -> Ground:
    """Make the tables, the companies and the schema."""
    await make_tables(world)
    company, other = await a_full_company(world), await a_party(world)
    await put_gadgets(other.company, Random(1), 2, 2)
    models = _models()
    joined, lenient = make_schema([*DOMAINS, GADGETS]), make_schema([*DOMAINS, GADGETS])
    loosened(lenient._schema)
    rows, foreign = await _rows(company, models), await _rows(other.company, models)
    return Ground(company, joined, lenient, await _askings(company, rows), rows, ids_of(rows), ids_of(foreign))


def _models() -> dict[str, Any]:
    mappers = [*Base.registry.mappers, *GadgetBase.registry.mappers]
    shown = {each.name for domain in (*DOMAINS, GADGETS) for each in domain.entities}
    return {each.class_.__name__: each.class_ for each in mappers if each.class_.__name__ in shown} | {
        "StoredFile": File
    }


async def _rows(company: CompanyWorld, models: Mapping[str, Any]) -> Rows:
    schema = company.tenant.placement.schema
    return await read_rows(kinds_of(models), lambda statement: company.rows(statement.replace("{schema}", schema)))


def ids_of(rows: Rows) -> dict[str, list[str]]:
    """The public ids of all rows, by type."""
    return {name: [ids.encode(name, row["id"]) for row in some] for name, some in rows.of.items()}


async def a_full_company(world: World) -> CompanyWorld:
    """The demo company with whatever else a company may have, gadgets of these tests, and nulls."""
    company = await a_lived_in_company(world)
    await put_gadgets(company, Random(0))
    await put_nulls(company)
    return company


async def a_lived_in_company(world: World) -> CompanyWorld:
    """The demo company, with whatever else a company may have."""
    company, mark = await world.company(), a_mark()
    system = Principal("system", tenant_id=company.tenant.id)
    asking = Asking(system, company.tenant, company.keyring, now(), "seed", public_url="http://testserver")
    await seed(world.parts.files, asking, world.parts.database)
    person = await company.person("OWNER")
    await fill(person, mark, 1)
    await add_role(company, mark)
    await add_what_follows(company, mark)
    party = Party(company, person, mark, {}, {})
    for statement in (BY_THE_FIRST, IN_THE_TRAIL, IN_THE_CHAIN, AN_ATTEMPT, A_DECISION, TASKS):
        await party.rows(statement, **({"mark": mark} if ":mark" in statement else {}))
    return company


async def put_nulls(company: CompanyWorld) -> None:
    """Make each nullable column null in one row at least, where nothing but the value itself is against it."""
    for model in _models().values():
        table = model.__table__
        if table.name in BY_HAND:
            continue
        for place, column in enumerate(each for each in table.columns if each.nullable and each.computed is None):
            await _put_null(company, table.name, column.name, place)


async def _put_null(company: CompanyWorld, table: str, column: str, place: int) -> None:
    name = f'"{company.tenant.placement.schema}"."{table}"'
    own = f"from {name} where tenant_id = :tenant"
    chosen = f"select id {own} order by id offset :place % (select count(*) {own}) limit 1"
    changed = f'update {name} set "{column}" = null where tenant_id = :tenant and id = ({chosen})'
    [(enough,)] = await company.rows(f"select count(*) > 1 {own}")
    if enough:
        with suppress(DBAPIError):
            await company.rows(f"{changed} returning id", place=place)


async def _askings(company: CompanyWorld, rows: Rows) -> dict[str, Asking]:
    """Who asks: all at the same moment."""
    tenant, moment = company.tenant, now()
    user = next(row["id"] for row in rows.of["User"])
    hire = next(row["id"] for row in rows.of["NewHire"] if row["status"] == "active")

    def asking(principal: Principal, **changed: Any) -> Asking:
        return Asking(
            principal, replace(tenant, **changed), company.keyring, moment, "test", public_url="http://testserver"
        )

    owner = Principal("user", user, tenant.id, EVERYTHING, "owner@test.example")
    return {
        OWNER: asking(owner),
        MANAGER: asking(replace(owner, permissions=permissions_of(["MANAGER"]))),
        VIEWER: asking(replace(owner, permissions=permissions_of(["VIEWER"]))),
        HIRE: asking(Principal("new_hire", hire, tenant.id, NEW_HIRE, "hire@test.example")),
        NARROW: asking(owner, modules=tenant.modules - {"onboarding"}),
        NOBODY: asking(ANONYMOUS),
        HEAD: asking(replace(owner, permissions=EVERYTHING - OF_HEAD.keys(), scoped=frozenset(OF_HEAD.items()))),
    }
