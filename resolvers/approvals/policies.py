"""Approval policies: what one may say, and which one a document follows.

A policy is followed where its type is the document's, its department is that of the document or any, and its band holds
the amount: from its first amount on, up to its last one and without it. Of several, the one that says more is followed,
a department and a band counting alike; then the one of higher priority; then the one with the department.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import func, select

from db.models.approvals import ApprovalPolicy, ApprovalPolicyStep, ApproverKind
from db.models.identity import Role, User
from resolvers.approvals.documents import Facts, approvables
from resolvers.approvals.people import APPROVE
from resolvers.approvals.refusals import NoApprovalPolicy, PolicyWithoutSteps
from resolvers.context import Context, Looking, words
from resolvers.duties import SeparationOfDuties, audited, separate
from resolvers.plain import Also
from resolvers.refusals import InvalidInput, NotFound, Overlaps

COOLING: Final = timedelta(hours=72)
"""For how long whoever has changed a policy decides nothing under it."""


separate(
    APPROVE,
    ApprovalPolicy,
    audited(ApprovalPolicy, (ApprovalPolicyStep, ApprovalPolicyStep.policy_id), within=COOLING),
    says="You have changed the policy that it follows within the last 72 hours.",
    parts=(ApprovalPolicyStep,),
)


async def check_policy(context: Context, policy: ApprovalPolicy, **_given: Any) -> None:
    """Refuse a policy about documents that there are not, or whose band says nothing."""
    declared = approvables().get(policy.document_type)
    if declared is None:
        known = ", ".join(sorted(approvables()))
        raise InvalidInput(f"No documents of this type can need approval; there are {known}.", path=("document_type",))
    if not policy.name.strip():
        raise InvalidInput("A name cannot be blank.", path=("name",))
    policy.department = (policy.department or "").strip() or None
    _check_band(policy, has_amount=declared.has_amount)
    if policy.active:
        await _expect_steps(context, policy)


def _check_band(policy: ApprovalPolicy, *, has_amount: bool) -> None:
    if policy.currency is not None and not has_amount:
        raise InvalidInput("Documents of this type have no amount.", path=("currency",))
    bounds = {"from_amount": policy.from_amount, "to_amount": policy.to_amount}
    given = next((name for name, bound in bounds.items() if bound is not None), None)
    if given and policy.currency is None:
        raise InvalidInput("Say in which currency.", path=("currency",))
    if policy.from_amount is not None and policy.to_amount is not None and policy.from_amount >= policy.to_amount:
        raise InvalidInput("The band ends above where it begins.", path=("to_amount",))


async def _expect_steps(context: Context, policy: ApprovalPolicy) -> None:
    [count] = await context.all(select(func.count()).where(ApprovalPolicyStep.policy_id == policy.id))
    if not count:
        raise PolicyWithoutSteps("Add a step before it is followed.", path=("active",))
    await _expect_others(context, policy)


async def _expect_others(context: Context, policy: ApprovalPolicy) -> None:
    """Refuse to have a policy followed by which nobody but its maker would approve anything."""
    steps: Sequence[ApprovalPolicyStep] = await context.all(
        select(ApprovalPolicyStep).where(ApprovalPolicyStep.policy_id == policy.id)
    )
    if context.principal.user_id is not None and {step.user_id for step in steps} == {context.principal.user_id}:
        raise SeparationOfDuties("You make the policy, so you cannot be the only one who approves by it.")


async def check_step(context: Context, step: ApprovalPolicyStep, **_given: Any) -> None:
    """Refuse a step that names nobody of the company, does not say who approves, or says it twice."""
    for name, model in (("user_id", User), ("role_id", Role)):
        named = getattr(step, name)
        if named is not None and not await context.all(select(model.id).where(model.id == named)):
            raise NotFound(f"There is no such {words(model.__name__)}.", path=(name,))
    needed = {ApproverKind.USER: "user_id", ApproverKind.ROLE: "role_id", ApproverKind.NTH_MANAGER: "level"}
    for kind, name in needed.items():
        if (step.kind is kind) != (getattr(step, name) is not None):
            said = "It is needed by this kind of step." if step.kind is kind else "Another kind of step has it."
            raise InvalidInput(said, path=(name,))


async def note_step(context: Context, step: ApprovalPolicyStep, **_given: Any) -> None:
    """Hold what is asked of a policy that is followed against its steps as they are now."""
    policy = await context.one(ApprovalPolicy, step.policy_id)
    if policy.active:
        await _expect_others(context, policy)


async def keep_a_step(context: Context, step: ApprovalPolicyStep) -> None:
    """Refuse to take the last step from a policy that is followed."""
    policy = await context.one(ApprovalPolicy, step.policy_id)
    [count] = await context.all(select(func.count()).where(ApprovalPolicyStep.policy_id == policy.id))
    if policy.active and count == 1:
        raise PolicyWithoutSteps("It is the last step of a policy that is followed.")


POLICY: Final = Also(before=check_policy, refuses=(Overlaps, PolicyWithoutSteps, SeparationOfDuties))
STEP: Final = Also(before=check_step, run=note_step, refuses=(SeparationOfDuties,))
STEP_GONE: Final = Also(before=keep_a_step, refuses=(PolicyWithoutSteps,))


async def policies_for(looking: Looking, document_type: str) -> Sequence[ApprovalPolicy]:
    """Return the policies that are followed for a type of document: one look at an index."""
    followed = select(ApprovalPolicy).where(ApprovalPolicy.active, ApprovalPolicy.document_type == document_type)
    return await looking.all(followed.order_by(ApprovalPolicy.id))


def policy_for(policies: Sequence[ApprovalPolicy], facts: Facts) -> ApprovalPolicy | None:
    """Return the policy that a document follows; None where none is about it.

    Where policies are about other currencies alone, nobody has said what is little in this one: that is refused.
    """
    own = [each for each in policies if each.department in {None, facts.department}]
    fitting = [each for each in own if each.currency is None or _holds(each, facts)]
    if fitting:
        return max(fitting, key=_rank)
    if own and all(each.currency != facts.currency for each in own):
        raise NoApprovalPolicy(f"No policy says who approves amounts in {facts.currency}.")
    return None


def _holds(policy: ApprovalPolicy, facts: Facts) -> bool:
    """Tell whether the band of a policy holds an amount: [from, to)."""
    amount = facts.amount
    if amount is None or policy.currency != facts.currency:
        return False
    begins = policy.from_amount is None or policy.from_amount <= amount
    return begins and (policy.to_amount is None or amount < policy.to_amount)


def _rank(policy: ApprovalPolicy) -> tuple[int, int, bool]:
    says = (policy.department is not None) + (policy.currency is not None)
    return says, policy.priority, policy.department is not None
