"""Single sign-on: completing it, and trying a provider, as it is public."""

from typing import Annotated

import strawberry
from strawberry.types import Info

from auth.challenges import Challenge
from resolvers.sso import emitters
from schema.derive import ids
from schema.execute.guard import Needs, Public
from schema.execute.request import Request
from schema.identity.answers import INPUT, MARK, Done, answered
from schema.identity.sessions import ChallengeType, SessionType, asked_for_more, shown


@strawberry.input(description="What `completeSso` is given.")
class CompleteSsoInput:
    """A code of single sign-on."""

    code: str = strawberry.field(description="What stands behind `#sso=` in the address that the sign-in has led to.")
    client_mutation_id: str | None = strawberry.field(default=None, description=MARK)


@strawberry.type(description="What `completeSso` returns.")
class CompleteSsoPayload(Done):
    """A session, or why there is none."""

    session: SessionType | None = strawberry.field(description="The session; null when it was refused.")
    challenge: ChallengeType | None = strawberry.field(
        description="What `completeLogin` takes, where it was refused with `SECOND_FACTOR_REQUIRED`; else null."
    )


@strawberry.input(description="What `testSsoProvider` is given.")
class TestSsoProviderInput:
    """Which provider is tried."""

    id: strawberry.ID = strawberry.field(description="The sso provider to try.")
    client_mutation_id: str | None = strawberry.field(default=None, description=MARK)


@strawberry.type(description="What was found when a provider of single sign-on was tried.")
class SsoCheck:
    """What the provider answered."""

    works: bool = strawberry.field(
        description="Whether its discovery document is there and names the issuer that was entered, and it has keys."
    )
    keys: int = strawberry.field(description="How many keys it publishes that ID tokens may be signed with.")
    problem: str | None = strawberry.field(description="What is wrong, in a sentence; null where it works.")


@strawberry.type(description="What `testSsoProvider` returns.")
class TestSsoProviderPayload(Done):
    """What was found, or why nothing was tried."""

    check: SsoCheck | None = strawberry.field(description="What was found; null when it was refused.")


@strawberry.type
class SsoMutation:
    """What single sign-on does beside the machine."""

    @strawberry.mutation(
        description="Sign in who has come back from the provider of their company: with the code that stands behind "
        "`#sso=`, in the browser that it was given to (its cookie has to be sent along), once and within a minute. "
        "Answers as `login` does. Refuses with `INVALID_SSO_CODE`, and with `SECOND_FACTOR_REQUIRED` who has a second "
        "factor here. Has no `dryRun` and no `idempotencyKey`: a code that counts once is both. Who tries too often "
        "gets `RATE_LIMITED`. " + emitters.COMPLETE.told,
        extensions=[Public(because="the code says who asks")],
    )
    async def complete_sso(self, info: Info, input: Annotated[CompleteSsoInput, INPUT]) -> CompleteSsoPayload:
        request: Request = info.context
        made, refusals = await answered(request.sso.complete(request.asking, input.code))
        challenge = None
        if isinstance(made, Challenge):
            challenge, refusals = asked_for_more(made, request.asking)
            made = None
        return CompleteSsoPayload(
            session=shown(made), challenge=challenge, refusals=refusals, client_mutation_id=input.client_mutation_id
        )

    @strawberry.mutation(
        description="Try a provider of single sign-on: ask it for its discovery document and its keys. "
        "Nobody is signed in, and nothing is changed. Refuses with `NOT_FOUND`. Has no `dryRun` and no "
        "`idempotencyKey`: done twice, it is tried twice. Needs the permission `sso.manage`. Emits nothing.",
        extensions=[Needs("sso.manage", module="company")],
    )
    async def test_sso_provider(
        self, info: Info, input: Annotated[TestSsoProviderInput, INPUT]
    ) -> TestSsoProviderPayload:
        request: Request = info.context
        request.knock()
        made, refusals = await answered(_checked(request, input.id))
        return TestSsoProviderPayload(check=made, refusals=refusals, client_mutation_id=input.client_mutation_id)


async def _checked(request: Request, named: str) -> SsoCheck:
    found = await request.sso.check(request.asking, ids.row_of(named, "SsoProvider"))
    return SsoCheck(works=found.problem is None, keys=found.keys, problem=found.problem)
