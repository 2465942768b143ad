"""Policies made through the API, documents with an amount that ask for approval, and people with managers."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from uuid_utils.compat import uuid7

from auth.principal import Principal
from db.models.identity import Team
from resolvers.approvals.clock import ApprovalClock
from resolvers.approvals.documents import Approvable, Facts
from resolvers.approvals.requesting import request_approval, reset_if_changed
from resolvers.context import Context
from resolvers.refusals import Refused
from resolvers.turns import Turns
from schema.derive import ids
from tests.identity.test_people import me, role
from tests.world import CompanyWorld, Person

SHOWN: Final = """approvalRequest {
  id version status step round amount currency reason
  steps { number status approvers { id name } dueAt }
  decisions { step verdict comment decidedBy { id } onBehalfOf { id } }
}"""
SEEN: Final = "query($id: ID!) { approval(id: $id) {" + SHOWN.partition("{")[2] + "}"
INBOX: Final = (
    "query($first: Int, $after: ID) { myApprovals(first: $first, after: $after) { total next requests { id title } } }"
)
FACTS: Final[dict[UUID, Facts]] = {}
"""What the documents of these tests are worth."""

ENDED: Final[list[tuple[str, UUID, Principal]]] = []
"""How documents of these tests have ended, and as whose act."""


async def _facts(_looking: object, team: Team, _requester: UUID) -> Facts:
    return FACTS[team.id]


def _ended(how: str) -> Any:
    async def note(context: Context, team: Team) -> None:
        ENDED.append((how, team.id, context.principal))

    return note


TEAMS: Final = Approvable(
    model=Team,
    needs="teams.edit",
    title=lambda team: team.name,
    facts=_facts,
    has_amount=True,
    approved=_ended("approved"),
    rejected=_ended("rejected"),
    cancelled=_ended("cancelled"),
)
"""Teams stand for documents with an amount, of which there are none yet."""


def codes(payload: Any) -> list[str]:
    return [each["code"] for each in payload["refusals"]]


def by_name(person: Person) -> dict[str, Any]:
    return {"kind": "USER", "userId": me(person)}


MANAGER: Final = {"kind": "MANAGER"}


def above(level: int) -> dict[str, Any]:
    return {"kind": "NTH_MANAGER", "level": level}


async def by_role(person: Person, name: str) -> dict[str, Any]:
    return {"kind": "ROLE", "roleId": await role(person, name)}


async def a_policy(maker: Person, *steps: dict[str, Any], active: bool = True, **given: Any) -> str:
    """Make a policy with some steps, followed unless said otherwise, and return its id."""
    named = {"name": "Spending", "documentType": "Team", **given}
    made = await maker.do("createApprovalPolicy", named, "approvalPolicy { id }")
    assert made["refusals"] == [], made
    policy: str = made["approvalPolicy"]["id"]
    for step in steps:
        added = await maker.do("addApprovalPolicyStep", {"policyId": policy, **step})
        assert added["refusals"] == [], added
    if active:
        followed = await maker.do("updateApprovalPolicy", {"id": policy, "active": True})
        assert followed["refusals"] == [], followed
    return policy


@dataclass
class Document:
    """Something of a company that somebody wants approved."""

    company: CompanyWorld
    id: UUID

    def is_worth(self, amount: str | None, currency: str = "EUR", department: str | None = None) -> None:
        """Say what it is worth from now on."""
        FACTS[self.id] = Facts(Decimal(amount) if amount else None, currency if amount else None, department)

    async def ask(self, person: Person) -> str | None:
        """Ask for its approval, and return the request; refusals are raised."""
        return await self._asked(person, request_approval)

    async def change(self, person: Person, amount: str, currency: str = "EUR") -> str | None:
        """Change what it is worth, as a domain does, and return the request that waits then."""
        self.is_worth(amount, currency)
        return await self._asked(person, reset_if_changed)

    async def _asked(self, person: Person, ask: Any) -> str | None:
        database, placement = self.company.world.parts.database, self.company.tenant.placement
        async with database.transacting(placement) as session:
            context = Context(person.asking, session, "ask_for_approval")
            request = await ask(context, TEAMS, await context.one(Team, self.id))
            await context.flush()
        return ids.encode("ApprovalRequest", request.id) if request else None

    async def refused(self, person: Person) -> Refused:
        """Ask for its approval, and return why that is refused."""
        try:
            await self.ask(person)
        except Refused as refusal:
            return refusal
        raise AssertionError


async def a_document(company: CompanyWorld, amount: str | None = "100", **facts: Any) -> Document:
    """Put in something that is worth this much."""
    name, row = f"Document {uuid7().hex[-8:]}", uuid7()
    await company.rows(
        "insert into pool.teams (tenant_id, id, name, created_at, updated_at, version)"
        " values (:tenant, :id, :name, now(), now(), 1) returning 1",
        id=row,
        name=name,
    )
    document = Document(company, row)
    document.is_worth(amount, **facts)
    return document


async def reports(company: CompanyWorld, person: Person, manager: Person | None) -> None:
    """Have somebody report to somebody."""
    boss = manager.asking.principal.id if manager else None
    await company.rows(
        "update pool.users set manager_id = :boss where tenant_id = :tenant and id = :id returning 1",
        id=person.asking.principal.id,
        boss=boss,
    )


async def leaves(company: CompanyWorld, person: Person) -> None:
    """Have somebody be shut out."""
    await company.rows(
        "update pool.users set is_active = false where tenant_id = :tenant and id = :id returning 1",
        id=person.asking.principal.id,
    )


async def approve(person: Person, request: str, **given: Any) -> list[str]:
    """Approve, and return the codes of the refusals."""
    return codes(await person.do("approveRequest", {"id": request, **given}))


async def reject(person: Person, request: str, reason: str = "Too much.") -> list[str]:
    return codes(await person.do("rejectRequest", {"id": request, "reason": reason}))


async def seen(person: Person, request: str | None) -> Any:
    """What somebody is shown of a request; None of one that they have nothing to do with."""
    return (await person.ask(SEEN, {"id": request})).data["approval"]


async def statuses(person: Person, request: str | None) -> tuple[str, list[str]]:
    """Where a request stands, and where its steps do."""
    found = await seen(person, request)
    return found["status"], [step["status"] for step in found["steps"]]


async def approvers(person: Person, request: str | None, step: int = 0) -> set[str]:
    """The ids of those who may decide a step."""
    return {each["id"] for each in (await seen(person, request))["steps"][step]["approvers"]}


async def inbox(person: Person) -> list[str]:
    """What waits for somebody."""
    shown = (await person.ask(INBOX)).data["myApprovals"]
    assert shown["total"] == len(shown["requests"])
    return [each["id"] for each in shown["requests"]]


async def escalated(company: CompanyWorld, at: datetime) -> int:
    """Have go up what is late at a moment."""
    parts = company.world.parts
    turns = Turns(parts.database, parts.catalog, company.world.wiring.master_key, clock=lambda: at)
    return await ApprovalClock(turns).escalate([company.tenant])


async def told(company: CompanyWorld, kind: str) -> list[Any]:
    """The data of the events of a type, the first one first."""
    asked = "select data from pool.event_outbox where tenant_id = :tenant and type = :type order by sequence"
    return [row[0] for row in await company.rows(asked, type=kind)]
