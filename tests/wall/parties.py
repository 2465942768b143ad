"""Companies filled with marked data: every text of one holds its mark, so that it is recognised wherever it shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import Table, insert, select
from uuid_utils.compat import uuid7

from auth.principal import Principal
from db.base import Base
from db.columns import reference_of
from db.identifiers import quoted
from db.models import (
    AddressProof,
    ApprovalApprover,
    ApprovalDecision,
    ApprovalPolicy,
    ApprovalRequest,
    ApprovalStep,
    CalendarFeed,
    CustomContentType,
    Department,
    Employee,
    File,
    Flow,
    ImpersonationSession,
    Import,
    ImportRejection,
    KeyResult,
    KeyResultCheckIn,
    KeyResultMilestone,
    KeyResultTargetChange,
    LeaveAccrualRun,
    Okr,
    OnboardingUpload,
    PerformanceCycle,
    PostponedRow,
    Progress,
    RecoveryCode,
    RefreshToken,
    RehearsedKey,
    Role,
    RolePermission,
    SecondFactor,
    SsoCode,
    SsoIdentity,
    SsoProvider,
    SupportAccess,
    User,
    UserSession,
)
from db.models.calendars import CalendarFeedKind
from resolvers.context import Asking, Context
from resolvers.places import table_of
from schema.derive import ids
from schema.root import DOMAINS
from tests.wall.traces import Traces
from tests.world import CompanyWorld, Person, World

TABLES: Mapping[str, Table] = dict(Base.metadata.tables)
ENTITIES = {entity.name: entity.model for domain in DOMAINS for entity in domain.entities}
MODELS = {mapper.class_.__name__: mapper.class_ for mapper in Base.registry.mappers}


BY_THE_FIRST = """
with first as (select tenant_id, id from {schema}.users where tenant_id = :tenant order by id limit 1),
last as (select tenant_id, id from {schema}.users where tenant_id = :tenant order by id desc limit 1),
head as (select tenant_id, id from {schema}.users where tenant_id = :tenant order by id desc offset 1 limit 1),
top as (select tenant_id, id from {schema}.users where tenant_id = :tenant order by id desc offset 2 limit 1),
read as (
  update {schema}.webhook_endpoints e set reader_id = first.id from first where e.tenant_id = first.tenant_id
),
lines as (
  update {schema}.users u
  set manager_id = case u.id when first.id then last.id when last.id then head.id when head.id then top.id
    else first.id end
  from first, last, head, top where u.tenant_id = first.tenant_id and u.id <> top.id
),
keys as (
  update {schema}.api_keys k set maker_id = first.id, rotated_from_id = (
    select min(id::text)::uuid from {schema}.api_keys other where other.tenant_id = k.tenant_id
  ) from first where k.tenant_id = first.tenant_id
),
papers as (
  update {schema}.employee_documents d set verified_by_id = first.id from first where d.tenant_id = first.tenant_id
),
lends as (
  update {schema}.delegations d set from_user_id = first.id, to_user_id = last.id from first, last
  where d.tenant_id = first.tenant_id
)
update {schema}.progress p set reviewed_by_id = first.id, completed_by_id = first.id from first
where p.tenant_id = first.tenant_id returning p.id"""
"""Puts the first user into the references that only the server sets, so that the first objects belong together.

The first is led by the last, who is led by the last but one, as that one is by the one before; all others are led by
the first.
"""

AT_MOST = 199
"""Objects of a company that are named at once beside one of another: `nodes` takes 200."""

IN_THE_CHAIN = """
insert into {schema}.audit_chain (tenant_id, id, position, prev_hash, hash, form, chained_at)
select tenant_id, id, 1, '', '', 1, now() from {schema}.audit_logs where tenant_id = :tenant order by id limit 1
returning id"""
"""Gives an entry of the audit trail a place; the others wait for theirs."""

AN_ATTEMPT = """
insert into {schema}.webhook_attempts (tenant_id, id, delivery_id, number, started_at, duration_ms, response_excerpt)
select tenant_id, uuidv7(), id, 1, now(), 5, :mark from {schema}.webhook_deliveries
where tenant_id = :tenant order by id returning id"""

A_DECISION = """
with decided as (
  update {schema}.leaves
  set approver_id = user_id, submitted_by_id = user_id, decision_note = :mark, status = 'approved'
  where tenant_id = :tenant
  returning tenant_id, id, employee_id, user_id, leave_type_id
)
insert into {schema}.leave_ledger_entries (tenant_id, id, employee_id, user_id, employment, leave_type_id, kind, days,
  effective_date, bucket, source, request_id, created_at, updated_at)
