"""Typical operations over the demo company, as people and programs ask them; `<Flow 0>` is the first flow by age."""

from collections.abc import Mapping
from typing import Final

from tests.engines.ground import Operation

COUNTS: Final = " ".join(
    f"{alias}: progress(where: {{status: {{eq: {status}}}}}) {{ totalCount }}"
    for alias, status in (("pending", "PENDING"), ("inProgress", "IN_PROGRESS"), ("completed", "COMPLETED"))
)
BLOCKS: Final = "contentBlocks(first: 10) { nodes { id type position content required } }"
TYPICAL: Final[Mapping[str, str]] = {
    "one flow by id": 'query { flow(id: "<Flow 0>") { id name description status durationDays updatedAt } }',
    "who I am": "{ viewer { email roles permissions company { name } } }",
    "the company": "{ company { id name industry size country timezone } }",
    "any object by id": '{ node(id: "<Flow 0>") { id ... on Flow { name status } } }',
    "a flow with stages and blocks": (
        f'{{ flow(id: "<Flow 0>") {{ id name stages(first: 10) {{ nodes {{ id name type {BLOCKS} }} }} }} }}'
    ),
    "flows with stages and blocks": (
        f"{{ flows(first: 5) {{ nodes {{ id name stages(first: 10) {{ nodes {{ id name {BLOCKS} }} }} }} }} }}"
    ),
    "a page of hires": "{ newHires(first: 20) { totalCount nodes { id firstName lastName email status startDate } } }",
    "hires with counts": f"{{ newHires(first: 20) {{ nodes {{ id firstName lastName {COUNTS} }} }} }}",
    "hires with what is computed": "{ newHires(first: 20) { nodes { id fullName percentage allowedTransitions "
    "{ name allowed } manager { firstName lastName roleNames } } } }",
    "hires with their progress": (
        "{ newHires(first: 20) { nodes { id lastName progress(first: 20) { nodes { id title status dueOn } } } } }"
    ),
    "200 entries of progress": "{ progressEntries(first: 200) { nodes { id title type status assignee updatedAt } } }",
    "200 entries with their hires": (
        "{ progressEntries(first: 200) { nodes { id title status newHire { id firstName lastName flow { name } } } } }"
    ),
    "200 entries with cursors": (
        "{ progressEntries(first: 200) { edges { cursor node { id title status } } pageInfo { endCursor } } }"
    ),
    "200 entries with answers": "{ progressEntries(first: 200) { nodes { id title value files { mime } } } }",
    "progress in groups": (
        "{ progressEntries { aggregate { count } groups(by: [{ status: EACH }]) { key { status } count } } }"
    ),
    "the pipeline of a flow": (
        '{ flowPipeline(flowId: "<Flow 0>") { flowName notStarted completed stages { __typename } } }'
    ),
    "the funnel of a flow": (
        '{ onboardingFunnel(flowId: "<Flow 0>") { flowName invited started completed stages { __typename } } }'
    ),
    "who is stuck": "{ stuckNewHires { id name flowName stuckDays percentage } }",
    "what is overdue": "{ overdueOnboardingTasks { __typename } }",
    "the audit trail": "{ auditLogs(first: 100) { nodes { id occurredAt action entityType } } }",
    "types of events": "{ eventTypes { type description schemaVersion emittedBy } }",
    "a flow is renamed": (
        'mutation { updateFlow(input: { id: "<Flow 0>", name: "Renamed" }) { flow { id name } refusals { code } } }'
    ),
    "a team is made": 'mutation { createTeam(input: { name: "A team" }) { team { id name } refusals { code } } }',
}


def typical() -> dict[str, Operation]:
    """The operations, with symbols for ids."""
    return {name: Operation(document, {}) for name, document in TYPICAL.items()}
