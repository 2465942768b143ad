import pytest

from tests.wall.reading import as_if_alone, every_way
from tests.world import World


@pytest.mark.parametrize("own_schemas", [(False, False), (False, True)], ids=["one schema", "two schemas"])
async def test_a_company_is_answered_as_if_it_were_alone(world: World, own_schemas: tuple[bool, bool]) -> None:
    tally = await as_if_alone(world, own_schemas, of=72)
    tally.passed(least=100)


def test_every_page_is_asked_for_in_every_way() -> None:
    ways = [str(each) for each in every_way("sought", 2)]
    assert len(ways) == len(set(ways)) > 900
    for part in (
        'flows(where: {name: {contains: "sought"}})',
        "flows(orderBy: [{audience: DESC}])",
        "stages(first: 2)",
        "flows { nodes { stages(where: {dueOffsetDays: {isNull: true}})",
        "stages { nodes { contentBlocks(orderBy: [{stage: {name: ASC}}])",
        'contentBlocks(where: {config: {contains: {note: "sought"}}})',
    ):
        assert any(way.startswith(part) for way in ways), part
    assert not any("after" in way or "before" in way for way in ways)
