"""The demo company: written by operations, whole, once, and the same each time; GraphiQL's examples work on it."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app import now
from auth.principal import Principal
from demo import seed
from demo.people import COLLEAGUES, HIRES
from demo.staff import WORKERS
from resolvers.context import Asking
from tests.world import CompanyWorld, Person

EXAMPLES = Path(__file__).parents[2] / "schema" / "static" / "page" / "examples.js"
SEEN = """{
  company { primaryColor logoUrl contrastWarnings }
  users { totalCount }
  employees { groups(by: [{ status: EACH }]) { key { status } count } }
  orgChart { employeeId }
  headcount(from: "%s", to: "%s") { count }
  flows { nodes { name status revisions { totalCount } } }
  newHires(first: 50) {
    nodes { email status percentage progress(where: { type: { eq: "file_upload" } }) { nodes { files { mime url } } } }
  }
}"""


async def seeded(company: CompanyWorld) -> Person:
    system = Principal("system", tenant_id=company.tenant.id)
    asking = Asking(system, company.tenant, company.keyring, now(), "seed", public_url="http://testserver")
    await seed(company.world.parts.files, asking, company.world.parts.database)
    return await company.person("OWNER")


@pytest.fixture
async def owner(company: CompanyWorld) -> Person:
    return await seeded(company)


async def test_there_is_somebody_in_every_state(owner: Person) -> None:
    today = now().date().isoformat()
    data = (await owner.ask(SEEN.replace("%s", today))).data
    assert data["company"]["contrastWarnings"] == []
    assert data["company"]["logoUrl"].startswith("http")
    people = {each.email for each in COLLEAGUES} | {each.address for each in WORKERS}
    assert data["users"]["totalCount"] == 2 + len(people)
    employees = {group["key"]["status"]: group["count"] for group in data["employees"]["groups"]}
    assert employees == {"ACTIVE": 35, "ON_LEAVE": 1, "PREHIRE": 1, "TERMINATED": 3}
    assert len(data["orgChart"]) == 36
    assert sum(each["count"] for each in data["headcount"]) == 36
    assert {flow["name"]: (flow["status"], flow["revisions"]["totalCount"]) for flow in data["flows"]["nodes"]} == {
        "Engineers": ("PUBLISHED", 1),
        "Contractors": ("PUBLISHED", 1),
        "Working students": ("PUBLISHED", 1),
        "Sales": ("DRAFT", 0),
        "Apprentices": ("DRAFT", 0),
    }
    hires = {each["email"]: each for each in data["newHires"]["nodes"]}
    assert hires.keys() == {hire.email for hire in HIRES}
    assert {each["status"] for each in hires.values()} == {"PENDING", "ACTIVE", "COMPLETED", "CANCELLED", "EXPIRED"}
    done = hires["aiko.tanaka@mail.example"]
    assert done["percentage"] == 100
    [photo] = done["progress"]["nodes"][0]["files"]
    assert photo["mime"] == "image/png"
    read = await owner.http.get(photo["url"])
    assert (read.status_code, read.content[:4]) == (200, b"\x89PNG")


LEAVE = """query($today: Date!, $ago: Date!, $soon: Date!) {
  today: whoIsAway(from: $ago, to: $today) { name }
  soon: whoIsAway(from: $today, to: $soon) { name }
  leaveRequests { groups(by: [{ status: EACH }]) { key { status } count } }
  leaveLiability { totals { currency amount } lines { days } }
  absenceRate(from: $ago, to: $today) { department percent }
  employees(where: { employeeNo: { in: ["D-001", "D-007", "D-039"] } }, orderBy: [{ employeeNo: ASC }]) {
    nodes { leaveBalances { leaveType balance steps { days } } }
  }
}"""


async def test_every_report_of_leave_shows_something(owner: Person) -> None:
    today = now().date()
    monday = today - timedelta(days=today.weekday())
    days = {"ago": monday, "today": monday + timedelta(days=6), "soon": monday + timedelta(days=20)}
    data = (await owner.ask(LEAVE, {name: day.isoformat() for name, day in days.items()})).data
    assert [each["name"] for each in data["today"]] == ["Diego Ramos", "Kaja Holm", "Walter Kern"]
    assert {"Ben Okafor", "Irina Popov"} <= {each["name"] for each in data["soon"]}
    requests = {group["key"]["status"]: group["count"] for group in data["leaveRequests"]["groups"]}
    assert requests.pop("TAKEN") > 40
    assert requests == {"APPROVED": 6, "PENDING": 2, "CANCELLED": 1, "DRAFT": 1, "REJECTED": 1}
    [worth] = data["leaveLiability"]["totals"]
    assert (worth["currency"], Decimal(worth["amount"]) > 0) == ("EUR", True)
    assert {each["department"] for each in data["absenceRate"] if each["percent"] != "0.00"} == {
        "Engineering",
        "Finance",
    }
    for employee in data["employees"]["nodes"]:
        annual = employee["leaveBalances"][0]
        assert annual["leaveType"] == "Annual leave"
        assert annual["steps"]


OBJECTIVES = """{
  performanceCycles(orderBy: [{ startsOn: ASC }]) { nodes { id name status okrs { totalCount } } }
  okrs(first: 50, orderBy: [{ id: ASC }]) { nodes { objective status health progress ownerName finalScore } }
  overdueCheckIns { objective ownerName days }
  keyResultTargetChanges { nodes { reason targetBefore targetAfter } }
}"""
BOARD = """query($cycle: ID!) {
  okrHeatMap(cycleId: $cycle) { ownerName cells { objective } }
  okrAlignmentTree(cycleId: $cycle) { objective depth }
}"""


async def test_objectives_are_on_track_at_risk_and_off_it(owner: Person) -> None:
    data = (await owner.ask(OBJECTIVES)).data
    before, running = data["performanceCycles"]["nodes"]
    assert (before["status"], before["okrs"], running["status"], running["okrs"]) == (
        *("CLOSED", {"totalCount": 2}),
        *("OPEN", {"totalCount": 12}),
    )
    objectives = data["okrs"]["nodes"]
    assert {each["status"] for each in objectives} == {"DRAFT", "ACTIVE", "COMPLETED", "CANCELLED"}
    health = {each["health"] for each in objectives if each["status"] == "ACTIVE"}
    assert health == {"ON_TRACK", "AT_RISK", "OFF_TRACK"}
    [company] = [each for each in objectives if each["objective"] == "Be the tool that growers trust"]
    assert (company["health"], company["progress"]) == ("ON_TRACK", "63.1123")
    assert {each["finalScore"] for each in objectives} == {None, "0.9400", "0.6500"}
    assert [each["ownerName"] for each in data["overdueCheckIns"]] == ["Yara Gomes", "Mina Park"]
    assert data["keyResultTargetChanges"]["nodes"] == [
        {"reason": "The fair in Jaén was called off.", "targetBefore": "30.0000", "targetAfter": "24.0000"}
    ]
    board = (await owner.ask(BOARD, {"cycle": running["id"]})).data
    assert len(board["okrHeatMap"]) == 10
    assert [(each["objective"], each["depth"]) for each in board["okrAlignmentTree"]][:6] == [
        ("Be the tool that growers trust", 0),
        ("Everybody arrives well", 1),
        ("Forecasts that are right a week ahead", 1),
        ("One model for frost and hail", 2),
        ("Sensors that last the winter", 2),
        ("Every sensor is seen within a minute", 3),
    ]


@pytest.mark.parametrize("day", ["2026-07-05", "2028-02-29"])
async def test_it_is_the_same_company_whatever_the_day(company: CompanyWorld, day: str) -> None:
    moment = datetime.fromisoformat(f"{day}T10:00:00+00:00")
    asking = Asking(Principal("system", tenant_id=company.tenant.id), company.tenant, company.keyring, moment, "seed")
    await seed(company.world.parts.files, asking, company.world.parts.database)
    owner = await company.person("OWNER")
    groups = "groups(by: [{ status: EACH }]) { key { status } count }"
    data = (await owner.ask(f"{{ leaveRequests {{ {groups} }} }}")).data["leaveRequests"]["groups"]
    assert data[0]["key"]["status"] == "TAKEN"
    assert sum(each["count"] for each in data if each["key"]["status"] != "TAKEN") == 11


async def test_seeding_again_adds_nothing(company: CompanyWorld, owner: Person) -> None:
    async def counted() -> Any:
        tables = (
            *("new_hires", "progress", "files", "event_outbox", "users", "onboarding_flows"),
            *("approval_policies", "approval_requests", "approval_decisions", "delegations"),
            *("leaves", "leave_ledger_entries", "leave_policy_assignments"),
            *("okrs", "key_results", "key_result_check_ins", "key_result_target_changes"),
        )
        each = " union all ".join(f"select count(*) from pool.{table} where tenant_id = :tenant" for table in tables)
        return [row[0] for row in await company.rows(each)]

    before = await counted()
    system = Principal("system", tenant_id=company.tenant.id)
    asking = Asking(system, company.tenant, company.keyring, now(), "seed", public_url="http://testserver")
    await seed(company.world.parts.files, asking, company.world.parts.database)
    assert [after - earlier for after, earlier in zip(await counted(), before, strict=True)] == [0] * 17


APPROVALS = """{
  myApprovals { total requests { title requestedBy { name } canDecide steps { status } decisions { comment } } }
  myDelegations { fromUser { email } toUser { email } }
  approvalPolicies { nodes { name active documentType department steps { totalCount } } }
  approvalRequests(orderBy: [{ createdAt: ASC }]) { nodes { title status reason decidedAt } }
}"""


async def test_somebody_waits_for_the_owner_who_stands_in_for_another(company: CompanyWorld, owner: Person) -> None:
    [(first,), *_] = await company.rows("select id from pool.users where tenant_id = :tenant order by id")
    dana = company.signed_in(Principal("user", first, company.tenant.id))
    data = (await dana.ask(APPROVALS)).data
    [waiting] = data["myApprovals"]["requests"]
    assert waiting == {
        "title": "Apprentices",
        "requestedBy": {"name": "Hanna Lindqvist"},
        "canDecide": True,
        "steps": [{"status": "APPROVED"}, {"status": "PENDING"}],
        "decisions": [{"comment": None}],
    }
    [delegation] = data["myDelegations"]
    assert delegation["fromUser"] == {"email": "marta.novak@demo.example"}
    assert data["approvalPolicies"]["nodes"] == [
        {
            "name": "Flows of the people team",
            "active": True,
            "documentType": "Flow",
            "department": "People",
            "steps": {"totalCount": 2},
        }
    ]
    requests = {each["title"]: each for each in data["approvalRequests"]["nodes"]}
    assert {title: each["status"] for title, each in requests.items()} == {
        "Working students": "APPROVED",
        "Sales": "REJECTED",
        "Apprentices": "PENDING",
    }
    assert requests["Sales"]["reason"] == "A page about the product is missing."
    asked = "{ myApprovals { requests { id } } }"
    [request] = (await dana.ask(asked)).data["myApprovals"]["requests"]
    assert (await dana.do("approveRequest", {"id": request["id"]}))["refusals"] == []
    flows = (await owner.ask('{ flows(where: { name: { eq: "Apprentices" } }) { nodes { status } } }')).data["flows"]
    assert flows["nodes"] == [{"status": "PUBLISHED"}]


def examples() -> list[str]:
    return [text.replace("\\`", "`") for text in re.findall(r"  `((?:[^`\\]|\\.)*)`,", EXAMPLES.read_text("utf-8"))]


async def test_graphiql_opens_with_operations_that_work(owner: Person) -> None:
    asked = examples()
    assert len(asked) == 5
    for text in asked[:-1]:
        answer = await owner.ask(text)
        assert answer.errors == [], text
    attention = (await owner.ask(asked[2])).data
    assert attention["stuckNewHires"]
    assert attention["timeToProductive"]["count"] == 2
    assert asked[-1].splitlines()[2] == "subscription Watch($newHire: ID!) {"
