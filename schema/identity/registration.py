"""Registering a company, as it is public."""

from typing import Annotated

import strawberry
from strawberry.types import Info

from resolvers.founding import FOUNDED
from resolvers.registration import NewCompany, Registered
from schema.execute.guard import Public
from schema.execute.request import Request
from schema.identity.answers import INPUT, MARK, Done, answered


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
class RegisterCompanyPayload(Done):
    """A company, or why there is none."""

    company: RegisteredType | None = strawberry.field(description="The company; null when it was refused.")


@strawberry.type
class RegistrationMutation:
    """How a company comes to be here."""

    @strawberry.mutation(
        description="Register a company with its first user. Refuses with `SLUG_TAKEN`, `WEAK_PASSWORD`, "
        "`INVALID_INPUT`, `IDEMPOTENCY_CONFLICT`. Has no `dryRun`: it makes a tenant, which is more than "
        "one transaction. Who registers too often gets `RATE_LIMITED`. " + FOUNDED.told,
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
        work = request.registration.register(new, input.idempotency_key, asking=request.asking)
        made, refusals = await answered(work)
        return RegisterCompanyPayload(
            company=_shown(made), refusals=refusals, client_mutation_id=input.client_mutation_id
        )


def _shown(made: Registered | None) -> RegisteredType | None:
    return RegisteredType(slug=made.slug, url=made.url) if made else None
