"""Leave, as it is public: types and policies, requests, the ledger of days, and what follows from it."""

from db.models.hr import (
    LeaveAccrualRun,
    LeaveLedgerEntry,
    LeavePolicy,
    LeavePolicyAssignment,
    LeavePolicyType,
    LeaveRequest,
    LeaveType,
)
from resolvers.time_off.asking import DISCARDED, request_leave, submit_leave
from resolvers.time_off.balances import explain_leave_balance, leave_balances, my_leave_balances
from resolvers.time_off.deciding import approve_leave, cancel_leave, reject_leave
from resolvers.time_off.granting import adjust_leave, assign_leave_policy, encash_leave
from resolvers.time_off.posting import POSTING
from resolvers.time_off.reports import absence_rate, leave_liability, who_is_away
from resolvers.time_off.states import REQUEST
from schema.derive.declare import Domain, entity

READ, WRITE = "leave.read", "leave.manage"

leave = Domain(
    module="hr",
    entities=[
        entity(LeaveType, read=READ, write=WRITE, verbs=["create", "update"]),
        entity(LeavePolicy, read=READ, write=WRITE, plural="leavePolicies", verbs=["create", "update"]),
        entity(LeavePolicyType, read=READ, write=WRITE, verbs=["create", "delete"], create_as="add", listed=False),
        entity(LeavePolicyAssignment, read=READ),
        entity(LeaveRequest, read=READ, write="leave.request", verbs=["delete"], deleted=DISCARDED),
        entity(LeaveLedgerEntry, read=READ, plural="leaveLedgerEntries"),
        entity(LeaveAccrualRun, read=READ),
    ],
    operations=[
        assign_leave_policy,
        request_leave,
        submit_leave,
        approve_leave,
        reject_leave,
        cancel_leave,
        adjust_leave,
        encash_leave,
    ],
    readings=[my_leave_balances, explain_leave_balance, who_is_away, leave_liability, absence_rate],
    computed=[leave_balances],
    machines=[REQUEST],
    emitters=[POSTING],
)