select tenant_id, uuidv7(), employee_id, user_id, 1, leave_type_id, 'taken', -2, date '2026-06-29', '2026', id, id,
  now(), now() from decided returning id"""

A_DAY_OF_USE = """
insert into {schema}.api_key_usage (tenant_id, id, key_id, day, requests, refused, points)
select tenant_id, uuidv7(), id, date '2026-01-01', 7, 1, 70 from {schema}.api_keys
where tenant_id = :tenant order by id returning id"""

IN_THE_TRAIL = """
insert into {schema}.audit_logs (tenant_id, id, occurred_at, actor_type, actor_id, action, operation, entity_type,
  entity_id, entity_version, old_values, new_values, request_id, address, user_agent, on_behalf_of_id,
  impersonation_id)
select a.tenant_id, uuidv7(), now(), who.kind, who.id, 'export', 'export', a.kind, a.id, 1, '{}', '{}', :mark,
  :mark, :mark, (select id from {schema}.users where tenant_id = :tenant order by id limit 1),
  (select id from {schema}.impersonation_sessions where tenant_id = :tenant order by id limit 1)
from
  ((select 'AuditLog' kind, tenant_id, id from {schema}.audit_logs where tenant_id = :tenant order by id limit 1)
   union all (select 'WebhookDelivery', tenant_id, id from {schema}.webhook_deliveries
     where tenant_id = :tenant order by id limit 1)
   union all (select 'ImportRejection', tenant_id, id from {schema}.import_rejections
     where tenant_id = :tenant order by id limit 1)) a,
  ((select 'user' kind, id from {schema}.users where tenant_id = :tenant order by id limit 1)
   union all (select 'new_hire', id from {schema}.new_hires where tenant_id = :tenant order by id limit 1)
   union all (select 'api_key', id from {schema}.api_keys where tenant_id = :tenant order by id limit 1)) who
returning id"""
"""Lets the first user, the first new hire and the first key have done something, to the first entry of each log."""


def a_mark() -> str:
    """A word that stands nowhere else."""
    return f"wall{uuid4().hex[:10]}"


@dataclass(frozen=True)
class Party:
    """A company of a trial: who acts in it, and which rows it has of each type, public or not.

    `samples` are the ids of a type's rows; the first ones of all types belong together. `groups` are those rows of a
    type that refer to the same objects as the first one does.
    """

    company: CompanyWorld
    person: Person
    mark: str
    samples: Mapping[str, Sequence[UUID]]
    groups: Mapping[str, Sequence[UUID]]

    @property
    def tenant(self) -> UUID:
        """The tenant's id."""
        return self.company.tenant.id

    @property
    def schema(self) -> str:
        """The schema in which its rows are."""
        return self.company.tenant.placement.schema

    def through(self, http: httpx.AsyncClient) -> "Party":
        """The same company, reached through another server."""
        return replace(self, person=replace(self.person, http=http))

    def own(self, type_name: str) -> str:
        """The public id of its first object of a type."""
        return ids.encode(type_name, self.samples[type_name][0])

    def all_own(self, type_name: str) -> list[str]:
        """The public ids of all its objects of a type."""
        return [ids.encode(type_name, each) for each in self.samples[type_name]]

    def own_group(self, type_name: str) -> list[str]:
        """The public ids of those that belong together with the first object of a type: as many as fit into `nodes`."""
        return [ids.encode(type_name, each) for each in self.groups[type_name][:AT_MOST]]

    async def rows(self, statement: str, **values: Any) -> Sequence[Any]:
        """Look into its tables as their owner; `{schema}` stands for its schema."""
        return await self.company.rows(statement.replace("{schema}", quoted(self.schema)), **values)

    async def traces(self) -> Traces:
        """By what it is recognised now: its mark, and the ids of all its rows and of its tenant."""
        each = " union all ".join(f"select id from {{schema}}.{table} where tenant_id = :tenant" for table in TABLES)
        return Traces(self.mark, frozenset({row[0] for row in await self.rows(each)} | {self.tenant}))

    async def state(self) -> dict[str, tuple[int, str | None]]:
        """Return the number of its rows in each table, and a digest of what is in them."""
        each = " union all ".join(
            f"select '{table}', count(*), md5(string_agg(t::text, '|' order by t.id)) from {{schema}}.{table} t"
            " where tenant_id = :tenant"
            for table in TABLES
        )
        return {row[0]: (row[1], row[2]) for row in await self.rows(each)}


