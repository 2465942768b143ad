"""A second factor: turning it on and off, and the second step of signing in, as it is public."""

from typing import Annotated

import strawberry
from strawberry.types import Info

from resolvers.identity import emitters
from schema.execute.guard import Needs, Public
from schema.execute.request import Request
from schema.identity.answers import INPUT, MARK, Done, answered
from schema.identity.sessions import SessionType, shown

CODE = "Six digits of the authenticator, or a recovery code."
COUNTED = "Wrong codes are counted as wrong passwords. "
ONCE = "Has no `dryRun` and no `idempotencyKey`: a code that counts once is both. "


@strawberry.input(description="What `completeLogin` is given.")
class CompleteLoginInput:
    """The second step of signing in."""

    challenge: str = strawberry.field(description="The token of the challenge that `login` has returned.")
    code: str = strawberry.field(description=CODE)
    client_mutation_id: str | None = strawberry.field(default=None, description=MARK)


@strawberry.type(description="What `completeLogin` returns.")
class CompleteLoginPayload(Done):
    """A session, or why there is none."""

    session: SessionType | None = strawberry.field(description="The session; null when it was refused.")


@strawberry.input(description="What `beginSecondFactor` is given.")
class BeginSecondFactorInput:
    """The password."""

    password: str = strawberry.field(description="The password that you have.")
    client_mutation_id: str | None = strawberry.field(default=None, description=MARK)


@strawberry.type(description="What an authenticator is given, shown this once.")
class SecondFactorEnrolment:
    """A new secret."""

    secret: str = strawberry.field(description="The secret in base32, to be typed in.")
    uri: str = strawberry.field(description="The `otpauth://` address of the secret, to be shown as a QR code.")


@strawberry.type(description="What `beginSecondFactor` returns.")
class BeginSecondFactorPayload(Done):
    """A new secret, or why there is none."""

    enrolment: SecondFactorEnrolment | None = strawberry.field(description="The secret; null when it was refused.")


@strawberry.input(description="What `confirmSecondFactor` is given.")
class ConfirmSecondFactorInput:
    """A first code."""

    code: str = strawberry.field(description="Six digits of the authenticator.")
    client_mutation_id: str | None = strawberry.field(default=None, description=MARK)


@strawberry.type(description="What `confirmSecondFactor` returns.")
class ConfirmSecondFactorPayload(Done):
    """Recovery codes and a new session, or why the second factor is not on."""

    recovery_codes: list[str] | None = strawberry.field(
        description="Ten recovery codes, shown this once; each counts once. Null when it was refused.",
    )
    session: SessionType | None = strawberry.field(description="A new session; null when it was refused.")


@strawberry.input(description="What `disableSecondFactor` is given.")
class DisableSecondFactorInput:
    """The password and a code."""

    password: str = strawberry.field(description="The password that you have.")
    code: str = strawberry.field(description=CODE)
    client_mutation_id: str | None = strawberry.field(default=None, description=MARK)


@strawberry.type(description="What `disableSecondFactor` returns.")
class DisableSecondFactorPayload(Done):
    """Nothing but why it was refused."""


@strawberry.input(description="What `renewRecoveryCodes` is given.")
class RenewRecoveryCodesInput:
    """A code."""

    code: str = strawberry.field(description=CODE)
    client_mutation_id: str | None = strawberry.field(default=None, description=MARK)


@strawberry.type(description="What `renewRecoveryCodes` returns.")
class RenewRecoveryCodesPayload(Done):
    """New recovery codes, or why they are the old ones."""

    recovery_codes: list[str] | None = strawberry.field(
        description="Ten recovery codes, shown this once; each counts once. Null when it was refused.",
    )


