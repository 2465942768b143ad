"""The objects of a company that are named by their ids: the first of each type that can be changed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from tests.wall.parties import Party, looked_at
from tests.world import CompanyWorld

DRAFTS: Final = "select id from pool.onboarding_flows where tenant_id = :tenant and status = 'draft'"
HERE: Final = "select id from pool.new_hires where tenant_id = :tenant and status = 'active'"
WORKED_ON: Final = "select id from pool.okrs where tenant_id = :tenant and status = 'active'"
CHANGEABLE: Final[Mapping[str, str]] = {
    "Stage": f"stages where flow_id in ({DRAFTS})",
    "ContentBlock": f"content_blocks where stage_id in (select id from pool.stages where flow_id in ({DRAFTS}))",
    "Role": "roles where not built_in",
    "Progress": f"progress where status = 'completed' and live and new_hire_id in ({HERE})",
    "SupportAccess": "support_accesses where withdrawn_at is null",
    "ApprovalRequest": "approval_requests where status = 'pending'",
    "Okr": "okrs where status = 'draft' and id in (select okr_id from pool.key_results)",
    "PerformanceCycle": "performance_cycles where status = 'open'",
    "KeyResult": f"key_results where metric_type = 'milestone' and okr_id in ({WORKED_ON})",
    "LeavePolicy": "leave_policies p where not exists (select from pool.leave_policy_types t where t.policy_id = p.id)",
}
"""Which rows of a type can be changed, where not every one can."""

SOMEBODY_ELSES: Final = """
update pool.user_sessions set user_id = (select id from pool.users where tenant_id = :tenant order by id desc limit 1)
where id = (select id from pool.user_sessions where tenant_id = :tenant order by id limit 1) returning id"""
"""Gives the first session to the last user: those of who asks are ended by `revokeOtherSessions`."""


async def samples_of(company: CompanyWorld) -> Party:
    """Look at what a company has; what can be changed stands first."""
    await company.rows(SOMEBODY_ELSES)
    party = await looked_at(Party(company, await company.person("OWNER"), "", {}, {}))
    samples = dict(party.samples)
    for name, condition in CHANGEABLE.items():
        [(first,)] = await company.rows(f"select id from pool.{condition} and tenant_id = :tenant order by id limit 1")
        samples[name] = [first, *(each for each in samples[name] if each != first)]
    return replace(party, samples=samples)