async def a_party(world: World, mark: str | None = None, *, own_schema: bool = False, flows: int = 2) -> Party:
    """Make a company, fill it through the API, and look at what it has."""
    mark = mark or a_mark()
    company = await world.company(f"{mark}-co", own_schema=own_schema)
    person = await company.person("OWNER")
    await fill(person, mark, flows)
    await add_role(company, mark)
    await add_what_follows(company, mark)
    party = Party(company, person, mark, {}, {})
    await party.rows(BY_THE_FIRST)
    await party.rows(IN_THE_TRAIL, mark=mark)
    await party.rows(IN_THE_CHAIN)
    await party.rows(AN_ATTEMPT, mark=mark)
    await party.rows(A_DAY_OF_USE)
    await party.rows(A_DECISION, mark=mark)
    return await looked_at(party)


async def looked_at(party: Party) -> Party:
    """Find the rows of each type, in the order in which they were made."""
    samples: dict[str, list[UUID]] = {}
    groups: dict[str, list[UUID]] = {}
    for name, model in MODELS.items():
        table = table_of(model)
        references = [column.name for column in table.columns if reference_of(column)]
        listed = ", ".join(["id", *references])
        rows = await party.rows(f"select {listed} from {{schema}}.{table.name} where tenant_id = :tenant order by id")
        samples[name] = [row[0] for row in rows]
        groups[name] = [row[0] for row in rows if row[1:] == rows[0][1:]]
    samples["StoredFile"], groups["StoredFile"] = samples["File"], groups["File"]
    return replace(party, samples=samples, groups=groups)


async def fill(person: Person, mark: str, flows: int) -> None:
    """Fill a company; a type of which nothing is made here is missed by the walker, which says so."""
    users = await person.ask("{ users(first: 1, orderBy: [{ id: ASC }]) { nodes { id } } }")
    [first] = users.data["users"]["nodes"]
    await fill_profile(person, mark)
    await fill_people(person, mark, first["id"])
    await fill_files_and_templates(person, mark)
    await fill_webhooks(person, mark)
    await fill_clients(person, mark)
    await fill_sign_on(person, mark)
    await fill_policies(person, mark, first["id"])
    await fill_staff(person, mark)
    await made(person, "createCalendarFeed", {"kind": "OWN", "name": mark}, "calendarFeed")
    for number in range(flows):
        named = {"name": f"{mark} flow {number}", "defaultOwnerId": first["id"]}
        flow = await made(person, "createFlow", {"durationDays": 30 + number, **named})
        for place in range(3 - number % 3):
            given = {"flowId": flow, "name": f"{mark} stage {place}", "description": f"About {mark}"}
            stage = await made(person, "addStage", given)
            for block in range(2):
                content = {"content": f"{mark} block {block}", "config": {"placeholder": mark}, "estimatedMinutes": 5}
                await made(person, "addContentBlock", {"stageId": stage, "type": "text_input", **content})
        await made(person, "publishFlow", {"id": flow})
        if number % 2 == 0:
            await fill_hires(person, mark, flow, first["id"])
            await made(person, "editFlow", {"id": flow})


async def fill_files_and_templates(person: Person, mark: str) -> None:
    """Announce a file, and make templates."""
    announced = {"purpose": "COMPANY_LOGO", "filename": f"{mark}.png", "mime": "image/png", "size": 1000}
    await made(person, "createUpload", announced, "ticket")
    for number in range(2):
        template = {"name": f"{mark} template {number}", "description": f"About {mark}"}
        await made(person, "createStageTemplate", template, "stageTemplate")


async def fill_webhooks(person: Person, mark: str) -> None:
    """Make endpoints with their secrets, and a delivery each."""
    for number in range(2):
        given = {"url": f"https://93.184.215.14/{mark}/{number}", "events": ["webhook.*"], "description": mark}
        endpoint = (await person.do("createWebhookEndpoint", given, "revealed { webhookEndpoint { id } }"))["revealed"]
        await person.do("testWebhookEndpoint", {"id": endpoint["webhookEndpoint"]["id"]})


