"""Fields that need a permission of their own: null and named once for whoever lacks it, and no way round."""

from random import Random
from typing import Any

import pytest

from tests.schema.builders import put_flows
from tests.schema.things import Things, put_random_things
from tests.world import CompanyWorld, Person

TAX_ID = "DE 123 456 789"


@pytest.fixture
async def owner(company: CompanyWorld) -> Person:
    """The owner of the company, whose tax number is set."""
    person = await company.person("OWNER")
    found = (await person.ask("{ company { id } }")).data["company"]
    payload = await person.do("updateCompany", {"id": found["id"], "taxId": TAX_ID})
    assert payload["refusals"] == []
    return person


async def test_the_tax_number_is_read_with_its_permission_only(company: CompanyWorld, owner: Person) -> None:
    for role in ("OWNER", "ADMIN", "FINANCE"):
        answer = await (await company.person(role)).ask("{ company { taxId } }")
        assert (answer.data, "extensions" in answer.body) == ({"company": {"taxId": TAX_ID}}, False)
    answer = await (await company.person("HR")).ask("{ company { taxId } }")
    assert answer.data == {"company": {"taxId": None}}
    assert answer.body["extensions"] == {"hidden": [{"path": "company.taxId", "permission": "company.read_tax_id"}]}


async def test_what_is_hidden_is_named_by_its_answer_path(company: CompanyWorld, hr: Person) -> None:
    answer = await hr.ask("{ us: company { number: taxId again: taxId ...F } } fragment F on Company { taxId }")
    assert answer.data == {"us": {"number": None, "again": None, "taxId": None}}
    hidden = [(each["path"], each["permission"]) for each in answer.body["extensions"]["hidden"]]
    assert hidden == [(f"us.{name}", "company.read_tax_id") for name in ("number", "again", "taxId")]


async def test_to_read_it_is_not_enough_to_set_it(company: CompanyWorld, owner: Person) -> None:
    found = (await owner.ask("{ company { id } }")).data["company"]
    for role in ("HR", "FINANCE"):
        person = await company.person(role)
        query = "mutation($input: UpdateCompanyInput!) { updateCompany(input: $input) { company { id } } }"
        assert (await person.ask(query, {"input": {"id": found["id"], "taxId": "X"}})).codes == ["FORBIDDEN"]
    assert (await owner.ask("{ company { taxId } }")).data == {"company": {"taxId": TAX_ID}}


async def test_the_tax_number_is_never_stored_in_the_clear(company: CompanyWorld, owner: Person) -> None:
    [[stored]] = await company.rows("select tax_id from pool.companies where tenant_id = :tenant")
    assert TAX_ID.encode() not in stored
    for table in ("audit_logs", "event_outbox"):
        role_free = f"select row_to_json(t)::text from pool.{table} t where tenant_id = :tenant"
        assert all("123 456 789" not in row[0] for row in await company.rows(role_free))


async def test_a_protected_column_is_hidden_once_however_many_rows(company: CompanyWorld, things: Things) -> None:
    await put_random_things(company, things, Random(1), 5)
    query = "{ thing1s { nodes { code amount } } thing0s { nodes { other1 { amount } } } }"
    answer = await things.seen_by(await company.person("VIEWER")).ask(query)
    assert {node["amount"] for node in answer.data["thing1s"]["nodes"]} == {None}
    permission = "company.edit"
    assert sorted(answer.body["extensions"]["hidden"], key=lambda each: each["path"]) == [
        {"path": "thing0s.nodes.other1.amount", "permission": permission},
        {"path": "thing1s.nodes.amount", "permission": permission},
    ]
    answer = await things.seen_by(await company.person("OWNER")).ask(query)
    assert None not in {node["amount"] for node in answer.data["thing1s"]["nodes"]}
    assert "extensions" not in answer.body


BY_AMOUNT = {"amount": {"gt": "1"}}


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ({"where": BY_AMOUNT}, ["where", "amount"]),
        ({"where": {"amount": {}}}, ["where", "amount"]),
        ({"where": {"or": [{}, {"not": BY_AMOUNT}]}}, ["where", "or", "1", "not", "amount"]),
        ({"where": {"other1": BY_AMOUNT}}, ["where", "other1", "amount"]),
        ({"where": {"things1": {"every": BY_AMOUNT}}}, ["where", "things1", "every", "amount"]),
        ({"orderBy": [{"amount": "ASC"}]}, ["orderBy", "0", "amount"]),
        ({"orderBy": [{"code": "ASC"}, {"other1": {"amount": "DESC"}}]}, ["orderBy", "1", "other1", "amount"]),
    ],
)
async def test_a_protected_column_decides_nothing_for_who_may_not_read_it(
    company: CompanyWorld, things: Things, arguments: dict[str, Any], path: list[str]
) -> None:
    query = (
        "query($where: Thing1Filter, $orderBy: [Thing1Order!]) "
        "{ thing1s(where: $where, orderBy: $orderBy) { totalCount nodes { id } } }"
    )
    answer = await things.seen_by(await company.person("VIEWER")).ask(query, arguments)
    assert answer.body["data"] == {"thing1s": None}
    assert answer.errors[0]["extensions"] == {"code": "FORBIDDEN", "permission": "company.edit", "inputPath": path}
    assert (await things.seen_by(await company.person("OWNER")).ask(query, arguments)).errors == []


