"""Signing in and registering, as they are public, and what the company's plan includes."""

from typing import Annotated, Any

import strawberry
from strawberry.types import Info
from strawberry.types.base import StrawberryList

from db.models.identity import Role, User, UserRole
from resolvers.identity import Session
from resolvers.refusals import Refused
from resolvers.registration import NewCompany, Registered
from schema.derive.converter import Derived
from schema.derive.declare import Domain
from schema.derive.payloads import Said
from schema.execute.guard import Public
from schema.execute.request import Request

identity = Domain(
    module="company",
    internal=[
        (User, "a company's people become public with their invitation, which is still to come"),
        (Role, "roles become public with the screen on which they are given"),
        (UserRole, "who holds which role is written by the operations that give and take it"),
    ],
)

REFUSALS = StrawberryList(Derived("Refusal"))
WHY = "Why nothing was done; empty when it was."
INPUT = strawberry.argument(description="Its arguments.")
MARK = "A mark of your own that comes back."


@strawberry.type(name="Session", description="A signed-in session.")
class SessionType:
    """What signing in returns."""

    access_token: str = strawberry.field(description="Send it as `Authorization: Bearer <token>` with each request.")
    expires_at: Any = strawberry.field(graphql_type=Derived("DateTime"), description="When the token runs out.")


@strawberry.input(description="What `login` is given.")
class LoginInput:
    """Who signs in."""

    email: str = strawberry.field(description="The address of the person.")
    password: str = strawberry.field(description="The password of the person.")
    client_mutation_id: str | None = strawberry.field(default=None, description=MARK)


@strawberry.type(description="What `login` returns.")
class LoginPayload:
    """A session, or why there is none."""

    session: SessionType | None = strawberry.field(description="The session; null when it was refused.")
    refusals: Any = strawberry.field(graphql_type=REFUSALS, description=WHY)
    client_mutation_id: str | None = strawberry.field(description="The mark that the client gave.")


@strawberry.input(description="What `registerCompany` is given.")
class RegisterCompanyInput:
    """A new company and its first user."""

    name: str = strawberry.field(description="The name that people know the company by.")
    slug: str = strawberry.field(
        description="Short name, part of the company's address: 3 to 40 lower-case letters, digits and hyphens."
    )
    email: str = strawberry.field(description="Address of the first user, who owns the company here.")
    password: str = strawberry.field(description="Password of the first user, 10 characters or more.")
    first_name: str = strawberry.field(description="Given name of the first user.")
    last_name: str = strawberry.field(description="Family name of the first user.")
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="Your own random key for this registration, such as a UUID: the same key with the same input "
        "within 24 hours returns the same company.",
    )
    client_mutation_id: str | None = strawberry.field(default=None, description=MARK)


@strawberry.type(name="RegisteredCompany", description="A company that has just been registered.")
class RegisteredType:
    """Where a new company is reached."""

    slug: str = strawberry.field(description="Its short name; send it as `X-Workgraph-Tenant` to sign in.")
    url: str = strawberry.field(
        description="Where it is reached; at an IP address, which has no subdomains, together with the header."
    )


@strawberry.type(description="What `registerCompany` returns.")
class RegisterCompanyPayload:
    """A company, or why there is none."""

    company: RegisteredType | None = strawberry.field(description="The company; null when it was refused.")
    refusals: Any = strawberry.field(graphql_type=REFUSALS, description=WHY)
    client_mutation_id: str | None = strawberry.field(description="The mark that the client gave.")


@strawberry.type(description="A part of the product, switched on by the company's plan.")
class Module:
    """One module of the plan."""

    name: str = strawberry.field(description="Its name, such as onboarding.")


@strawberry.type
class IdentityQuery:
    """What may be asked about one's own company without a permission."""

    @strawberry.field(
        graphql_type=StrawberryList(Module),
        description="The modules that the company's plan includes.",
        extensions=[Public(because="what a company's plan includes is no secret of anyone in it")],
    )
    async def modules(self, info: Info) -> object:
        return [Module(name=name) for name in sorted(info.context.asking.tenant.modules)]


@strawberry.type
class IdentityMutation:
    """What somebody who is not signed in may do."""

    @strawberry.mutation(
        description="Sign in with address and password. Refuses with `INVALID_CREDENTIALS`. Has no `dryRun`: it "
        "changes nothing that could be looked at first; and no `idempotencyKey`: given twice, it only notes a later "
        "time of the last sign-in. A company that is being moved answers `TENANT_MIGRATING`.",
        extensions=[Public(because="nobody is signed in yet")],
    )
    async def login(self, info: Info, input: Annotated[LoginInput, INPUT]) -> LoginPayload:
        request: Request = info.context
        try:
            session = await request.identity.login(request.asking, input.email, input.password)
        except Refused as refused:
            return LoginPayload(session=None, refusals=[Said(refused)], client_mutation_id=input.client_mutation_id)
        return LoginPayload(session=_session(session), refusals=[], client_mutation_id=input.client_mutation_id)

    @strawberry.mutation(
        description="Register a company with its first user. Refuses with `SLUG_TAKEN`, `WEAK_PASSWORD`, "
        "`INVALID_INPUT`, `IDEMPOTENCY_CONFLICT`. Has no `dryRun`: it makes a tenant, which is more than "
        "one transaction.",
        extensions=[Public(because="there is no company yet")],
    )
    async def register_company(
        self, info: Info, input: Annotated[RegisterCompanyInput, INPUT]
    ) -> RegisterCompanyPayload:
        request: Request = info.context
        new = NewCompany(
            name=input.name,
            slug=input.slug,
            email=input.email,
            password=input.password,
            first_name=input.first_name,
            last_name=input.last_name,
        )
        try:
            made = await request.registration.register(new, input.idempotency_key)
        except Refused as refused:
            return RegisterCompanyPayload(
                company=None, refusals=[Said(refused)], client_mutation_id=input.client_mutation_id
            )
        return RegisterCompanyPayload(
            company=_registered(made), refusals=[], client_mutation_id=input.client_mutation_id
        )


def _session(session: Session) -> SessionType:
    return SessionType(access_token=session.access_token, expires_at=session.expires_at)


def _registered(made: Registered) -> RegisteredType:
    return RegisteredType(slug=made.slug, url=made.url)
