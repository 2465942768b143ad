"""Why something about a new hire's onboarding is refused, and the moves of a new hire that these refusals guard.

Refused
├── FlowNotPublished       the flow takes no new hires now
├── AlreadyInvited         an invitation was sent; it can be sent again
├── NotInvited             nothing was sent yet that could be sent again
├── OnboardingBegun        the person has begun, and is kept for the record
├── OnboardingNotActive    the person has not begun, or is done, or it was called off
├── OnboardingIncomplete   stages are still open
├── StageIncomplete        blocks of the stage are still open
├── StageLocked            the stage is not open yet
└── NotYours               somebody else completes this block
"""

from resolvers.refusals import InvalidInput, Refused
from resolvers.values import storable


class FlowNotPublished(Refused):
    """The flow is a draft or archived: it takes no new hires until it is published."""

    code = "FLOW_NOT_PUBLISHED"


class AlreadyInvited(Refused):
    """An invitation was sent already; `resendInvitation` sends another one and ends the first."""

    code = "ALREADY_INVITED"


class NotInvited(Refused):
    """No invitation was sent yet; `sendInvitation` sends the first."""

    code = "NOT_INVITED"


class OnboardingBegun(Refused):
    """The person has begun, and what they did is kept; cancel the onboarding instead."""

    code = "ONBOARDING_BEGUN"


class OnboardingNotActive(Refused):
    """The onboarding is not under way: not begun yet, completed, or called off."""

    code = "ONBOARDING_NOT_ACTIVE"


class OnboardingIncomplete(Refused):
    """Stages are still open; the message names the first."""

    code = "ONBOARDING_INCOMPLETE"


class StageIncomplete(Refused):
    """Blocks of the stage are still open; the message says how many."""

    code = "STAGE_INCOMPLETE"


class StageLocked(Refused):
    """The stage is not open yet: an earlier one is not complete, or its day, which the message names, has not come."""

    code = "STAGE_LOCKED"


class NotYours(Refused):
    """Somebody else completes this block."""

    code = "NOT_YOURS"


def written(text: str, name: str, *, longest: int) -> str:
    """Return a text that a person must write, without the space around it, or refuse it under its name."""
    stripped = text.strip()
    if not stripped:
        raise InvalidInput(f"The {name} cannot be blank.", path=(name,))
    if len(stripped) > longest or not storable(stripped):
        raise InvalidInput(f"The {name} is plain text of at most {longest:,} characters.", path=(name,))
    return stripped