async def test_an_order_goes_through_a_bounded_number_of_relations(company: CompanyWorld, things: Things) -> None:
    owner = things.seen_by(await company.person("OWNER"))
    query = "query($orderBy: [Thing0Order!]) { thing0s(orderBy: $orderBy) { nodes { id } } }"
    order: dict[str, Any] = {"code": "ASC"}
    for _ in range(4):
        order = {"other3": order}
    assert (await owner.ask(query, {"orderBy": [order]})).errors == []
    answer = await owner.ask(query, {"orderBy": [{"other3": order}]})
    assert answer.errors[0]["extensions"] == {
        "code": "BAD_USER_INPUT",
        "inputPath": ["orderBy", "0", *["other3"] * 5, "code"],
    }


async def test_a_protected_column_is_hidden_in_what_all_come_to(company: CompanyWorld, things: Things) -> None:
    await put_random_things(company, things, Random(2), 5)
    measures = "count min { amount quantity } max { amount } sum { amount quantity } avg { amount }"
    query = (
        f"{{ thing1s {{ aggregate {{ {measures} }} groups(by: [{{standing: EACH}}]) {{ {measures} key {{ amount }} }} "
        f"nodes {{ things1 {{ aggregate {{ sum {{ amount }} }} }} }} }} }}"
    )
    answer = await things.seen_by(await company.person("VIEWER")).ask(query)
    found = answer.data["thing1s"]
    for each in (found["aggregate"], *found["groups"]):
        assert {each[measure]["amount"] for measure in ("min", "max", "sum", "avg")} == {None}
        assert each["count"] > 0
        assert each["min"]["quantity"] is not None
        assert each["sum"]["quantity"] is not None
    around = [f"thing1s.{where}.{each}" for where in ("aggregate", "groups") for each in ("min", "max", "sum", "avg")]
    paths = [f"{each}.amount" for each in (*around, "thing1s.nodes.things1.aggregate.sum")]
    hidden = answer.body["extensions"]["hidden"]
    assert sorted(each["path"] for each in hidden) == sorted(paths)
    assert {each["permission"] for each in hidden} == {"company.edit"}
    answer = await things.seen_by(await company.person("OWNER")).ask(query)
    assert "extensions" not in answer.body
    assert answer.data["thing1s"]["aggregate"]["sum"]["amount"] is not None


@pytest.mark.parametrize("by", ["[{amount: EACH}]", "[{standing: EACH}, {amount: EACH}]"])
async def test_a_protected_column_groups_nothing_for_who_may_not_read_it(
    company: CompanyWorld, things: Things, by: str
) -> None:
    await put_random_things(company, things, Random(2), 5)
    query = f"{{ thing1s {{ totalCount groups(by: {by}) {{ count key {{ amount }} }} }} }}"
    answer = await things.seen_by(await company.person("VIEWER")).ask(query)
    assert answer.body["data"] == {"thing1s": {"totalCount": 5, "groups": None}}
    assert answer.errors[0]["path"] == ["thing1s", "groups"]
    assert answer.errors[0]["extensions"] == {
        "code": "FORBIDDEN",
        "permission": "company.edit",
        "inputPath": ["by", str(by.count("{") - 1), "amount"],
    }
    found = (await things.seen_by(await company.person("OWNER")).ask(query)).data["thing1s"]["groups"]
    assert sum(each["count"] for each in found) == 5
    assert all(each["key"]["amount"] for each in found)


async def test_who_may_not_read_them_may_not_count_them(company: CompanyWorld, hr: Person) -> None:
    query = "{ webhookEndpoints { aggregate { count } groups(by: [{status: EACH}]) { count } } }"
    answer = await hr.ask(query)
    assert (answer.codes, answer.body["data"]) == (["FORBIDDEN"], {"webhookEndpoints": None})
    nested = "{ flows { nodes { newHires { aggregate { count } groups(by: [{status: EACH}]) { count } } } } }"
    await put_flows(company, 2)
    answer = await (await company.person("VIEWER")).ask(nested)
    assert answer.data == {"flows": {"nodes": [{"newHires": None}, {"newHires": None}]}}
    assert answer.body["extensions"]["hidden"] == [
        {"path": "flows.nodes.newHires", "permission": "onboarding.read_hires"}
    ]
