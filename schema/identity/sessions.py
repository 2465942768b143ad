"""Signing in and out, as it is public."""

from typing import Annotated, Any

import strawberry
from strawberry.types import Info
from strawberry.types.base import StrawberryOptional

from auth.challenges import Challenge
from resolvers.context import Asking
from resolvers.identity import Session, emitters
from resolvers.identity.refusals import SecondFactorRequired
from schema.derive.converter import Derived
from schema.derive.payloads import Said
from schema.execute.guard import Needs, Public
from schema.execute.request import Request
from schema.identity.answers import INPUT, MARK, Done, answered

MOMENT = Derived("DateTime")


@strawberry.type(name="Session", description="A signed-in session.")
class SessionType:
    """What signing in returns."""

    access_token: str = strawberry.field(description="Send it as `Authorization: Bearer <token>` with each request.")
    expires_at: Any = strawberry.field(graphql_type=MOMENT, description="When the access token runs out.")
    refresh_token: str | None = strawberry.field(
        description="Give it to `refreshToken`, once, for the next session; keep it where no script of others can read "
        "it. Null in a suspended company."
    )
    refresh_expires_at: Any = strawberry.field(
        graphql_type=StrawberryOptional(MOMENT), description="When the refresh token runs out; null without one."
    )


@strawberry.input(description="What `login` is given.")
class LoginInput:
    """Who signs in."""

    email: str = strawberry.field(description="The address of the person.")
    password: str = strawberry.field(description="The password of the person.")
    client_mutation_id: str | None = strawberry.field(default=None, description=MARK)


@strawberry.type(name="SignInChallenge", description="What a right password gets who has a second factor.")
class ChallengeType:
    """What the second step of signing in takes."""

    token: str = strawberry.field(description="Give it to `completeLogin` with a code. It is no access token.")
    expires_at: Any = strawberry.field(graphql_type=MOMENT, description="When it runs out: five minutes after.")


@strawberry.type(description="What `login` returns.")
class LoginPayload(Done):
    """A session, or why there is none."""

    session: SessionType | None = strawberry.field(description="The session; null when it was refused.")
    challenge: ChallengeType | None = strawberry.field(
        description="What `completeLogin` takes, where `login` was refused with `SECOND_FACTOR_REQUIRED`; else null."
    )


@strawberry.input(description="What `refreshToken` is given.")
class RefreshTokenInput:
    """Which session goes on."""

    refresh_token: str = strawberry.field(description="The refresh token of the last session.")
    client_mutation_id: str | None = strawberry.field(default=None, description=MARK)


@strawberry.type(description="What `refreshToken` returns.")
class RefreshTokenPayload(Done):
    """The next session, or why there is none."""

    session: SessionType | None = strawberry.field(description="The next session; null when it was refused.")


@strawberry.input(description="What `logout` is given.")
class LogoutInput:
    """Which session ends."""

    refresh_token: str | None = strawberry.field(default=None, description="The refresh token of the session to end.")
    everywhere: bool | None = strawberry.field(
        default=None, description="Whether to end every session of the person, also the access tokens that are out."
    )
    client_mutation_id: str | None = strawberry.field(default=None, description=MARK)


@strawberry.type(description="What `logout` returns.")
class LogoutPayload(Done):
    """Nothing but why it was refused."""


@strawberry.input(description="What `changePassword` is given.")
class ChangePasswordInput:
    """The old password and the new one."""

    current: str = strawberry.field(description="The password that you have.")
    new: str = strawberry.field(description="The password that you want: 10 to 256 characters.")
    client_mutation_id: str | None = strawberry.field(default=None, description=MARK)


@strawberry.type(description="What `changePassword` returns.")
class ChangePasswordPayload(Done):
    """A new session, or why the password is the old one."""

    session: SessionType | None = strawberry.field(description="A new session; null when it was refused.")


@strawberry.input(description="What `revokeOtherSessions` is given.")
class RevokeOtherSessionsInput:
    """Nothing that says which: all others."""

    client_mutation_id: str | None = strawberry.field(default=None, description=MARK)


@strawberry.type(description="What `revokeOtherSessions` returns.")
class RevokeOtherSessionsPayload(Done):
    """Nothing but why it was refused."""


