import pytest
from graphql import build_schema

from schema.root import DOMAINS
from tests.wall.conftest import Stand
from tests.wall.filling import VALUES, Filling
from tests.wall.foreign import AT_A_VERSION, PLAINLY, foreign_ids, one_of_each
from tests.wall.graph import SCHEMA, of_sessions, spelled_out
from tests.wall.slots import ANY, Kind, NoSample, Slot, Step
from tests.wall.walker import Walker

VERSIONED = 8
"""One in so many is tried with an expected version too; all of them are by `./workgraph prove tenants`."""


async def test_what_belongs_to_another_company_is_as_if_it_never_was(stand: Stand) -> None:
    slots = one_of_each(Walker(depth=3).slots())
    tally = await foreign_ids(stand.ada, stand.bob, slots, [PLAINLY])
    versioned = [slot for slot in slots if slot.operation == "mutation"][::VERSIONED]
    tally.add(await foreign_ids(stand.ada, stand.bob, versioned, [AT_A_VERSION]))
    tally.passed(least=900)


@pytest.mark.parametrize(("pair", "half"), [("ada-cyd", 0), ("cyd-dan", 1)])
async def test_so_it_is_across_schemas(stand: Stand, pair: str, half: int) -> None:
    mine, theirs = stand.pair(pair)
    tally = await foreign_ids(mine, theirs, one_of_each(Walker(depth=3).slots())[half::8], [PLAINLY])
    tally.passed(least=75)


async def test_so_it_is_where_values_stand_in_the_document(stand: Stand) -> None:
    slots = [slot for slot in one_of_each(Walker(depth=3).slots()) if slot.named != ANY][::25]
    assert {slot.operation for slot in slots} == {"query", "mutation"}
    assert {slot.kind for slot in slots} == {Kind.ID, Kind.CURSOR}
    tally = await foreign_ids(stand.ada, stand.bob, slots, [PLAINLY], spelled_out)
    tally.passed(least=100)


NAMING_NOTHING = {
    *("login", "logout", "refreshToken", "registerCompany", "requestPasswordReset", "resetPassword"),
    *("changePassword", "updateViewer", "createUpload", "uploadCompanyLogo"),
    *("completeLogin", "beginSecondFactor", "confirmSecondFactor", "disableSecondFactor", "renewRecoveryCodes"),
    "exportOwnData",
    *("revokeOtherSessions", "requestEmailVerification", "changeEmail", "verifyEmail", "completeSso"),
    "createSsoProvider",
    "createCalendarFeed",
    "createApiClient",
    "createApprovalPolicy",
    "createRole",
    *("createWorkCalendar", "createHolidayList", "createLeaveType", "createLeavePolicy"),
    "createPerformanceCycle",
    "grantSupportAccess",
    *("createStageTemplate", "registerContentType", "updateContentType", "createWebhookEndpoint"),
}
LISTED = [entity for domain in DOMAINS for entity in domain.entities if entity.listed]
PAGES = (
    *(entity.plural for entity in LISTED),
    *("apiClients.nodes.keys", "apiClients.nodes.versions"),
    "approvalPolicies.nodes.steps",
    "clientVersions.nodes.documents",
    *("departments.nodes.employees", "departments.nodes.parts", "departments.nodes.people"),
    "departments.nodes.positions",
    *("employees.nodes.compensation", "employees.nodes.contracts", "employees.nodes.dependents"),
    *("employees.nodes.documents", "employees.nodes.emergencyContacts", "employees.nodes.history"),
    "employees.nodes.reports",
    *("employees.nodes.leaveAccrualRuns", "employees.nodes.leaveLedger", "employees.nodes.leavePolicies"),
    "employees.nodes.leaveRequests",
    *("flows.nodes.newHires", "flows.nodes.revisions", "flows.nodes.stages"),
    *("holidayLists.nodes.employees", "holidayLists.nodes.holidays", "holidayLists.nodes.locations"),
    "imports.nodes.rejections",
    *("keyResults.nodes.checkIns", "keyResults.nodes.milestones", "keyResults.nodes.targetChanges"),
    *("leavePolicies.nodes.assignments", "leavePolicies.nodes.types", "leaveRequests.nodes.ledger"),
    *("leaveTypes.nodes.ledger", "leaveTypes.nodes.policies", "leaveTypes.nodes.requests"),
    *("newHires.nodes.invitations", "newHires.nodes.progress", "newHires.nodes.revision.newHires"),
    "newHires.nodes.stageProgress",
    *("okrs.nodes.children", "okrs.nodes.keyResults"),
    "performanceCycles.nodes.okrs",
    "positions.nodes.holders",
    *("roles.nodes.allows", "roles.nodes.users"),
    "ssoProviders.nodes.groupRoles",
    "stages.nodes.contentBlocks",
    "teams.nodes.members",
    *("users.nodes.reports", "users.nodes.roles", "users.nodes.teams"),
    *("workCalendars.nodes.employees", "workCalendars.nodes.locations"),
    "workLocations.nodes.employees",
)
"""Every page: of each type that is listed, and those within."""

