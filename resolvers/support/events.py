"""What is told of those who act for users of the company."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from db.models.support import ImpersonationMode, ImpersonationSession, ImpersonationStatus
from resolvers.named import named
from resolvers.operation import Names


@named("impersonation.started", about=ImpersonationSession)
@dataclass(frozen=True, slots=True, kw_only=True)
class ImpersonationStarted:
    """Somebody of the platform acts for a user of the company."""

    user_id: Annotated[UUID, Names("User"), "The user for whom they act."]
    mode: Annotated[ImpersonationMode, "What may be done in it."]


@named("impersonation.ended", about=ImpersonationSession)
@dataclass(frozen=True, slots=True, kw_only=True)
class ImpersonationEnded:
    """Nobody acts for the user any more: it was ended or revoked, or has expired."""

    from_: Annotated[ImpersonationStatus, "Where the session stood."]
    to: Annotated[ImpersonationStatus, "How it has ended."]
