"""New hires, as they are public to the company: who they are, how far they have come, what asks for attention."""

from db.models.onboarding import NewHire, OnboardingInvitation, OnboardingUpload, Progress, StageProgress
from resolvers.onboarding.answered import files, mapped_answers, value
from resolvers.onboarding.attention import overdue_onboarding_tasks, stuck_new_hires
from resolvers.onboarding.board import flow_pipeline
from resolvers.onboarding.clock import BY_THE_CLOCK
from resolvers.onboarding.completing import PROGRESS
from resolvers.onboarding.drop_off import block_drop_off
from resolvers.onboarding.funnel import onboarding_funnel, time_to_productive
from resolvers.onboarding.hires import CREATED, DELETED, HIRE, UPDATED, cancel_new_hire, reopen_onboarding
from resolvers.onboarding.how_far import (
    blocks_pct,
    current_stage,
    current_stage_name,
    full_name,
    percentage,
    progress_by_content_type,
    progress_by_stage,
)
from resolvers.onboarding.invitations import resend_invitation, send_invitation
from resolvers.onboarding.live import onboarding_board, onboarding_progress
from resolvers.onboarding.review import accept_block, return_block
from resolvers.onboarding.statuses import set_new_hire_status
from resolvers.onboarding.tasks import complete_onboarding_task, my_onboarding_tasks
from schema.derive.declare import Domain, entity

READ = "onboarding.read_hires"

hires = Domain(
    module="onboarding",
    entities=[
        entity(NewHire, read=READ, write="onboarding.edit_hires", created=CREATED, updated=UPDATED, deleted=DELETED),
        entity(OnboardingInvitation, read=READ, listed=False),
        entity(StageProgress, read=READ, listed=False),
        entity(Progress, read=READ, plural="progressEntries"),
    ],
    operations=[
        send_invitation,
        resend_invitation,
        cancel_new_hire,
        reopen_onboarding,
        set_new_hire_status,
        complete_onboarding_task,
        return_block,
        accept_block,
    ],
    readings=[
        flow_pipeline,
        onboarding_funnel,
        stuck_new_hires,
        overdue_onboarding_tasks,
        my_onboarding_tasks,
        block_drop_off,
        time_to_productive,
    ],
    watchings=[onboarding_progress, onboarding_board],
    computed=[
        full_name,
        percentage,
        blocks_pct,
        current_stage,
        current_stage_name,
        progress_by_stage,
        progress_by_content_type,
        mapped_answers,
        value,
        files,
    ],
    machines=[HIRE, PROGRESS],
    emitters=BY_THE_CLOCK,
    internal=[(OnboardingUpload, "which file was uploaded for which block; shown as the block's files")],
)
