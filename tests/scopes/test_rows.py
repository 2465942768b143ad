"""Both engines answer with the rows that a naive reading finds, for random companies and random scopes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import orjson
import pytest

from auth.scopes import Scope
from resolvers import ids
from schema.answering import Engine, asked_of
from tests.scopes.company import HIRES, USERS, Drawn, Row, draw, public
from tests.scopes.naive import Sight, chosen
from tests.world import CompanyWorld, Person

SEEDS = range(3)
PEOPLE_OF_EACH = 5


async def told(person: Person, company: CompanyWorld, query: str, **variables: Any) -> dict[str, Any]:
    """Ask both engines, and return what both answer."""
    answering, bodies = company.world.parts.answering(), list[Any]()
    for engine in (Engine.PLANNED, Engine.REFERENCE):
        asked = asked_of({"query": query, "variables": variables})
        answered = await answering.answer(person.asking, asked, engine=engine)
        bodies.append(orjson.loads(orjson.dumps(answered.body())))
    assert bodies[0] == bodies[1]
    assert "errors" not in bodies[0], bodies[0]["errors"]
    return bodies[0]["data"]


async def everybody(seed: int, company: CompanyWorld) -> Sequence[tuple[Person, Sight]]:
    """Draw a company, and some people in it with their scopes."""
    random = Random(seed)
    drawn = await draw(company, random)
    found: list[tuple[Person, Sight]] = []
    for _ in range(PEOPLE_OF_EACH):
        me, of_users, of_hires = random.choice(drawn.users)["id"], drawn.scope(random), drawn.scope(random)
        sight = Sight(drawn, me, of_users, of_hires)
        found.append((drawn.somebody(me, {USERS: of_users, HIRES: of_hires}), sight))
    return found


def ids_of(name: str, rows: Sequence[Row]) -> list[str]:
    return sorted(public(name, rows))


def shown(nodes: Sequence[Mapping[str, Any]]) -> list[str]:
    return sorted(node["id"] for node in nodes)


LISTS = """{
  users(first: 200) { totalCount nodes { id } }
  teams(first: 200) { totalCount nodes { id members { totalCount nodes { user { id } team { id } } } } }
  newHires(first: 200) { totalCount nodes { id manager { id } buddy { id } progress { totalCount nodes { id } } } }
  progressEntries(first: 200) { totalCount nodes { id newHire { id } } }
}"""


@pytest.mark.parametrize("seed", SEEDS)
async def test_lists_references_and_counts(seed: int, company: CompanyWorld) -> None:
    for person, sight in await everybody(seed, company):
        data = await told(person, company, LISTS)
        expected = {
            "users": ids_of("User", sight.users),
            "teams": ids_of("Team", sight.teams),
            "newHires": ids_of("NewHire", sight.hires),
            "progressEntries": ids_of("Progress", sight.progress),
        }
        assert {name: shown(each["nodes"]) for name, each in data.items()} == expected
        assert {name: each["totalCount"] for name, each in data.items()} == {
            name: len(each) for name, each in expected.items()
        }
        seen, hires = set(expected["users"]), {each["id"]: each for each in data["newHires"]["nodes"]}
        for row in sight.hires:
            found = hires[ids.encode("NewHire", row["id"])]
            for reference in ("manager", "buddy"):
                named = row[f"{reference}_id"] and ids.encode("User", row[f"{reference}_id"])
                assert found[reference] == ({"id": named} if named in seen else None)
            assert found["progress"]["totalCount"] == len(
                chosen(sight.progress, lambda each, hire=row: each["new_hire_id"] == hire["id"])
            )
        for team in data["teams"]["nodes"]:
            members = chosen(sight.members, lambda each, of=team["id"]: ids.encode("Team", each["team_id"]) == of)
            assert team["members"]["totalCount"] == len(members)
            assert sorted(each["user"]["id"] for each in team["members"]["nodes"]) == sorted(
                ids.encode("User", each["user_id"]) for each in members
            )


THROUGH = """query($name: String!) {
  managed: newHires(first: 200, where: {manager: {lastName: {eq: $name}}}) { totalCount nodes { id } }
  others: newHires(first: 200, where: {not: {manager: {lastName: {eq: $name}}}}) { totalCount nodes { id } }
  some: users(first: 200, where: {reports: {some: {lastName: {eq: $name}}}}) { totalCount nodes { id } }
  none: users(first: 200, where: {reports: {none: {lastName: {eq: $name}}}}) { totalCount nodes { id } }
  every: users(first: 200, where: {reports: {every: {lastName: {eq: $name}}}}) { totalCount nodes { id } }
  far: progressEntries(first: 200, where: {newHire: {buddy: {lastName: {eq: $name}}}}) { totalCount nodes { id } }
}"""


@pytest.mark.parametrize("seed", SEEDS)
async def test_filters_see_no_row_that_the_reader_does_not(seed: int, company: CompanyWorld) -> None:
    for person, sight in await everybody(seed, company):
        seen = {row["id"]: row for row in sight.users}
        for name in ("Ada", "Bo"):

            def called(user: Any, name: str = name, seen: Mapping[Any, Row] = seen) -> bool:
                return user in seen and seen[user]["last_name"] == name

            def reports(user: Row, seen: Mapping[Any, Row] = seen) -> list[Row]:
                return [row for row in seen.values() if row["manager_id"] == user["id"]]

            hires = {row["id"]: row for row in sight.hires}
            expected = {
                "managed": ("NewHire", chosen(sight.hires, lambda row: called(row["manager_id"]))),
                "others": ("NewHire", chosen(sight.hires, lambda row: not called(row["manager_id"]))),
                "some": ("User", chosen(sight.users, lambda row: any(called(each["id"]) for each in reports(row)))),
                "none": ("User", chosen(sight.users, lambda row: not any(called(each["id"]) for each in reports(row)))),
                "every": ("User", chosen(sight.users, lambda row: all(called(each["id"]) for each in reports(row)))),
                "far": (
                    "Progress",
                    chosen(sight.progress, lambda row, hires=hires: called(hires[row["new_hire_id"]]["buddy_id"])),
                ),
            }
            data = await told(person, company, THROUGH, name=name)
            assert {key: shown(each["nodes"]) for key, each in data.items()} == {
                key: ids_of(*each) for key, each in expected.items()
            }
            assert {key: each["totalCount"] for key, each in data.items()} == {
                key: len(rows) for key, (_, rows) in expected.items()
            }


COMES_TO = """{
  newHires {
    aggregate { count min { position } max { position } }
    groups(by: [{position: EACH}]) { key { position } count }
  }
  users(first: 200) { nodes { id reports { aggregate { count max { lastName } } groups(by: [{lastName: EACH}]) {
    key { lastName } count
  } } } }
}"""


@pytest.mark.parametrize("seed", SEEDS)
async def test_aggregates_and_groups(seed: int, company: CompanyWorld) -> None:
    for person, sight in await everybody(seed, company):
        data = await told(person, company, COMES_TO)
        positions = [row["position"] for row in sight.hires]
        whole = data["newHires"]["aggregate"]
        assert whole == {
            "count": len(positions),
            "min": {"position": min(positions, default=None)},
            "max": {"position": max(positions, default=None)},
        }
        groups = {each["key"]["position"]: each["count"] for each in data["newHires"]["groups"]}
        assert groups == Counter(positions)
        for node in data["users"]["nodes"]:
            names = [
                row["last_name"]
                for row in sight.users
                if row["manager_id"] and ids.encode("User", row["manager_id"]) == node["id"]
            ]
            assert node["reports"]["aggregate"] == {
                "count": len(names),
                "max": {"lastName": max(names, default=None)},
            }
            assert {each["key"]["lastName"]: each["count"] for each in node["reports"]["groups"]} == Counter(names)


@pytest.mark.parametrize("seed", SEEDS)
async def test_by_id_there_is_what_is_listed_and_nothing_else(seed: int, company: CompanyWorld) -> None:
    people = await everybody(seed, company)
    drawn = people[0][1].drawn
    every = [
        *public("User", drawn.users),
        *public("Team", drawn.teams),
        *public("NewHire", drawn.hires),
        *public("Progress", drawn.progress)[:60],
    ]
    for person, sight in people:
        seen = {
            *public("User", sight.users),
            *public("Team", sight.teams),
            *public("NewHire", sight.hires),
            *public("Progress", sight.progress),
        }
        data = await told(person, company, "query($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }", ids=every)
        assert [each and each["id"] for each in data["nodes"]] == [each if each in seen else None for each in every]
        for name, field in (("User", "user"), ("NewHire", "newHire")):
            rows = {"User": drawn.users, "NewHire": drawn.hires}[name]
            for row_id in public(name, rows[:6]):
                query = f"query($id: ID!) {{ it: {field}(id: $id) {{ id }} node(id: $id) {{ id }} }}"
                one = await told(person, company, query, id=row_id)
                assert one["it"] == one["node"] == ({"id": row_id} if row_id in seen else None)


ORDERED = """query($after: String) { newHires(first: 4, after: $after, orderBy: [{manager: {firstName: ASC}}]) {
  pageInfo { hasNextPage endCursor } edges { cursor node { id } }
} }"""


@pytest.mark.parametrize("seed", SEEDS)
async def test_an_order_through_a_reference_tells_nothing_of_who_is_not_seen(seed: int, company: CompanyWorld) -> None:
    for person, sight in await everybody(seed, company):
        seen = {row["id"]: row["first_name"] for row in sight.users}

        def place(row: Row, seen: Mapping[Any, str] = seen) -> tuple[Any, ...]:
            name = seen.get(row["manager_id"])
            return (name is None, name or "", row["id"])

        found, after = list[str](), None
        while True:
            page = (await told(person, company, ORDERED, after=after))["newHires"]
            found += [edge["node"]["id"] for edge in page["edges"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert found == public("NewHire", sorted(sight.hires, key=place))


async def test_who_reaches_nobody_sees_nothing(company: CompanyWorld) -> None:
    drawn: Drawn = await draw(company, Random(1))
    managers = {row["manager_id"] for row in drawn.users}
    leaf = next(row for row in drawn.users if row["id"] not in managers)
    person = drawn.somebody(leaf["id"], {USERS: Scope(reports=True), HIRES: Scope(reports=True)})
    data = await told(person, company, LISTS)
    assert [each["totalCount"] for each in data.values()] == [0, 0, 0, 0]