async def fill_clients(person: Person, mark: str) -> None:
    """Make clients, publish two documents for a version of each, and make a key of each."""
    for number in range(2):
        named = {"name": f"{mark}-{number}", "kind": "PARTNER", "description": mark}
        client = await made(person, "createApiClient", named, "apiClient")
        documents = [
            {"documentId": f"{mark}-{each}", "text": f"query {mark}_{each} {{ modules {{ name }} }}"}
            for each in ("one", "two")
        ]
        given = {"clientId": client, "version": f"{mark}.{number}", "documents": documents}
        await made(person, "publishDocuments", given, "clientVersion")
        named = {"name": f"{mark} key {number}", "clientId": client, "scopes": ["company.read"]}
        await person.do("createApiKey", named, "revealed { apiKey { id } }")


async def fill_sign_on(person: Person, mark: str) -> None:
    """Connect two providers, with a group each that gives a role."""
    roles = await person.ask("{ roles(first: 1, orderBy: [{ id: ASC }]) { nodes { id } } }")
    [role] = roles.data["roles"]["nodes"]
    for number in range(2):
        given = {"name": f"{mark} {number}", "issuer": f"https://{mark}.example", "clientIdentifier": mark}
        named = {"groupsClaim": mark, "domains": [f"{mark}.example"], "scopes": ["openid", mark]}
        connection = await made(person, "createSsoProvider", {**given, **named, "clientSecret": mark}, "ssoProvider")
        mapped = {"providerId": connection, "groupName": f"{mark} {number}", "roleId": role["id"]}
        await made(person, "addSsoGroupRole", mapped, "ssoGroupRole")


async def fill_policies(person: Person, mark: str, colleague: str) -> None:
    """Make approval policies that are not followed: one with steps for a colleague, one with steps for a role."""
    roles = await person.ask("{ roles(first: 1, orderBy: [{ id: ASC }]) { nodes { id } } }")
    [role] = roles.data["roles"]["nodes"]
    steps = ({"kind": "USER", "userId": colleague}, {"kind": "ROLE", "roleId": role["id"]})
    for number, step in enumerate(steps):
        named = {"name": f"{mark} policy {number}", "documentType": "Flow", "department": mark}
        policy = await made(person, "createApprovalPolicy", named, "approvalPolicy")
        for _ in range(2):
            await made(person, "addApprovalPolicyStep", {"policyId": policy, **step}, "approvalPolicyStep")
    days = {"fromDate": "2026-06-30", "toDate": "2026-07-01"}
    await made(person, "delegateApprovals", {"toUserId": colleague, **days}, "delegation")


async def fill_staff(person: Person, mark: str) -> None:
    """Employ two people, one of whom reports to the other, with all that an employee can have."""
    days = await made(person, "createHolidayList", {"name": mark}, "holidayList")
    await made(person, "addHoliday", {"holidayListId": days, "day": "2026-12-25", "name": mark}, "holiday")
    week = await made(person, "createWorkCalendar", {"name": mark}, "workCalendar")
    place = {"name": mark, "country": "DE", "timezone": "UTC", "address": mark}
    place |= {"holidayListId": days, "workCalendarId": week}
    site = await made(person, "createWorkLocation", place, "workLocation")
    found = (await person.ask("{ departments(first: 1) { nodes { id } } }")).data["departments"]["nodes"]
    department = found[0]["id"]
    kind = await made(person, "createLeaveType", {"name": mark, "limited": False}, "leaveType")
    policy = await made(person, "createLeavePolicy", {"name": mark}, "leavePolicy")
    await made(person, "createLeavePolicy", {"name": f"{mark} other"}, "leavePolicy")
    await made(person, "addLeavePolicyType", {"policyId": policy, "leaveTypeId": kind}, "leavePolicyType")
    boss: dict[str, str] = {}
    for number in range(2):
        at = {"departmentId": department, "title": mark, "grade": mark}
        seat = await made(person, "createPosition", {"code": f"{mark} {number}", **at}, "position")
        texts = ("legalFirstName", "legalLastName", "preferredName", "phone", "gender", "address", "taxId")
        more = ("bankAccount", "jobTitle", "grade", "costCenter", "socCode")
        named = dict.fromkeys((*texts, *more), mark[:20])
        numbered = {"employeeNo": f"{mark} {number}", "workEmail": f"{mark}-{number}@staff.example"}
        terms = {"hireDate": "2026-01-01", "baseAmount": "1000", "currency": "EUR", "frequency": "MONTH"}
        placed = {"locationId": site, "departmentId": department, "positionId": seat, **boss}
        own = {"workCalendarId": week, "holidayListId": days}
        employee = await made(person, "createEmployee", {**named, **numbered, **terms, **placed, **own}, "employee")
        boss = {"managerId": employee}
        whose = {"employeeId": employee, "name": mark, "relationship": "OTHER"}
        await made(person, "addDependent", whose, "dependent")
        await made(person, "addEmergencyContact", {**whose, "phone": mark[:20]}, "emergencyContact")
        paper = {"employeeId": employee, "type": "OTHER", "title": mark, "number": mark}
        document = await made(person, "addEmployeeDocument", paper, "employeeDocument")
        await made(person, "verifyEmployeeDocument", {"id": document}, "employeeDocument")
        await fill_leave(person, mark, employee, kind, policy, document)
    await fill_okrs(person, mark, boss["managerId"])


