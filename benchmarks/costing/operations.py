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

FORETOLD: Final[Mapping[str, str]] = {
    "users with roles and teams": (
        "{ users(first: 50) { nodes { id email roleNames manager { id } teams { nodes { role team { name } } } } } }"
    ),
    "teams with their people": (
        "{ teams { totalCount nodes { id name manager { lastName } members { nodes { user { firstName email } } } } } }"
    ),
    "roles with what they may": "{ roles { nodes { id name permissions users { totalCount } } } }",
    "one user by address": '{ users(where: { email: { contains: "demo" } }, first: 1) { nodes { id firstName } } }',
    "hires of a flow by country": (
        '{ newHires(where: { flow: { name: { startsWith: "E" } } }, orderBy: [{ country: ASC }, { lastName: DESC }])'
        " { totalCount nodes { lastName country startDate } } }"
    ),
    "hires with an open block": (
        "{ newHires(where: { progress: { some: { status: { eq: PENDING } } } }) { nodes { id lastName status } } }"
    ),
    "hires by month and state": (
        "{ newHires { groups(by: [{ startDate: MONTH }, { status: EACH }]) { key { startDate status } count } } }"
    ),
    "stages of all flows": "{ stages(first: 100) { nodes { id name position flow { name status } } } }",
    "blocks, the required ones": (
        "{ contentBlocks(first: 100, where: { required: { eq: true } }) { nodes { id type config stage { name } } } }"
    ),
    "one flow with all there is of it": (
        '{ flow(id: "<Flow 0>") { revisions(first: 5) { nodes { number publishedAt content } } '
        "stages { nodes { contentBlocks { nodes { id type position required assignee config } } } } } }"
    ),
    "content types": "{ contentTypes { name description configSchema } }",
    "tasks of mine": "{ myOnboardingTasks { title dueOn newHireId } }",
    "where people stop": '{ blockDropOff(flowId: "<Flow 0>") { title reached completed } }',
    "until they are productive": "{ timeToProductive { __typename } }",
    "where I am signed in": "{ mySessions { id lastUsedAt } }",
    "the sessions of all": "{ userSessions(first: 50) { nodes { id lastUsedAt user { email } } } }",
    "webhooks and what became of them": (
        "{ webhookEndpoints { totalCount nodes { id url status } } webhookDeliveries { nodes { id status } } }"
    ),
    "keys and their use": "{ apiKeys { nodes { id name scopes usage { day requests points } } } }",
    "the audit trail with values": (
        "{ auditLogs(first: 50, orderBy: [{ occurredAt: DESC }]) { nodes { action entityType oldValues newValues } } }"
    ),
    "a flow as it is": '{ entityAsOf(id: "<Flow 0>", at: "2100-01-01T00:00:00Z") { __typename } }',
    "I call myself otherwise": (
        'mutation { updateViewer(input: { locale: "de" }) { user { id locale } refusals { code } } }'
    ),
    "a flow is begun": (
        'mutation { createFlow(input: { name: "A flow", durationDays: 30 }) { flow { id } refusals { code } } }'
    ),
    "a stage is added": (
        'mutation { addStage(input: { flowId: "<Flow 0>", name: "A stage" }) { stage { id } refusals { code } } }'
    ),
}
"""Operations that the weights were not fitted to."""


def typical() -> dict[str, Operation]:
    """The operations to which the weights are fitted, with symbols for ids."""
    return _of(TYPICAL)


def foretold() -> dict[str, Operation]:
    """The operations to which they are not."""
    return _of(FORETOLD)


def _of(documents: Mapping[str, str]) -> dict[str, Operation]:
    return {name: Operation(document, {}) for name, document in documents.items()}