@strawberry.type
class SessionMutation:
    """How a person signs in, goes on and signs out."""

    @strawberry.mutation(
        description="Sign in with address and password. Refuses with `INVALID_CREDENTIALS`, also while the account is "
        "locked: ten wrong passwords in a row lock it for 15 minutes; and with `SECOND_FACTOR_REQUIRED` who has a "
        "second factor: the challenge leads to a session, with a code; and with `SSO_REQUIRED` where single sign-on is "
        "enforced and the person is no owner. Has no `dryRun`: it changes nothing that could "
        "be looked at first; and no `idempotencyKey`: given twice, it makes a second session. A company that is being "
        "moved answers `TENANT_MIGRATING`; who tries too often, `RATE_LIMITED`. " + emitters.LOGIN.told,
        extensions=[Public(because="nobody is signed in yet")],
    )
    async def login(self, info: Info, input: Annotated[LoginInput, INPUT]) -> LoginPayload:
        request: Request = info.context
        made, refusals = await answered(request.identity.sessions.login(request.asking, input.email, input.password))
        challenge = None
        if isinstance(made, Challenge):
            challenge, refusals = asked_for_more(made, request.asking)
            made = None
        return LoginPayload(
            session=shown(made), challenge=challenge, refusals=refusals, client_mutation_id=input.client_mutation_id
        )

    @strawberry.mutation(
        description="Exchange a refresh token for the next session; it counts once. Whoever gives one a second time "
        "has copied it, or was copied: the whole session ends. Refuses with `INVALID_REFRESH_TOKEN`. Send it without "
        "an `Authorization` header. Has no `dryRun` and no `idempotencyKey`: a token that counts once is both. "
        + emitters.REFRESH.told,
        extensions=[Public(because="the refresh token says who asks")],
    )
    async def refresh_token(self, info: Info, input: Annotated[RefreshTokenInput, INPUT]) -> RefreshTokenPayload:
        request: Request = info.context
        made, refusals = await answered(request.identity.sessions.refresh(request.asking, input.refresh_token))
        return RefreshTokenPayload(session=shown(made), refusals=refusals, client_mutation_id=input.client_mutation_id)

    @strawberry.mutation(
        description="Sign out: end the session of a refresh token, with its access tokens; or `everywhere`, all of "
        "them. A token that is none has nothing to end, which is not told. Refuses with "
        "`INVALID_INPUT`. Has no `dryRun` and no `idempotencyKey`: done twice, it is done. " + emitters.LOGOUT.told,
        extensions=[Public(because="who holds a token may end it")],
    )
    async def logout(self, info: Info, input: Annotated[LogoutInput, INPUT]) -> LogoutPayload:
        request: Request = info.context
        work = request.identity.sessions.logout(request.asking, input.refresh_token, everywhere=bool(input.everywhere))
        _, refusals = await answered(work)
        return LogoutPayload(refusals=refusals, client_mutation_id=input.client_mutation_id)

    @strawberry.mutation(
        description="Give yourself another password: every other session ends, and a new one begins. Refuses with "
        "`WRONG_PASSWORD`, `WEAK_PASSWORD`; wrong ones are counted as at `login`. Has no `dryRun` and no "
        "`idempotencyKey`: what is stored of a key must not tell a password. Needs the permission `company.read`. "
        + emitters.CHANGE_PASSWORD.told,
        extensions=[Needs("company.read", module="company")],
    )
    async def change_password(self, info: Info, input: Annotated[ChangePasswordInput, INPUT]) -> ChangePasswordPayload:
        request: Request = info.context
        request.knock()
        work = request.identity.sessions.change_password(request.asking, input.current, input.new)
        made, refusals = await answered(work)
        return ChangePasswordPayload(
            session=shown(made), refusals=refusals, client_mutation_id=input.client_mutation_id
        )

    @strawberry.mutation(
        description="End all your sessions but the one that asks, at once; all of them, where the access token does "
        "not say which that is. Has no `dryRun` and no `idempotencyKey`: done twice, it is done. Needs the permission "
        "`company.read`. " + emitters.REVOKE_OTHERS.told,
        extensions=[Needs("company.read", module="company")],
    )
    async def revoke_other_sessions(
        self, info: Info, input: Annotated[RevokeOtherSessionsInput, INPUT]
    ) -> RevokeOtherSessionsPayload:
        request: Request = info.context
        _, refusals = await answered(request.identity.sessions.revoke_others(request.asking))
        return RevokeOtherSessionsPayload(refusals=refusals, client_mutation_id=input.client_mutation_id)


def shown(session: Session | None) -> SessionType | None:
    """Show a session that has begun or goes on."""
    if session is None:
        return None
    return SessionType(
        access_token=session.access_token,
        expires_at=session.expires_at,
        refresh_token=session.refresh_token,
        refresh_expires_at=session.refresh_expires_at,
    )


def asked_for_more(challenge: Challenge, asking: Asking) -> tuple[ChallengeType, list[Any]]:
    """Say that a first proof is not enough, and give what is taken with a code."""
    token, ends = challenge.text(asking.keyring), challenge.expires_at
    said = "Who you are is proved once; give a code of your authenticator, or a recovery code, to `completeLogin`."
    refused = SecondFactorRequired(said, challenge=token, challenge_expires_at=ends)
    return ChallengeType(token=token, expires_at=ends), [Said(refused)]