async def fill_leave(person: Person, mark: str, employee: str, kind: str, policy: str, document: str) -> None:
    """Let an employee have leave, ask for some, and be given some by hand."""
    given = {"id": employee, "policyId": policy, "effectiveFrom": "2026-01-01"}
    await made(person, "assignLeavePolicy", given, "leavePolicyAssignment")
    leave = {"id": employee, "leaveTypeId": kind}
    texts = {"reason": mark, "contactDuring": mark, "documentId": document}
    days = {"fromDate": "2026-06-29", "toDate": "2026-06-30", "asDraft": True}
    await made(person, "requestLeave", {**leave, **days, **texts}, "leaveRequest")
    extra = {"days": "1", "effectiveOn": "2026-01-01", "reason": mark}
    await made(person, "adjustLeave", {**leave, **extra}, "leaveLedgerEntry")


async def fill_okrs(person: Person, mark: str, employee: str) -> None:
    """Set an objective that is a draft, and one of a team that is aligned to it and reported on."""
    team = (await person.ask("{ teams(first: 1) { nodes { id } } }")).data["teams"]["nodes"][0]["id"]
    user = (await person.ask("{ users(first: 1, orderBy: [{ id: ASC }]) { nodes { id } } }")).data["users"]["nodes"][0][
        "id"
    ]
    days = {"name": mark, "startsOn": "2026-01-01", "endsOn": "2031-12-31"}
    due = {"selfReviewDue": "2031-01-01", "managerReviewDue": "2031-01-02", "calibrationDue": "2031-01-03"}
    cycle = await made(person, "createPerformanceCycle", {**days, **due, "releaseOn": "2031-01-04"}, "performanceCycle")
    await made(person, "openPerformanceCycle", {"id": cycle}, "performanceCycle")
    said = {"objective": mark, "description": mark, "cycleId": cycle}
    draft = await made(person, "createOkr", {**said, "ownerType": "EMPLOYEE", "employeeId": employee}, "okr")
    ours = {"ownerType": "TEAM", "teamId": team, "parentId": draft}
    active = await made(person, "createOkr", {**said, **ours}, "okr")
    for okr in (draft, active):
        named = {"id": okr, "title": mark, "weight": "50", "unit": mark[:20], "dueOn": "2031-01-01", "ownerId": user}
        counted = {"metricType": "NUMBER", "startValue": "0", "targetValue": "9"}
        measure = await made(person, "addKeyResult", {**named, **counted}, "keyResult")
        steps = await made(person, "addKeyResult", {**named, "metricType": "MILESTONE"}, "keyResult")
        step = {"id": steps, "title": mark, "dueOn": "2031-01-01"}
        milestone = await made(person, "addKeyResultMilestone", step, "keyResultMilestone")
    await made(person, "activateOkr", {"id": active}, "okr")
    report = {"id": measure, "confidence": 5, "value": "4", "comment": mark}
    await made(person, "checkInKeyResult", report, "keyResultCheckIn")
    await made(person, "changeKeyResultTarget", {"id": measure, "targetValue": "8", "reason": mark}, "keyResult")
    await made(person, "completeKeyResultMilestone", {"id": milestone}, "keyResultMilestone")


