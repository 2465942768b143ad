"""What all of a company's objects come to, and each group of them, does not depend on another company being there."""

from graphql import GraphQLObjectType

from tests.wall.graph import Question, Word, alike, document, kind_of, selected
from tests.wall.parties import a_party
from tests.wall.reading import answers, pages
from tests.wall.tally import Tally
from tests.world import World

AT_ONCE = 20


def test_every_list_comes_to_something() -> None:
    asked = every_aggregate()
    assert len(asked) > 250
    for part in ("flows { groups(by: [{status: EACH}])", "flows { nodes { stages { groups(by: [{createdAt: DAY}])"):
        assert any(str(each).startswith(part) for each in asked), part


def every_aggregate() -> list[Question]:
    """What each list of the schema comes to, whole and by each column."""
    asked: list[Question] = []
    for route, field in pages():
        page = kind_of(field)
        assert isinstance(page, GraphQLObjectType)
        groups = page.fields["groups"]
        chosen = selected(kind_of(groups))
        asked.append(Question((*route, "aggregate"), {}, selected(kind_of(page.fields["aggregate"]))))
        for name, column in kind_of(groups.args["by"]).fields.items():
            how = next(iter(kind_of(column).values))
            asked.append(Question((*route, "groups"), {"by": [{name: Word(how)}]}, chosen))
    return asked


async def test_what_ones_own_come_to_is_as_if_one_were_alone(world: World) -> None:
    tally, party = Tally(), await a_party(world)
    documents = [document(*together) for together in alike(every_aggregate(), AT_ONCE)]
    before = await answers(party.person, documents)
    for own_schema, part in ((False, slice(None)), (True, slice(None, None, 3))):
        other = await a_party(world, own_schema=own_schema, flows=3)
        traces, asked = await other.traces(), documents[part]
        for question, one, two in zip(asked, before[part], await answers(party.person, asked), strict=True):
            tally.same(two, one, question)
            tally.check('"errors"' not in one, f"errors of {question}: {one}")
            tally.check(not traces.found_in(two), f"{traces.found_in(two)} shown to {question}")
    counted = sum(each.count('"count": 2') for each in before)
    tally.check(counted > AT_ONCE, f"only {counted} groups of two")
    tally.passed(least=350)
