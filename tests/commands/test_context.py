"""What an operation's context promises beyond one mutation: nothing is lost, and what is let go of is recorded."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import MetaData, event, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped
from uuid_utils.compat import uuid7

from db.base import NAMING, Base, TenantOwned, complete
from db.columns import column, ref
from db.models import Flow
from db.tenancy import POOL, wall_ddl
from resolvers.context import Context
from tests.commands.ground import Ground
from tests.world import CompanyWorld, World


class Own(DeclarativeBase):
    """The root of the models of this file."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = Base.type_annotation_map


class Desk(TenantOwned, Own):
    """Something that can go."""

    __tablename__ = "test_desks"

    label: Mapped[str] = column(max_length=40, doc="What it is called.")


class Chair(TenantOwned, Own):
    """Something that stays when its desk goes."""

    __tablename__ = "test_chairs"

    desk_id: Mapped[UUID | None] = ref("Desk", on_delete="SET NULL", doc="Where it stands.")


complete(Own)


@pytest.fixture
async def tables(world: World) -> AsyncIterator[None]:
    """The tables of this file, behind the wall."""
    async with world.owner.begin() as connection:
        pooled = await connection.execution_options(schema_translate_map={None: POOL})
        await pooled.run_sync(Own.metadata.create_all)
        await connection.execute(text(f"set local search_path = {POOL}"))
        for table in Own.metadata.tables:
            for statement in wall_ddl(table, world.wiring.role_prefix):
                await connection.execute(text(statement))
    yield
    async with world.owner.begin() as connection:
        pooled = await connection.execution_options(schema_translate_map={None: POOL})
        await pooled.run_sync(Own.metadata.drop_all)


@dataclass
class Office:
    """Two desks, and chairs at one of them."""

    company: CompanyWorld
    desks: Sequence[Desk]
    chairs: Sequence[Chair]

    async def removed(self) -> list[str]:
        """Delete the first desk, and return the statements that it took."""
        person, sent = await self.company.person(), list[str]()
        async with self.company.world.parts.database.transacting(self.company.tenant.placement) as session:
            context = Context(person.asking, session, "remove_desk")
            desk = await context.one(Desk, self.desks[0].id)
            connection = await session.unit.connection()
            event.listen(
                connection.sync_connection,
                "before_cursor_execute",
                lambda _connection, _cursor, statement, *_rest: sent.append(" ".join(statement.split()[:3])),
            )
            await context.delete(Desk, [desk])
            await context.flush()
        return sent


async def an_office(company: CompanyWorld, chairs: int) -> Office:
    person = await company.person()
    desks = [Desk(id=uuid7(), label="One"), Desk(id=uuid7(), label="Two")]
    made = [Chair(id=uuid7(), desk_id=desks[place == chairs].id) for place in range(chairs + 1)]
    async with company.world.parts.database.transacting(company.tenant.placement) as session:
        context = Context(person.asking, session, "furnish")
        context.add(*desks)
        await context.flush()
        context.add(*made)
        await context.flush()
    return Office(company, desks, made)


@pytest.mark.usefixtures("tables")
async def test_a_reference_that_a_deletion_empties_is_a_recorded_change(company: CompanyWorld) -> None:
    office = await an_office(company, 2)
    one, two, elsewhere = office.chairs
    await office.removed()
    rows = await company.rows("select id, desk_id, version from pool.test_chairs where tenant_id = :tenant order by id")
    assert [tuple(row) for row in rows] == [(one.id, None, 2), (two.id, None, 2), (elsewhere.id, office.desks[1].id, 1)]
    entries = await company.rows(
        "select action, entity_type, entity_id, entity_version, old_values, new_values from pool.audit_logs"
        " where tenant_id = :tenant and operation = 'remove_desk' order by id"
    )
    before, gone = office.desks[0].id, {"label": "One"}
    assert [tuple(entry) for entry in entries] == [
        ("update", "Chair", one.id, 2, {"desk_id": str(before)}, {"desk_id": None}),
        ("update", "Chair", two.id, 2, {"desk_id": str(before)}, {"desk_id": None}),
        ("delete", "Desk", before, 1, gone, {}),
    ]
    events = await company.rows(
        "select type from pool.event_outbox where tenant_id = :tenant and subject_type in ('Chair', 'Desk') order by id"
    )
    told = [row.type.rpartition(".")[2] for row in events]
    assert told == ["created"] * 5 + ["updated", "updated", "deleted"]


@pytest.mark.usefixtures("tables")
async def test_it_takes_as_many_statements_for_many_rows_as_for_few(
    company: CompanyWorld, other_company: CompanyWorld
) -> None:
    few = await (await an_office(company, 2)).removed()
    assert await (await an_office(other_company, 30)).removed() == few


async def test_what_was_not_sent_yet_is_not_lost_when_it_is_read_again(ground: Ground) -> None:
    async with ground.company.world.parts.database.transacting(ground.company.tenant.placement) as session:
        context = Context(ground.person.asking, session, "rename")
        flow = await context.one(Flow, ground.flow.id)
        flow.name = "Interns"
        again: Any = await context.one(Flow, ground.flow.id)
        assert (again.name, again.version) == ("Interns", 2)
        assert await context.all(select(Flow.name).where(Flow.id == flow.id)) == ["Interns"]
    rows = await ground.company.rows(
        "select name, version from pool.onboarding_flows where tenant_id = :tenant and id = :flow", flow=flow.id
    )
    assert [tuple(row) for row in rows] == [("Interns", 2)]