async def add_okrs(session: Any, stamps: Mapping[str, Any], mark: str) -> None:
    """Put in objectives of all kinds of owners, aligned to those that there are, some closed, measured by bands."""
    [draft, active] = await session.scalars(select(Okr).where(Okr.objective == mark).order_by(Okr.id))
    [department] = await session.scalars(select(Department.id).order_by(Department.id).limit(1))
    [user] = await session.scalars(select(User.id).order_by(User.id).limit(1))
    person = {"owner_type": "employee", "employee_id": draft.employee_id, "user_id": draft.user_id}
    owners = (person, {"owner_type": "team", "team_id": active.team_id})
    owners = (*owners, {"owner_type": "department", "department_id": department}, {"owner_type": "company"})
    above, done = active.id, datetime.now(UTC)
    begun = {"status": "active", "activated_on": date(2026, 1, 2)}
    ended = {"status": "completed", "closed_at": done, "final_score": 1, "closed_note": mark}
    for place, owner in enumerate((*owners, *owners)):
        named = {"cycle_id": draft.cycle_id, "objective": mark, "parent_id": above}
        counts = {"weight": 1, "key_results_weight": 1, "progress": 0, "visibility": "public"}
        nothing = dict.fromkeys(("employee_id", "user_id", "team_id", "department_id", "description"))
        known = {**nothing, **named, **counts, **begun, **(ended if place % 2 else {}), **owner}
        above = uuid7()
        await session.execute(insert(Okr).values(id=above, **stamps, **known))
        kept = {"metric_type": "number", "direction": "maintain", "start_value": 2, "band_low": 1, "band_high": 3}
        band = {"okr_id": above, "title": mark, "weight": 100, "current_value": 2, "progress": 100, **kept}
        measure = uuid7()
        await session.execute(insert(KeyResult).values(id=measure, owner_id=user, **stamps, **band))
        moved = {"band_low_before": 0, "band_low_after": 1, "band_high_before": 2, "band_high_after": 3}
        moved |= {"progress_before": 0, "progress_after": 100, "reason": mark, "key_result_id": measure}
        await session.execute(insert(KeyResultTargetChange).values(id=uuid7(), **stamps, **moved))
        said = {"checked_in_on": date(2026, 1, 2), "value": 2, "confidence": 3, "key_result_id": measure}
        await session.execute(insert(KeyResultCheckIn).values(id=uuid7(), **stamps, **said))
        step = {"title": mark, "weight": 1, "key_result_id": measure}
        await session.execute(insert(KeyResultMilestone).values(id=uuid7(), **stamps, **step))
    cycle = {"name": f"{mark} next", "kind": "probation", "starts_on": date(2032, 1, 1), "ends_on": date(2032, 1, 2)}
    cycle |= {"status": "draft", "check_in_days": 7}
    await session.execute(insert(PerformanceCycle).values(id=uuid7(), **stamps, **cycle))


async def fill_hires(person: Person, mark: str, flow: str, colleague: str) -> None:
    """Invite new hires to a published flow, all looked after by one colleague."""
    for number in range(2):
        colleagues = {"managerId": colleague, "buddyId": colleague, "hrOwnerId": colleague}
        named = {"firstName": f"{mark} {number}", "lastName": mark, "position": mark, "personalPhone": mark}
        address = f"{mark}-{number}-{flow[-4:].lower()}@hires.example"
        hire = await made(person, "createNewHire", {"flowId": flow, "email": address, **named, **colleagues}, "newHire")
        await made(person, "sendInvitation", {"id": hire}, "newHire")


async def fill_people(person: Person, mark: str, first: str) -> None:
    """Invite people, and put them into a team, whose manager is the first user, as is its first member."""
    told = {"name": f"{mark} team", "description": f"About {mark}", "department": mark, "managerId": first}
    team = await made(person, "createTeam", told, "team")
    await made(person, "addTeamMember", {"id": team, "userId": first}, "team")
    part = await made(person, "createDepartment", {"name": f"{mark} part", "headId": first}, "department")
    whole = await made(person, "createDepartment", {"name": f"{mark} whole", "headId": first}, "department")
    above = await made(person, "createDepartment", {"name": f"{mark} above", "headId": first}, "department")
    for one, around in ((part, whole), (whole, above)):
        await made(person, "updateDepartment", {"id": one, "parentId": around}, "department")
    for user in {first, ids.encode("User", person.asking.principal.id or UUID(int=0))}:
        await made(person, "updateUser", {"id": user, "homeDepartmentId": part}, "user")
    duty = {"name": f"{mark} duty", "description": mark, "permissions": ["company.read"]}
    role = await made(person, "createRole", duty, "role")
    for about in ({"scope": "DEPARTMENT", "departmentId": part}, {"scope": "TEAM", "teamId": team}):
        await made(person, "giveRole", {"id": first, "roleId": role, **about}, "user")
    for number in range(3):
        named = {"firstName": f"{mark} {number}", "lastName": mark, "department": mark, "homeDepartmentId": part}
        user = await made(person, "createUser", {"email": f"{mark}-{number}@people.example", **named}, "user")
        await made(person, "addTeamMember", {"id": team, "userId": user}, "team")


