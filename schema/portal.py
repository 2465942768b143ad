"""What a new hire's own session may do: look at their onboarding, and go through it."""

from resolvers.onboarding.portal import (
    complete_content_block,
    complete_onboarding,
    complete_stage,
    onboarding_session,
    save_content_block,
    start_onboarding,
    upload_onboarding_file,
)
from schema.derive.declare import Domain

portal = Domain(
    module="onboarding",
    operations=[
        start_onboarding,
        save_content_block,
        complete_content_block,
        complete_stage,
        complete_onboarding,
        upload_onboarding_file,
    ],
    readings=[onboarding_session],
)
