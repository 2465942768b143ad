"""Operations that others have to agree to: where a policy says so, they ask, and are carried out at the last yes."""

from collections.abc import Callable, Sequence
from typing import Any

from db.base import TenantOwned
from db.models.approvals import ApprovalRequest
from resolvers.approvals.documents import Approvable, Reads, approvable, of_requester
from resolvers.approvals.requesting import ASKED, ASKING, SUPERSEDING, pending_of, request_approval
from resolvers.context import Context, Looking
from resolvers.operation import Operation
from resolvers.refusals import Refused


class RequiresApproval:
    """The gate of an operation that takes nothing but its subject; see `requires_approval`."""

    shown_as = "approval_request"
    returns: type[TenantOwned] = ApprovalRequest
    refuses: Sequence[type[Refused]] = ASKING
    emits: Sequence[str] = (*ASKED, *SUPERSEDING)

    def __init__(
        self, model: type[TenantOwned], title: Callable[[Any], str], facts: Reads, *, has_amount: bool
    ) -> None:
        self._model, self._title, self._facts, self._has_amount = model, title, facts, has_amount
        self._kind: Approvable | None = None

    @property
    def kind(self) -> Approvable:
        """The type of document that the operation's subject is."""
        assert self._kind is not None
        return self._kind

    def bind(self, held: Operation) -> None:
        """Declare the type of document, which is approved by carrying out the operation."""
        if len(held.parameters) != 1:
            message = f"{held.name} takes more than its subject, and what it was given would not be there any more"
            raise ValueError(message)
        self._kind = approvable(
            Approvable(
                model=self._model,
                needs=held.needs,
                title=self._title,
                facts=self._facts,
                has_amount=self._has_amount,
                approved=held.carry_out,
                refuses=held.refuses,
                emits=held.emits,
            )
        )

    async def holds_back(self, context: Context, subject: Any) -> bool:
        """Ask for approval where a policy says so."""
        return await request_approval(context, self.kind, subject) is not None

    async def waits_for(self, looking: Looking, subject: Any) -> ApprovalRequest | None:
        """Return the request that the subject waits for."""
        return await pending_of(looking, self.kind.name, subject.id)


def requires_approval(
    model: type[TenantOwned],
    *,
    title: Callable[[Any], str],
    facts: Reads = of_requester,
    has_amount: bool = False,
) -> RequiresApproval:
    """Have an operation wait for approval wherever a policy about its subject says so: `operation(..., gate=this)`.

    `title` says what the subject is called, for those who decide; `facts` are its amount and department. Without a
    policy the operation is what it was, and one statement dearer.
    """
    return RequiresApproval(model, title, facts, has_amount=has_amount)