async def add_role(company: CompanyWorld, mark: str) -> None:
    """Put in a role of the company's own, and what a role allows; the others are called the same everywhere."""
    now = datetime.now(UTC)
    role = {"name": f"{mark} role", "description": mark}
    async with company.world.parts.database.transacting(company.tenant.placement) as session:
        stamps = {"tenant_id": company.tenant.id, "created_at": now, "updated_at": now}
        await session.execute(insert(Role).values(id=uuid7(), built_in=False, **stamps, **role))
        [first] = await session.scalars(select(Role.id).order_by(Role.id).limit(1))
        allowed = {"role_id": first, "permission": "company.read"}
        await session.execute(insert(RolePermission).values(id=uuid7(), **stamps, **allowed))


async def add_what_follows(company: CompanyWorld, mark: str) -> None:
    """Put in what only sessions and new hires make: sessions, proofs, an upload; and a content type of its own.

    Sessions are shown by the API, also as they were: they are put in with what is noted of that.
    """
    now = datetime.now(UTC)
    stamps = {"tenant_id": company.tenant.id, "created_at": now, "updated_at": now}
    kind = {"name": mark, "base": "text_input", "display_name": mark, "default_config": {}, "is_active": True}
    async with company.world.parts.database.transacting(company.tenant.placement) as session:
        [user] = await session.scalars(select(User.id).order_by(User.id).limit(1))
        [progress] = await session.scalars(select(Progress.id).order_by(Progress.id).limit(1))
        [file] = await session.scalars(select(File.id).order_by(File.id).limit(1))
        token = {"user_id": user, "family": uuid7(), "token_hash": mark.encode(), "expires_at": now}
        proof = {"token_hash": mark.encode(), "expires_at": now}
        [connection] = await session.scalars(select(SsoProvider.id).order_by(SsoProvider.id).limit(1))
        signed_on = {"user_id": user, "provider_id": connection}
        signed_in = {"user_id": user, "last_used_at": now, "expires_at": now, "address": mark, "user_agent": mark}
        system = Principal("system", tenant_id=company.tenant.id)
        context = Context(Asking(system, company.tenant, company.keyring, now, mark), session, "fill")
        context.add(*(UserSession(id=uuid7(), **signed_in) for _ in range(2)))
        feed = {"kind": CalendarFeedKind.TEAM, "name": mark, "renewed_at": now, "last_fetched_at": now}
        context.add(CalendarFeed(id=uuid7(), user_id=user, **feed))
        context.add(SsoIdentity(id=uuid7(), subject=mark, **signed_on))
        await add_what_jobs_make(context, user, file, mark)
        accesses = [SupportAccess(id=uuid7(), until=now, granted_by_id=user, withdrawn_at=at) for at in (now, None)]
        context.add(*accesses)
        await context.flush()
        acting = {"actor_name": mark, "actor_role": mark, "user_id": user, "reason": mark, "ticket_ref": mark}
        acting |= {"mode": "read_write", "started_at": now, "expires_at": now, "consent_id": accesses[0].id}
        context.add(*(ImpersonationSession(id=uuid7(), actor_user_id=uuid7(), **acting) for _ in range(2)))
        await context.flush()
        [policy] = await session.scalars(select(ApprovalPolicy.id).order_by(ApprovalPolicy.id).limit(1))
        [flow] = await session.scalars(select(Flow.id).order_by(Flow.id).limit(1))
        asked = {"title": mark, "department": mark, "reason": mark, "requester_id": user, "policy_id": policy}
        asked |= {"policy_version": 1, "distinct_people": False, "tolerance_pct": 0, "status": "pending"}
        asked |= {"step": 0, "round": 1}
        request = ApprovalRequest(id=uuid7(), document_type="Flow", document_id=flow, **asked)
        context.add(request)
        await context.flush()
        await add_okrs(session, stamps, mark)
        others: list[UUID] = []
        for name, model in ENTITIES.items():
            for document in await session.scalars(select(model.id).order_by(model.id).limit(name != "Flow")):
                others.append(uuid7())
                about = {"id": others[-1], "document_type": name, "document_id": document}
                await session.execute(insert(ApprovalRequest).values(**stamps, **asked, **about))
        [last] = await session.scalars(select(User.id).order_by(User.id.desc()).limit(1))
        [role] = await session.scalars(select(Role.id).order_by(Role.id).limit(1))
        step = uuid7()
        meant = {"number": 0, "kind": "user", "user_id": user, "role_id": role, "status": "pending"}
        said = {"step": 0, "round": 1, "verdict": "approved", "comment": mark, "decided_by_id": user}
        await session.execute(insert(ApprovalStep).values(id=step, request_id=others[0], **stamps, **meant))
        for model, row in (
            (ApprovalApprover, {"step_id": step, "user_id": last, "in_place_of_id": user}),
            (ApprovalDecision, {"request_id": request.id, "on_behalf_of_id": last, **said}),
            (CustomContentType, kind),
            (RefreshToken, token),
            (SecondFactor, {"user_id": user, "secret": mark.encode(), "last_step": 0, "uses": 0}),
            (RecoveryCode, {"user_id": user, "code_hash": mark.encode()}),
            (AddressProof, {"user_id": user, "email": f"{mark}@x.example", "token_version": 1, **proof}),
            (SsoCode, {**signed_on, "code_hash": mark.encode(), "browser_hash": mark.encode(), "expires_at": now}),
            (OnboardingUpload, {"progress_id": progress, "file_id": file}),
        ):
            await session.execute(insert(model).values(id=uuid7(), **stamps, **row))


