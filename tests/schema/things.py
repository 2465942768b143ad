"""Synthetic entities in the real application: columns of every type, one protected, and references in all ways."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import httpx
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.routing import Route
from uuid_utils.compat import uuid7

from benchmarks.synthetic import Standing, synthetic_domain
from db.encryption import Sealer
from db.tenancy import POOL, wall_ddl
from schema.answering import Answering
from schema.http import GraphQLEndpoint
from schema.root import DOMAINS, make_schema
from tests.schema.builders import START, Row, put
from tests.world import CompanyWorld, Person, World

KINDS = 3
TEXTS = ("100%", "a_b", "axb", "back\\slash", "a/b", "Straße", "STRASSE", "Élan", "élan", "ΟΔΟΣ", "οδος", "İ", "")
STARTS = (date(2026, 1, 1), date(2026, 6, 30), date(1999, 12, 31))
SETTINGS: tuple[dict[str, Any], ...] = (
    {},
    {"a": 1},
    {"a": 1, "b": {"c": [1, 2]}},
    {"%": "x"},
    {"a": None},
    {"é": "\\"},
)


@dataclass
class Things:
    """The synthetic models, and the application that makes them public beside the real ones."""

    models: list[Any]
    http: httpx.AsyncClient
    answering: Answering

    def seen_by(self, person: Person) -> Person:
        """The same person, asking that application."""
        return replace(person, http=self.http)


@asynccontextmanager
async def things_in(world: World) -> AsyncGenerator[Things]:
    """Make the tables in the pool, behind the wall, and the application over them."""
    base, domain = synthetic_domain(KINDS)
    async with world.owner.begin() as connection:
        pooled = await connection.execution_options(schema_translate_map={None: POOL})
        await pooled.run_sync(base.metadata.create_all)
        await connection.execute(text(f"set local search_path = {POOL}"))
        for table in base.metadata.tables:
            for statement in wall_ddl(table, world.wiring.role_prefix):
                await connection.execute(text(statement))
    parts, sealer = world.parts, Sealer(world.wiring.master_key)
    schema = make_schema([*DOMAINS, domain])
    answering = Answering(schema, parts.database, parts.identity, parts.registration, parts.sso, sealer)
    app = Starlette(routes=[Route("/graphql", GraphQLEndpoint(answering, None))])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://testserver") as http:
        yield Things([entity.model for entity in domain.entities], http, answering)


def a_random_thing(random: Random, code: str) -> Row:
    """Describe a thing, its values chosen from few and often null."""
    return {
        "id": uuid7(),
        "code": code,
        "name": random.choice(TEXTS) or "name",
        "notes": random.choice([None, *TEXTS]),
        "contact": random.choice([None, "ada@example.com", "bob@example.org"]),
        "website": random.choice([None, "https://example.com/a%20b", "http://example.org/_"]),
        "quantity": random.choice([0, 1, 2, 10_000]),
        "amount": random.choice([Decimal("1.0001"), Decimal(-5), Decimal("999999999999999.9999")]),
        "starts_on": random.choice([None, *STARTS]),
        "ends_on": random.choice([None, *STARTS]),
        "closed_at": random.choice([None, START, START + timedelta(microseconds=1), datetime(1, 1, 1, tzinfo=UTC)]),
        "standing": random.choice(list(Standing)),
        "active": random.choice([True, False]),
        "settings": random.choice(SETTINGS),
        "owner_name": random.choice([None, "Ada"]),
    }


async def put_random_things(company: CompanyWorld, things: Things, random: Random, count: int) -> list[list[Row]]:
    """Put things of every kind that refer to one another, or to nothing, at random."""
    rows = [[a_random_thing(random, f"{kind}-{place}") for place in range(count)] for kind in range(KINDS)]
    for kind, model in reversed(list(enumerate(things.models))):
        for row in rows[kind]:
            for step in range(1, KINDS - kind):
                row[f"other{step}_id"] = random.choice([None, *(each["id"] for each in rows[kind + step])])
        await put(company, model, rows[kind])
    return rows
