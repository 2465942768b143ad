"""Models of these tests alone: columns of every type, each that may be null is so somewhere.

A gadget's `trouble` says what goes wrong with it: see `tests.engines.troubles`.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final
from uuid import UUID

from sqlalchemy import MetaData, insert, text
from sqlalchemy.orm import DeclarativeBase, Mapped
from uuid_utils.compat import uuid7

from db.base import NAMING, Base, TenantOwned, complete
from db.choices import Choice
from db.columns import Format, column, encrypted_column, name_column, place_within, ref
from db.tenancy import POOL, wall_ddl
from resolvers.context import bound_to
from tests.world import CompanyWorld, World

NAMES: Final = (
    "adam",
    "Adam",
    "Zoe",
    "zoë",
    "Élan",
    "elan",
    "ELAN",
    "ßa",
    "asse",
    "Ὀδός",
    "名前",
    "_",
    "%",
    "a/b",
    "z",
)
TEXTS: Final = (
    "100%",
    "a_b",
    "axb",
    "back\\slash",
    "a/b",
    "Straße",
    "STRASSE",
    "Élan",
    "élan",
    "ΟΔΟΣ",
    "οδος",
    "İ",
    "",
)
DAYS: Final = (date(2026, 1, 1), date(2026, 6, 30), date(1999, 12, 31))
HOURS: Final = (time(9, 30), time(0, 0), time(23, 59, 59))
AMOUNTS: Final = (Decimal("1.0001"), Decimal(-5), Decimal("999999999999999.9999"), Decimal(0))
SETTINGS: Final[Sequence[dict[str, Any]]] = ({}, {"a": 1}, {"a": 1, "b": {"c": [1, 2]}}, {"%": "x"}, {"a": None})
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
NONE, RAISES = "none", "raises"
TROUBLES: Final = (None, None, None, None, NONE, RAISES)


class Standing(Choice):
    """Where a gadget stands."""

    OPEN = "open", "Not yet done."
    CLOSED = "closed", "Done."
    AWAY = "away", "Lent."


class GadgetBase(DeclarativeBase):
    """The root of these models, apart from those of the product."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = Base.type_annotation_map


class Shelf(TenantOwned, GadgetBase):
    """A place where gadgets are kept."""

    __tablename__ = "engine_shelves"
    __event__ = "shelf"

    name: Mapped[str] = name_column(doc="What it is called.")
    floor: Mapped[int | None] = column(doc="On which floor it is.")
    within_id: Mapped[UUID | None] = ref("Shelf", back="shelves", on_delete="SET NULL", doc="The shelf around it.")


class Gadget(TenantOwned, GadgetBase):
    """A thing with a column of every type."""

    __tablename__ = "engine_gadgets"
    __event__ = "gadget"

    shelf_id: Mapped[UUID] = ref("Shelf", back="gadgets", doc="Where it is kept.")
    place: Mapped[int] = place_within("shelf_id", doc="Place on the shelf.")
    lent_to_id: Mapped[UUID | None] = ref(
        "Shelf", back="borrowed", on_delete="SET NULL", doc="The shelf that it is lent to."
    )
    like_id: Mapped[UUID | None] = ref("Gadget", back="alike", on_delete="SET NULL", doc="Another one like it.")
    name: Mapped[str | None] = name_column(doc="What it is called.")
    code: Mapped[str] = column(max_length=40, doc="Its short code.")
    notes: Mapped[str | None] = column(max_length=5000, doc="Free text.")
    contact: Mapped[str | None] = column(max_length=254, text_format=Format.EMAIL, doc="Whom to write to.")
    website: Mapped[str | None] = column(max_length=500, text_format=Format.URL, doc="Its page.")
    color: Mapped[str | None] = column(max_length=7, text_format=Format.COLOR, doc="Its colour.")
    currency: Mapped[str | None] = column(max_length=3, text_format=Format.CURRENCY, doc="In which its price is.")
    quantity: Mapped[int] = column(doc="How many.")
    weight: Mapped[int | None] = column(doc="How heavy.")
    price: Mapped[Decimal | None] = column(doc="What it costs.")
    cost: Mapped[Decimal] = column(readable_with="company.edit", doc="What it cost.")
    starts_on: Mapped[date | None] = column(doc="First day.")
    opens_at: Mapped[time | None] = column(doc="From which time of day.")
    closed_at: Mapped[datetime | None] = column(doc="When it was closed.")
    standing: Mapped[Standing | None] = column(doc="Where it stands.")
    active: Mapped[bool | None] = column(doc="Whether it is in use.")
    settings: Mapped[dict[str, Any] | None] = column(doc="Its settings.")
    labels: Mapped[list[str]] = column(doc="Its labels.")
    secret: Mapped[bytes | None] = encrypted_column(readable_with="company.edit", doc="What few may know.")
    trouble: Mapped[str | None] = column(max_length=40, doc="What goes wrong with it.")


