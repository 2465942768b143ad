"""Onboarding, as it is public: flows, their stages and blocks, and the operations on flows."""

from db.models.onboarding import ContentBlock, Flow, Stage
from resolvers.onboarding import (
    FLOW,
    archive_flow,
    block_in_draft,
    edit_flow,
    estimated_minutes,
    flow_is_draft,
    publish_flow,
    stage_in_draft,
)
from schema.derive.declare import Domain, entity

onboarding = Domain(
    module="onboarding",
    entities=[
        entity(Flow, read="onboarding.read", write="onboarding.edit", guard=flow_is_draft),
        entity(Stage, read="onboarding.read", write="onboarding.edit", create_as="add", guard=stage_in_draft),
        entity(ContentBlock, read="onboarding.read", write="onboarding.edit", create_as="add", guard=block_in_draft),
    ],
    operations=[publish_flow, edit_flow, archive_flow],
    computed=[estimated_minutes],
    machines=[FLOW],
)
