"""Approvals, as they are public: policies, requests, who stands in for whom, and what waits for somebody."""

from db.models.approvals import (
    ApprovalApprover,
    ApprovalDecision,
    ApprovalPolicy,
    ApprovalPolicyStep,
    ApprovalRequest,
    ApprovalStep,
    Delegation,
)
from resolvers.approvals.clock import ESCALATING
from resolvers.approvals.deciding import READ, decisions
from resolvers.approvals.delegating import delegate_approvals, my_delegations, revoke_delegation
from resolvers.approvals.inbox import approval, approval_inbox, my_approval_requests, my_approvals
from resolvers.approvals.policies import POLICY, STEP, STEP_GONE
from resolvers.approvals.requesting import CHANGING
from resolvers.approvals.running import MANAGE, REQUEST
from resolvers.approvals.shown import can_decide, requested_by, steps
from resolvers.approvals.shown import decisions as shown_decisions
from resolvers.onboarding.flows import PUBLISHING
from schema.derive.declare import Domain, entity

approvals = Domain(
    module="company",
    entities=[
        entity(ApprovalPolicy, read=READ, write=MANAGE, plural="approvalPolicies", created=POLICY, updated=POLICY),
        entity(
            ApprovalPolicyStep, read=READ, write=MANAGE, create_as="add", created=STEP, updated=STEP, deleted=STEP_GONE
        ),
        entity(ApprovalRequest, read=READ),
        entity(Delegation, read=READ),
    ],
    operations=[*decisions([PUBLISHING.kind]), delegate_approvals, revoke_delegation],
    readings=[my_approvals, my_approval_requests, approval, my_delegations],
    watchings=[approval_inbox],
    computed=[requested_by, can_decide, steps, shown_decisions],
    machines=[REQUEST],
    emitters=[ESCALATING, CHANGING],
    internal=[
        (ApprovalStep, "shown as the steps of its request, with who may decide each"),
        (ApprovalApprover, "shown among those who may decide a step of a request"),
        (ApprovalDecision, "shown as the decisions of its request; nobody changes one"),
    ],
)
