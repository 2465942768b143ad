"""What is told of approvals in the words of the business."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from db.models.approvals import ApprovalRequest, ApprovalStatus, Delegation
from resolvers.named import named
from resolvers.operation import Names


@dataclass(frozen=True, slots=True, kw_only=True)
class OfDocument:
    """What every event about a request tells."""

    document_type: Annotated[str, "Type of the document."]
    requester_id: Annotated[UUID, Names("User"), "Who asked for it."]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestMoved(OfDocument):
    """What every move of a request tells."""

    from_: Annotated[ApprovalStatus, "Where the request stood."]
    to: Annotated[ApprovalStatus, "Where it stands now."]


@named("approval.requested", about=ApprovalRequest)
@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequested(OfDocument):
    """A document waits for its approval."""


@named("approval.advanced", about=ApprovalRequest)
@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalAdvanced(OfDocument):
    """A step was approved, and the next one waits."""

    step: Annotated[int, "The step that waits now, from 0."]


@named("approval.approved", about=ApprovalRequest)
@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalGiven(RequestMoved):
    """Every step was approved, and what was asked for was done."""


@named("approval.rejected", about=ApprovalRequest)
@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRejected(RequestMoved):
    """Somebody said no."""


@named("approval.cancelled", about=ApprovalRequest)
@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalCancelled(RequestMoved):
    """A request was taken back, or what it asked for was done when no policy asked for an approval any more."""


@named("approval.reset", about=ApprovalRequest)
@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalReset(RequestMoved):
    """The amount has changed by more than the policy tolerates: the request begins at its first step again."""


@named("approval.escalated", about=ApprovalRequest)
@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalEscalated(OfDocument):
    """A step has gone up to the managers of those who have not decided it, or cannot any more."""

    step: Annotated[int, "The step, from 0."]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfDelegation:
    """What every event about somebody who stands in tells."""

    from_user_id: Annotated[UUID, Names("User"), "Who lets somebody decide for them."]
    to_user_id: Annotated[UUID, Names("User"), "Who decides for them."]


@named("approval.delegated", about=Delegation)
@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalsDelegated(OfDelegation):
    """Somebody lets somebody else decide for them for some days."""

    from_date: Annotated[date, "First day on which they do."]
    to_date: Annotated[date, "Last day on which they do."]


@named("approval.delegation_revoked", about=Delegation)
@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationRevoked(OfDelegation):
    """Somebody decides for themselves again."""
