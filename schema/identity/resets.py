"""Choosing a password with a mailed link, as it is public."""

from typing import Annotated

import strawberry
from strawberry.types import Info

from resolvers.identity import emitters
from schema.execute.guard import Public
from schema.execute.request import Request
from schema.identity.answers import INPUT, MARK, Done, answered


@strawberry.input(description="What `requestPasswordReset` is given.")
class RequestPasswordResetInput:
    """Whose password is forgotten."""

    email: str = strawberry.field(description="The address that the person signs in with.")
    client_mutation_id: str | None = strawberry.field(default=None, description=MARK)


@strawberry.type(description="What `requestPasswordReset` returns: always the same.")
class RequestPasswordResetPayload(Done):
    """Nothing that tells whether the address is known."""


@strawberry.input(description="What `resetPassword` is given.")
class ResetPasswordInput:
    """The link and the password."""

    token: str = strawberry.field(description="What stands after `#` in the link of the mail.")
    password: str = strawberry.field(description="The new password: 10 to 256 characters.")
    client_mutation_id: str | None = strawberry.field(default=None, description=MARK)


@strawberry.type(description="What `resetPassword` returns.")
class ResetPasswordPayload(Done):
    """Nothing but why it was refused."""


@strawberry.type
class ResetMutation:
    """How a person comes to a password."""

    @strawberry.mutation(
        description="Mail a link with which a new password can be chosen once, within 30 minutes. Whether there is "
        "such a user changes neither the answer nor how long it takes. Has no `dryRun`, which would tell; and no "
        "`idempotencyKey`: asked again, the newest link alone counts. " + emitters.FORGOTTEN.told,
        extensions=[Public(because="who has forgotten a password cannot sign in")],
    )
    async def request_password_reset(
        self, info: Info, input: Annotated[RequestPasswordResetInput, INPUT]
    ) -> RequestPasswordResetPayload:
        request: Request = info.context
        await request.identity.resets.request(request.asking, input.email)
        return RequestPasswordResetPayload(refusals=[], client_mutation_id=input.client_mutation_id)

    @strawberry.mutation(
        description="Choose a password with a mailed link: of `requestPasswordReset`, or of an invitation. The link "
        "counts once; every session of the person ends, and a lock is lifted. Refuses with `INVALID_LINK`, "
        "`WEAK_PASSWORD`. Has no `dryRun` and no `idempotencyKey`: a link that counts once is both. "
        + emitters.CHOSEN.told,
        extensions=[Public(because="the link says who asks")],
    )
    async def reset_password(self, info: Info, input: Annotated[ResetPasswordInput, INPUT]) -> ResetPasswordPayload:
        request: Request = info.context
        work = request.identity.resets.choose(request.asking, input.token, input.password)
        _, refusals = await answered(work)
        return ResetPasswordPayload(refusals=refusals, client_mutation_id=input.client_mutation_id)
