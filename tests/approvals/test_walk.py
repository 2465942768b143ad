"""The life of a request, walked at random by several who decide at once: only what is listed happens, and once."""

import asyncio
import random
from collections import Counter

import pytest

from resolvers.approvals.running import REQUEST
from tests.approvals.builders import ENDED, a_document, a_policy, approve, by_name, by_role, codes, reject, seen
from tests.world import CompanyWorld, Person

ROUNDS = range(8)
MOVES = "select type, data ->> 'from' origin, data ->> 'to' target from pool.event_outbox"
REFUSED = {"ILLEGAL_TRANSITION", "ALREADY_DECIDED", "NOT_AN_APPROVER", "SAME_PERSON"}


def test_the_machine_is_this() -> None:
    assert [(m.operation, [*map(str, m.sources)], str(m.target), m.by_clock) for m in REQUEST.moves] == [
        ("approve_request", ["pending"], "approved", False),
        ("reject_request", ["pending"], "rejected", False),
        ("cancel_approval_request", ["pending"], "cancelled", False),
        ("", ["pending", "approved"], "pending", True),
    ]


@pytest.mark.parametrize("seed", ROUNDS)
async def test_whatever_is_tried_at_once_only_listed_moves_are_made_each_told_once(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person, seed: int
) -> None:
    chance = random.Random(seed)
    people = [await company.person("FINANCE") for _ in range(3)]
    finance = await by_role(admin, "FINANCE")
    steps = [[finance, by_name(ben)], [finance, finance, by_name(ben)], [by_name(ben)]][seed % 3]
    await a_policy(admin, *steps, distinctPeople=seed % 2 == 0, tolerancePct="5")
    document = await a_document(company, "100")
    request = str(await document.ask(ada))
    for _ in range(4):
        deciders = chance.choices([*people, ben], k=chance.randint(2, 4))
        attempts = [
            reject(person, request) if chance.random() < 0.15 else approve(person, request) for person in deciders
        ]
        if chance.random() < 0.1:
            attempts.append(cancelled(ada, request))
        outcomes = await asyncio.gather(*attempts)
        assert {code for each in outcomes for code in each} <= REFUSED
        if chance.random() < 0.3:
            await document.change(ada, str(chance.choice([100, 104, 200, 300])))
    await expect_consistent(company, ada, request)


async def cancelled(person: Person, request: str) -> list[str]:
    return codes(await person.do("cancelApprovalRequest", {"id": request}))


async def expect_consistent(company: CompanyWorld, ada: Person, request: str) -> None:
    """Hold what is told and written against what is listed: one event and one audit entry for each move."""
    listed = {(str(source), str(move.target)) for move in REQUEST.moves for source in move.sources}
    told = await company.rows(
        f"{MOVES} where tenant_id = :tenant and data ? 'to' and type like 'approval.%' order by sequence"
    )
    status = "pending"
    for each in told:
        assert (each.origin, each.target) in listed
        assert each.origin == status, "each move begins where the one before has ended"
        status = each.target
    shown = await seen(ada, request)
    assert shown["status"].lower() == status
    moved = [each for each in told if each.origin != each.target]
    audited = await company.rows(
        "select new_values ->> 'status' status from pool.audit_logs where tenant_id = :tenant"
        " and entity_type = 'ApprovalRequest' and action = 'transition' order by id"
    )
    assert [each.status for each in audited] == [each.target for each in moved]
    decided = Counter((each["step"], each["verdict"]) for each in shown["decisions"] if shown["round"] == 1)
    assert all(count == 1 for count in decided.values()), "one decision of each step"
    ends = Counter(how for how, _, _ in ENDED)
    assert ends == Counter(each.target for each in told if each.target != "pending")