async def add_what_jobs_make(context: Context, user: UUID, file: UUID, mark: str) -> None:
    """Put in what jobs make: imports with what they keep of their rows, and how far the leave of each was posted."""
    named = {"type": mark, "mapping": {mark: mark}, "failure_message": mark, "headers": [mark]}
    runs = [Import(id=uuid7(), file_id=file, started_by_id=user, **named) for _ in range(2)]
    context.add(*runs)
    posted = set(await context.all(select(LeaveAccrualRun.employee_id)))
    for employee in await context.all(select(Employee).where(Employee.id.not_in(posted)).order_by(Employee.id)):
        whose = {"employee_id": employee.id, "user_id": employee.user_id}
        context.add(LeaveAccrualRun(id=uuid7(), through=context.now.date(), ran_at=context.now, **whose))
    await context.flush()
    row = {"tenant_id": context.asking.tenant.id, "import_id": runs[0].id, "row_number": 2}
    refused = {"header": mark, "field": mark, "code": mark, "message": mark}
    context.session.add(
        *(ImportRejection(id=uuid7(), **row, **refused) for _ in range(2)),
        PostponedRow(id=uuid7(), **row, position=7),
        RehearsedKey(id=uuid7(), tenant_id=row["tenant_id"], import_id=runs[0].id, mark=mark.encode()),
    )


async def fill_profile(person: Person, mark: str) -> None:
    """Write the mark into every text of the company's profile, the encrypted one too."""
    company = (await person.ask("{ company { id } }")).data["company"]["id"]
    texts = {name: f"{mark} {name}" for name in ("name", "legalName", "industry", "description", "taxId", "address")}
    web = f"https://{mark}.example/"
    await made(
        person,
        "updateCompany",
        {"id": company, "website": web, "logoUrl": web, "idempotencyKey": f"{mark} key", **texts},
    )


async def made(person: Person, mutation: str, given: dict[str, Any], result: str = "") -> str:
    """Run a mutation that must succeed, and return the id of what it made or changed."""
    result = result or {"updateCompany": "company", "addStage": "stage", "addContentBlock": "contentBlock"}.get(
        mutation, "flow"
    )
    payload = await person.do(mutation, given, f"{result} {{ id }}")
    assert payload["refusals"] == [], payload["refusals"]
    return payload[result]["id"]
