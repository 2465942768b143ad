"""Onboarding as it is written: flows, their stages and blocks, revisions, content types, and stage templates."""

from db.models.onboarding import ContentBlock, CustomContentType, Flow, FlowRevision, Stage, StageTemplate
from resolvers.onboarding.content_types import content_type, content_types, validate_content
from resolvers.onboarding.flows import (
    FLOW,
    FlowNotDraft,
    archive_flow,
    block_in_draft,
    edit_flow,
    estimated_minutes,
    flow_is_draft,
    publish_flow,
    stage_in_draft,
)
from resolvers.onboarding.known_types import UnknownContentType
from resolvers.onboarding.own_types import register_content_type, update_content_type
from resolvers.onboarding.rules import check_block_rules, check_stage_rules
from resolvers.onboarding.templates import begin_from_template, check_template, copy_blocks, template_is_ours
from resolvers.operation import Parameter
from resolvers.plain import Also
from schema.derive.declare import Domain, entity

READ, WRITE = "onboarding.read", "onboarding.edit"
FROM_TEMPLATE = Parameter(
    "template", StageTemplate, "A template to take what is left out, and the blocks, from.", required=False
)
BLOCK = Also(before=check_block_rules, refuses=(UnknownContentType,))
TEMPLATE = Also(before=check_template, refuses=(UnknownContentType,))

onboarding = Domain(
    module="onboarding",
    entities=[
        entity(Flow, read=READ, write=WRITE, guard=flow_is_draft, guarded_by=[FlowNotDraft]),
        entity(FlowRevision, read=READ, listed=False),
        entity(
            Stage,
            read=READ,
            write=WRITE,
            create_as="add",
            guard=stage_in_draft,
            guarded_by=[FlowNotDraft],
            created=Also(
                copy_blocks,
                before=begin_from_template,
                refuses=(UnknownContentType,),
                emits=("onboarding.content_block.created",),
                parameters=(FROM_TEMPLATE,),
            ),
            updated=Also(before=check_stage_rules),
        ),
        entity(
            ContentBlock,
            read=READ,
            write=WRITE,
            create_as="add",
            guard=block_in_draft,
            guarded_by=[FlowNotDraft],
            created=BLOCK,
            updated=BLOCK,
        ),
        entity(StageTemplate, read=READ, write=WRITE, guard=template_is_ours, created=TEMPLATE, updated=TEMPLATE),
    ],
    operations=[publish_flow, edit_flow, archive_flow, register_content_type, update_content_type],
    readings=[content_types, content_type, validate_content],
    computed=[estimated_minutes],
    machines=[FLOW],
    internal=[(CustomContentType, "shown by `contentTypes` together with the built-in ones, as one list")],
)
