from collections.abc import Iterator

import pytest
from sqlalchemy import text

from tests.wall.conftest import Stand
from tests.wall.foreign import foreign_ids, one_of_each
from tests.wall.reading import answers, every_question
from tests.wall.statements import Recording, Said, conjuncts, faults, judged, recording
from tests.wall.traffic import mixed_writes
from tests.wall.walker import Walker
from tests.world import World


async def test_every_statement_is_bound_by_the_policies(world: World, stand: Stand) -> None:
    with recording(world) as recorder:
        await mixed_writes([stand.ada, stand.cyd], writers=1)
        for party in (stand.ada, stand.cyd):
            await answers(party.person, every_question(party, "sought", of=240))
        await foreign_ids(stand.ada, stand.bob, one_of_each(Walker(depth=3).slots())[::10])
    assert len(recorder.said) > 150
    tally = await judged(world, recorder)
    tally.passed(least=1500)


async def judged_alone(world: World, stand: Stand, statement: str, *, tenant: bool = True) -> list[str]:
    recorder = Recording(world)
    said = Said(statement, (), str(stand.ada.tenant) if tenant else None)
    recorder.said[statement, not tenant] = said
    return (await judged(world, recorder)).failures


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("select id from stages", 'relation "stages" does not exist'),
        ("select id from {other}.stages", "schemas of"),
        ("lock table pool.stages", "it cannot be explained"),
        ("select version_num from catalog.alembic_version", "permission denied"),
    ],
)
async def test_a_statement_that_could_go_astray_is_told(
    world: World, stand: Stand, statement: str, complaint: str
) -> None:
    failures = await judged_alone(world, stand, statement.format(other=stand.cyd.schema))
    assert any(complaint in failure for failure in failures)
    assert await judged_alone(world, stand, "select id from pool.stages") == []


async def test_a_statement_before_which_no_tenant_is_named_is_told(world: World, stand: Stand) -> None:
    failures = await judged_alone(world, stand, "select id from pool.stages", tenant=False)
    assert any("no tenant is named before" in failure for failure in failures)


async def test_the_recorder_notes_whether_a_tenant_was_named(world: World, stand: Stand) -> None:
    engine = world.parts.database.engine(stand.ada.company.tenant.placement)
    with recording(world) as recorder:
        async with engine.begin() as connection:
            await connection.execute(text("select set_config('app.tenant_id', :tenant, true)"), {"tenant": "x"})
            await connection.execute(text("select 1"))
        async with engine.begin() as connection:
            await connection.execute(text("select 1"))
    assert [(said.statement, said.tenant) for said in recorder.said.values()] == [("select 1", "x"), ("select 1", None)]


@pytest.mark.parametrize(
    ("condition", "parts"),
    [
        ("(a = 1)", ["a = 1"]),
        ("((a = 1) AND (b = (c).d))", ["a = 1", "b = (c).d"]),
        ("((a = 1) AND ((b = 2) OR (c = 3)))", ["a = 1", "(b = 2) OR (c = 3)"]),
        ("((a = ') AND (b = 2'::text) AND (((c))))", ["a = ') AND (b = 2'::text", "c"]),
        ("((a = 1) OR (b = 2))", ["(a = 1) OR (b = 2)"]),
    ],
)
def test_a_condition_is_split_into_those_that_must_all_hold(condition: str, parts: list[str]) -> None:
    assert conjuncts(condition) == parts


async def explained(world: World, stand: Stand, *alterations: str) -> list[str]:
    """What is told of a scan as the owner, after changes that are undone."""
    async with world.owner.connect() as owner:
        for name in ("app.tenant_id", "app.name"):
            await owner.execute(text(f"set local {name} = '{stand.cyd.tenant}'"))
        for each in alterations:
            await owner.execute(text(each.format(table=f"{stand.cyd.schema}.stages")))
        plan = await owner.scalar(text(f"explain (format json, verbose) select id from {stand.cyd.schema}.stages"))
        await owner.rollback()
    return list(faults(plan[0]["Plan"]))


async def test_a_table_without_its_wall_is_told(world: World, stand: Stand) -> None:
    assert await explained(world, stand) == []
    for alteration in (
        "alter table {table} no force row level security",
        "alter table {table} disable row level security",
        "create policy everybody on {table} using (true)",
        "alter policy tenant on {table} using (tenant_id is not null)",
        "create policy few on {table} using (name like 'a%')",
        "alter policy tenant on {table} using (tenant_id = (select current_setting('app.name')::uuid))",
    ):
        [told] = await explained(world, stand, alteration)
        assert told.endswith("Scan of stages without its policy"), alteration


def gated(filtered: str, gate: str) -> Iterator[str]:
    setting = {"Node Type": "Result", "Subplan Name": "InitPlan 1", "Output": [f"({SETTING})::uuid"]}
    scan = {"Node Type": "Index Scan", "Relation Name": "stages", "Index Cond": filtered}
    return faults({"Node Type": "Result", "One-Time Filter": gate, "Plans": [setting, scan]})


SETTING = "current_setting('app.tenant_id'::text)"


def test_a_gate_must_be_for_the_value_that_is_scanned_for() -> None:
    assert list(gated("(tenant_id = $3)", "((InitPlan 1).col1 = $3)")) == []
    assert list(gated("(tenant_id = 'a'::uuid)", "((InitPlan 1).col1 = 'a'::uuid)")) == []
    for filtered, gate in (
        ("(tenant_id = $3)", "((InitPlan 1).col1 = $4)"),
        ("(tenant_id = $3)", "((InitPlan 2).col1 = $3)"),
        ("(id = $3)", "((InitPlan 1).col1 = $3)"),
        ("(tenant_id = 'a'::uuid)", ""),
        ("((tenant_id = $3) OR (id = $4))", "((InitPlan 1).col1 = $3)"),
        ("(tenant_id = $3)", "(((InitPlan 1).col1 = $3) OR (1 = 1))"),
    ):
        assert list(gated(filtered, gate)) == ["Index Scan of stages without its policy"]


ENDED_EARLY = """
{ flows { first: totalCount nodes { id stages { nodes { contentBlocks(first: 9999) { totalCount } } }
  more: stages { totalCount nodes { contentBlocks { totalCount nodes { stage { flow { name } } } } } } } totalCount } }
"""


async def test_what_is_still_read_when_an_error_ends_the_answer_goes_nowhere(world: World, stand: Stand) -> None:
    pool = world.parts.database.engine(stand.ada.company.tenant.placement).sync_engine.pool
    with recording(world) as recorder:
        for _ in range(12):
            answer = await stand.ada.person.ask(ENDED_EARLY)
            assert set(answer.codes) == {"BAD_USER_INPUT"}
            assert answer.body["data"] == {"flows": None}
    assert {said.tenant for said in recorder.said.values()} == {str(stand.ada.tenant)}
    assert "Current Checked out connections: 0" in pool.status()
