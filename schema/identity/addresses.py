"""Proving and changing one's address, as it is public."""

from typing import Annotated

import strawberry
from strawberry.types import Info

from resolvers.identity import emitters
from schema.execute.guard import Needs, Public
from schema.execute.request import Request
from schema.identity.answers import INPUT, MARK, Done, answered

AGAIN = "Has no `dryRun` and no `idempotencyKey`: asked again, it mails another link, and the one before is dead. "


@strawberry.input(description="What `requestEmailVerification` is given.")
class RequestEmailVerificationInput:
    """Nothing that says which address: your own."""

    client_mutation_id: str | None = strawberry.field(default=None, description=MARK)


@strawberry.type(description="What `requestEmailVerification` returns.")
class RequestEmailVerificationPayload(Done):
    """Nothing but why no mail was sent."""


@strawberry.input(description="What `changeEmail` is given.")
class ChangeEmailInput:
    """Another address, and the password."""

    new_email: str = strawberry.field(description="The address that you want to have.")
    password: str = strawberry.field(description="The password that you have.")
    client_mutation_id: str | None = strawberry.field(default=None, description=MARK)


@strawberry.type(description="What `changeEmail` returns.")
class ChangeEmailPayload(Done):
    """Nothing but why no mail was sent."""


@strawberry.input(description="What `verifyEmail` is given.")
class VerifyEmailInput:
    """A mailed link."""

    token: str = strawberry.field(description="What stands behind `#` in the mailed link.")
    client_mutation_id: str | None = strawberry.field(default=None, description=MARK)


@strawberry.type(description="What `verifyEmail` returns.")
class VerifyEmailPayload(Done):
    """Nothing but why the address is not proved."""


@strawberry.type
class AddressMutation:
    """How a person proves that an address is theirs."""

    @strawberry.mutation(
        description="Mail a link to your own address, good for 24 hours and once: with it, `verifyEmail` notes that "
        "the address is yours. Refuses with `ALREADY_VERIFIED`. "
        + AGAIN
        + "Who asks too often gets `RATE_LIMITED`. Needs the permission `company.read`. "
        + emitters.VERIFY_ASKED.told,
        extensions=[Needs("company.read", module="company")],
    )
    async def request_email_verification(
        self, info: Info, input: Annotated[RequestEmailVerificationInput, INPUT]
    ) -> RequestEmailVerificationPayload:
        request: Request = info.context
        request.knock()
        _, refusals = await answered(request.identity.addresses.request(request.asking))
        return RequestEmailVerificationPayload(refusals=refusals, client_mutation_id=input.client_mutation_id)

    @strawberry.mutation(
        description="Ask for another address: a link is mailed to it, good for 24 hours and once, and a notice to the "
        "one that you have. The address changes when `verifyEmail` is given that link; every session ends then but "
        "the one that asks now. Refuses with `WRONG_PASSWORD`, `INVALID_INPUT`, `ALREADY_EXISTS`; wrong passwords are "
        "counted as at `login`. "
        + AGAIN
        + "Who asks too often gets `RATE_LIMITED`. Needs the permission `company.read`. "
        + emitters.CHANGE_ASKED.told,
        extensions=[Needs("company.read", module="company")],
    )
    async def change_email(self, info: Info, input: Annotated[ChangeEmailInput, INPUT]) -> ChangeEmailPayload:
        request: Request = info.context
        request.knock()
        work = request.identity.addresses.change(request.asking, input.new_email, input.password)
        _, refusals = await answered(work)
        return ChangeEmailPayload(refusals=refusals, client_mutation_id=input.client_mutation_id)

    @strawberry.mutation(
        description="Prove with a mailed link that its address is yours: it is noted, and becomes your address where "
        "you asked for that. Refuses with `INVALID_LINK`, and with `ALREADY_EXISTS` where somebody else has the "
        "address by now. Has no `dryRun` and no `idempotencyKey`: a link that counts once is both. "
        + emitters.VERIFIED.told,
        extensions=[Public(because="the link says who asks")],
    )
    async def verify_email(self, info: Info, input: Annotated[VerifyEmailInput, INPUT]) -> VerifyEmailPayload:
        request: Request = info.context
        _, refusals = await answered(request.identity.addresses.verify(request.asking, input.token))
        return VerifyEmailPayload(refusals=refusals, client_mutation_id=input.client_mutation_id)