BY_ID = (
    "importColumns(fileId)",
    *(f"{entity.field_name}(id)" for entity in LISTED),
    "approval(id)",
    "blockDropOff(flowId)",
    "entityAsOf(id)",
    *("explainOkrProgress(okrId)", "okrAlignmentTree(cycleId)", "okrHeatMap(cycleId)", "overdueCheckIns(cycleId)"),
    *("explainLeaveBalance(employeeId)", "explainLeaveBalance(leaveTypeId)", "whoIsAway(departmentId)"),
    *("explainAccess(id)", "explainAccess(userId)"),
    "flowPipeline(flowId)",
    "myApprovals(after)",
    "node(id)",
    "nodes(ids)",
    "onboardingFunnel(flowId)",
    "orgChart(departmentId)",
    "timeToProductive(flowId)",
)
"""Every argument that takes an id: of each type that is listed, and of what is asked otherwise."""


def test_every_mutation_that_names_an_object_is_tried() -> None:
    tried = {slot.route[0] for slot in Walker().slots() if slot.operation == "mutation"}
    assert SCHEMA.mutation_type is not None
    fields = SCHEMA.mutation_type.fields
    assert tried == {name for name, field in fields.items() if not of_sessions(field)} - NAMING_NOTHING


def test_every_argument_that_takes_an_id_or_a_cursor_is_tried() -> None:
    found = {(slot.coordinate, slot.kind) for slot in Walker(depth=3).slots() if slot.steps[-1].within is None}
    cursors = {(f"{page}({name})", Kind.CURSOR) for page in PAGES for name in ("after", "before")}
    assert found == cursors | {(name, Kind.ID) for name in BY_ID}


@pytest.mark.parametrize(
    ("sdl", "place"),
    [
        ("type Query { thing(thingId: ID!): Int }", r"thing\(thingId\)"),
        ("type Query { things(among: [ID!]): Int }", r"things\(among\)"),
        (
            "type Query { things(where: ThingFilter): Int } input ThingFilter { ownerId: Is } input Is { eq: ID }",
            "Is.eq",
        ),
        ("type Query { a: Int } type Mutation { do(input: DoInput!): Int } input DoInput { at: ID }", "DoInput.at"),
        ("type Query { a: A } type A { b(id: ID!): B } type B { c: Int }", r"a\.b\(id\)"),
        ("type Query { a(n: Int!): A } type A { b(id: ID): Int }", "A.b"),
    ],
)
def test_an_id_that_nobody_can_fill_is_an_error(sdl: str, place: str) -> None:
    with pytest.raises(NoSample, match=rf"no sample for {place}"):
        Walker(build_schema(sdl)).slots()


async def test_a_type_of_which_there_is_nothing_is_an_error(stand: Stand) -> None:
    with pytest.raises(NoSample, match=r"no sample for Invoice in DoInput\.invoiceId"):
        Filling(stand.ada).own("Invoice", Step("invoiceId", "DoInput", listed=False))


async def test_a_required_value_that_nobody_can_fill_is_an_error(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(VALUES, "String")  # pyright: ignore[reportArgumentType] - a dictionary, whatever it promises
    [slot] = [each for each in Walker().slots() if str(each) == "addStage(input.flowId)"]
    assert SCHEMA.mutation_type is not None
    with pytest.raises(NoSample, match=r"no sample for String in AddStageInput\.name"):
        Filling(stand.ada).arguments(slot, SCHEMA.mutation_type.fields["addStage"], "x")


def test_a_slot_says_where_it_is() -> None:
    steps = (Step("where", None, listed=False), Step("id", "FlowFilter", listed=False))
    assert str(Slot("query", ("flows",), steps, Kind.ID, "Flow")) == "flows(where.id)"