@strawberry.type
class SecondFactorMutation:
    """How a person asks for more than their password, and gives it."""

    @strawberry.mutation(
        description="Sign in who has a second factor: the second step, after `login` has returned a challenge. A "
        "challenge leads to one session. Refuses with `INVALID_CHALLENGE`, `WRONG_CODE`. "
        + COUNTED
        + ONCE
        + emitters.COMPLETE.told,
        extensions=[Public(because="the challenge says who asks")],
    )
    async def complete_login(self, info: Info, input: Annotated[CompleteLoginInput, INPUT]) -> CompleteLoginPayload:
        request: Request = info.context
        work = request.identity.second_factors.complete(request.asking, input.challenge, input.code)
        made, refusals = await answered(work)
        return CompleteLoginPayload(session=shown(made), refusals=refusals, client_mutation_id=input.client_mutation_id)

    @strawberry.mutation(
        description="Begin to turn your second factor on: make a secret for your authenticator, shown this once. It "
        "counts once `confirmSecondFactor` was given a code of it. Refuses with `WRONG_PASSWORD`, `ALREADY_ENROLLED`; "
        "wrong passwords are counted as at `login`. Has no `dryRun` and no `idempotencyKey`: called again, it makes "
        "another secret, and the one before is gone. Needs the permission `company.read`. " + emitters.ENROL.told,
        extensions=[Needs("company.read", module="company")],
    )
    async def begin_second_factor(
        self, info: Info, input: Annotated[BeginSecondFactorInput, INPUT]
    ) -> BeginSecondFactorPayload:
        request: Request = info.context
        request.knock()
        made, refusals = await answered(request.identity.second_factors.enrol(request.asking, input.password))
        enrolment = SecondFactorEnrolment(secret=made.secret, uri=made.uri) if made else None
        return BeginSecondFactorPayload(
            enrolment=enrolment, refusals=refusals, client_mutation_id=input.client_mutation_id
        )

    @strawberry.mutation(
        description="Turn your second factor on with a first code: from now on `login` asks for one. Every other "
        "session ends, and a new one begins. Refuses with `WRONG_CODE`, `NOT_ENROLLED`, `ALREADY_ENROLLED`. "
        + COUNTED
        + ONCE
        + "Needs the permission `company.read`. "
        + emitters.CONFIRM.told,
        extensions=[Needs("company.read", module="company")],
    )
    async def confirm_second_factor(
        self, info: Info, input: Annotated[ConfirmSecondFactorInput, INPUT]
    ) -> ConfirmSecondFactorPayload:
        request: Request = info.context
        request.knock()
        made, refusals = await answered(request.identity.second_factors.confirm(request.asking, input.code))
        return ConfirmSecondFactorPayload(
            recovery_codes=list(made.codes) if made else None,
            session=shown(made.session if made else None),
            refusals=refusals,
            client_mutation_id=input.client_mutation_id,
        )

    @strawberry.mutation(
        description="Turn your second factor off, with the password and a code. Refuses with `WRONG_PASSWORD`, "
        "`WRONG_CODE`, `NOT_ENROLLED`. "
        + COUNTED
        + ONCE
        + "Needs the permission `company.read`. "
        + emitters.DISABLE.told,
        extensions=[Needs("company.read", module="company")],
    )
    async def disable_second_factor(
        self, info: Info, input: Annotated[DisableSecondFactorInput, INPUT]
    ) -> DisableSecondFactorPayload:
        request: Request = info.context
        request.knock()
        work = request.identity.second_factors.disable(request.asking, input.password, input.code)
        _, refusals = await answered(work)
        return DisableSecondFactorPayload(refusals=refusals, client_mutation_id=input.client_mutation_id)

    @strawberry.mutation(
        description="Make ten new recovery codes, with a code; the old ones are gone. Refuses with `WRONG_CODE`, "
        "`NOT_ENROLLED`. " + COUNTED + ONCE + "Needs the permission `company.read`. " + emitters.RENEW.told,
        extensions=[Needs("company.read", module="company")],
    )
    async def renew_recovery_codes(
        self, info: Info, input: Annotated[RenewRecoveryCodesInput, INPUT]
    ) -> RenewRecoveryCodesPayload:
        request: Request = info.context
        request.knock()
        made, refusals = await answered(request.identity.second_factors.renew(request.asking, input.code))
        return RenewRecoveryCodesPayload(
            recovery_codes=list(made) if made else None, refusals=refusals, client_mutation_id=input.client_mutation_id
        )