complete(GadgetBase)


async def make_tables(world: World) -> None:
    """Make the tables in the pool, behind the wall."""
    async with world.owner.begin() as connection:
        pooled = await connection.execution_options(schema_translate_map={None: POOL})
        await pooled.run_sync(GadgetBase.metadata.create_all)
        await connection.execute(text(f"set local search_path = {POOL}"))
        for table in GadgetBase.metadata.tables:
            for statement in wall_ddl(table, world.wiring.role_prefix):
                await connection.execute(text(statement))


async def put_gadgets(company: CompanyWorld, random: Random, shelves: int = 5, gadgets: int = 30) -> None:
    """Put shelves and gadgets with random values, each nullable one null in some of them."""
    ids = [uuid7() for _ in range(shelves)]
    places = [_a_shelf(random, each, ids) for each in ids]
    owners = [random.choice(ids[1:]) for _ in range(gadgets)]
    things = [uuid7() for _ in range(gadgets)]
    rows = [
        _a_gadget(company, random, {"id": each, "shelf_id": owner, "place": owners[:index].count(owner)}, ids, things)
        for index, (each, owner) in enumerate(zip(things, owners, strict=True))
    ]
    stamps = {"tenant_id": company.tenant.id, "created_at": START, "updated_at": START}
    async with company.world.parts.database.transacting(company.tenant.placement) as session:
        for model, values in ((Shelf, places), (Gadget, rows)):
            await session.execute(insert(model).values([{**stamps, **row} for row in values]))


def _a_shelf(random: Random, row_id: UUID, others: Sequence[UUID]) -> dict[str, Any]:
    within = random.choice([None, *others])
    return {"id": row_id, "name": random.choice(NAMES), "floor": random.choice([None, 0, 1]), "within_id": within}


def _a_gadget(
    company: CompanyWorld, random: Random, given: dict[str, Any], shelves: Sequence[UUID], gadgets: Sequence[UUID]
) -> dict[str, Any]:
    seen = Gadget(**given)
    sealed = company.keyring.seal("hush", aad=bound_to(seen, "secret"))
    return {
        **given,
        "lent_to_id": random.choice([None, *shelves]),
        "like_id": random.choice([None, None, *gadgets]),
        "name": random.choice([None, *NAMES]),
        "code": random.choice(["a", "A", "b", "ä", "c-1", "c-10", "c-9"]),
        "notes": random.choice([None, *TEXTS]),
        "contact": random.choice([None, "ada@example.com", "bob@example.org"]),
        "website": random.choice([None, "https://example.com/a%20b", "http://example.org/_"]),
        "color": random.choice([None, "#1A2B3C", "#FFFFFF"]),
        "currency": random.choice([None, "EUR", "USD"]),
        "quantity": random.choice([0, 1, 2, 10_000]),
        "weight": random.choice([None, -1, 0, 7]),
        "price": random.choice([None, *AMOUNTS]),
        "cost": random.choice(AMOUNTS),
        "starts_on": random.choice([None, *DAYS]),
        "opens_at": random.choice([None, *HOURS]),
        "closed_at": random.choice([None, START, START + timedelta(microseconds=1), datetime(1, 1, 1, tzinfo=UTC)]),
        "standing": random.choice([None, *Standing]),
        "active": random.choice([None, True, False]),
        "settings": random.choice([None, *SETTINGS]),
        "labels": random.choice([[], ["x"], ["x", "y"]]),
        "secret": random.choice([None, sealed, b"not what was sealed"]),
        "trouble": random.choice(TROUBLES),
        "created_at": START + timedelta(microseconds=random.randrange(3)),
    }
