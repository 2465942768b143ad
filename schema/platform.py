"""What people of the platform do, as it is public: companies, who looks after each, and acting for their users.

They ask with their own sign-in, at the company that runs the installation; nobody else holds these permissions.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

import strawberry
from strawberry.types import Info
from strawberry.types.base import StrawberryList, StrawberryOptional

from db.catalog import Plan, Tenant
from db.models.support import ImpersonationMode
from resolvers import ids
from resolvers.barred import BadInput
from resolvers.refusals import NotFound
from resolvers.support import acting
from resolvers.support.acting import Wanted
from resolvers.support.shown import AccountManager
from schema.derive.converter import Derived, DerivedEnum
from schema.execute.guard import Needs
from schema.execute.request import Request
from schema.identity.answers import INPUT, MARK, Done, answered

MODULE: Final = "company"
COMPANY: Final = "PlatformTenant"
MOMENT: Final = Derived("DateTime")
MODE: Final = DerivedEnum("ImpersonationMode")
MANAGER: Final = StrawberryOptional(Derived("AccountManager"))
NO_CONTRACT: Final = "Has no `dryRun` and no `idempotencyKey`: "


@strawberry.type(description="A company of this installation, as those who run it see it.")
class PlatformTenant:
    """What the catalog says of a company; nothing of what is in it."""

    id: strawberry.ID = strawberry.field(description="What `startImpersonation` and `assignAccountManager` take.")
    slug: str = strawberry.field(description="Its short name.")
    name: str = strawberry.field(description="Its name.")
    plan: str = strawberry.field(description="What it has bought: starter, growth, professional, enterprise, agency.")
    status: str = strawberry.field(description="Where it stands: active, suspended, migrating and so on.")
    account_manager: Any = strawberry.field(graphql_type=MANAGER, description="Who looks after it; null for nobody.")


@strawberry.type(description="Somebody who has a role of the platform.")
class PlatformPerson:
    """Who looks after companies, or runs the installation."""

    user_id: strawberry.ID = strawberry.field(description="What `assignAccountManager` takes.")
    name: str = strawberry.field(description="Their name.")
    email: str = strawberry.field(description="Their address.")
    role: str = strawberry.field(description="PLATFORM_ADMIN or SUPPORT_AGENT.")


@strawberry.input(description="What `assignAccountManager` is given.")
class AssignAccountManagerInput:
    """Which company, and who."""

    tenant_id: strawberry.ID = strawberry.field(description="The company, as in `platformTenants`.")
    user_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who looks after it, as in `platformPeople`; nobody when left out."
    )
    client_mutation_id: str | None = strawberry.field(default=None, description=MARK)


@strawberry.type(description="What `assignAccountManager` returns.")
class AssignAccountManagerPayload(Done):
    """The company, or why nobody was assigned."""

    tenant: PlatformTenant | None = strawberry.field(description="The company; null when it was refused.")


@strawberry.input(description="What `startImpersonation` is given.")
class StartImpersonationInput:
    """For whom, and why."""

    tenant_id: strawberry.ID = strawberry.field(description="The company, as in `platformTenants`.")
    user_id: strawberry.ID | None = strawberry.field(default=None, description="The user, by their id there.")
    email: str | None = strawberry.field(default=None, description="The user, by their address, in place of `userId`.")
    reason: str = strawberry.field(description="Why: 10 to 1000 characters, which the company sees.")
    ticket_ref: str | None = strawberry.field(
        default=None, description="The ticket that it is about, at most 120 characters."
    )
    mode: Any = strawberry.field(
        default=None,
        graphql_type=StrawberryOptional(MODE),
        description="What is to be done; `READ_ONLY` when left out. `READ_WRITE` needs leave of the company.",
    )
    client_mutation_id: str | None = strawberry.field(default=None, description=MARK)


@strawberry.type(description="What `startImpersonation` returns.")
class StartImpersonationPayload(Done):
    """A token, or why there is none."""

    access_token: str | None = strawberry.field(
        description="Send it as `Authorization: Bearer <token>` to the company's address; null when it was refused."
    )
    expires_at: Any = strawberry.field(
        graphql_type=StrawberryOptional(MOMENT), description="When it runs out: nothing continues it."
    )
    impersonation_id: strawberry.ID | None = strawberry.field(description="The session; null when it was refused.")
    tenant: PlatformTenant | None = strawberry.field(description="The company; null when it was refused.")


@strawberry.input(description="What `endImpersonation` is given.")
class EndImpersonationInput:
    """Nothing, with the token of the session; else which."""

    tenant_id: strawberry.ID | None = strawberry.field(
        default=None, description="The company; needed when you ask with your own token."
    )
    id: strawberry.ID | None = strawberry.field(
        default=None, description="The session; needed when you ask with your own token."
    )
    client_mutation_id: str | None = strawberry.field(default=None, description=MARK)


@strawberry.type(description="What `endImpersonation` returns.")
class EndImpersonationPayload(Done):
    """Nothing but why it was refused."""


@strawberry.input(description="What `revokeImpersonationOf` is given.")
class RevokeImpersonationOfInput:
    """Which session, of which company."""

    tenant_id: strawberry.ID = strawberry.field(description="The company, as in `platformTenants`.")
    id: strawberry.ID = strawberry.field(description="The session.")
    client_mutation_id: str | None = strawberry.field(default=None, description=MARK)


@strawberry.type(description="What `revokeImpersonationOf` returns.")
class RevokeImpersonationOfPayload(Done):
    """Nothing but why it was refused."""


@strawberry.type
class PlatformQuery:
    """What people of the platform may ask."""

    @strawberry.field(
        graphql_type=StrawberryList(PlatformTenant),
        description="The companies of this installation, by slug: all of them for who runs it, for others those that "
        "they look after. Needs the permission `platform.support`, which is a role of the platform.",
        extensions=[Needs("platform.support", module=MODULE)],
    )
    async def platform_tenants(
        self,
        info: Info,
        plan: Annotated[str | None, strawberry.argument(description="Only companies with this plan.")] = None,
    ) -> object:
        if plan is not None and plan not in set(Plan):
            raise BadInput(f"A plan is one of {', '.join(Plan)}.", path=("plan",))
        request: Request = info.context
        companies = await request.identity.support.companies(request.asking, plan)
        request.hand_out(len(companies))
        return [_company(each) for each in companies]

    @strawberry.field(
        graphql_type=StrawberryList(PlatformPerson),
        description="Everybody with a role of the platform, by name. Needs the permission `platform.manage`.",
        extensions=[Needs("platform.manage", module=MODULE)],
    )
    async def platform_people(self, info: Info) -> object:
        request: Request = info.context
        people = await request.identity.support.people()
        request.hand_out(len(people))
        return [
            PlatformPerson(
                user_id=strawberry.ID(ids.encode("User", each.user_id)),
                name=each.name,
                email=each.email,
                role=each.role.value,
            )
            for each in people
        ]


@strawberry.type
class PlatformMutation:
    """What people of the platform may do."""

    @strawberry.mutation(
        description="Say who looks after a company, or that nobody does. Sessions in which support acts for its users "
        "end, but for those of who looks after it from now on. " + NO_CONTRACT + "done twice, it is done. Needs the "
        "permission `platform.manage`. Refuses with `NOT_FOUND`. " + acting.ASSIGN.told,
        extensions=[Needs("platform.manage", module=MODULE)],
    )
    async def assign_account_manager(
        self, info: Info, input: Annotated[AssignAccountManagerInput, INPUT]
    ) -> AssignAccountManagerPayload:
        request: Request = info.context

        async def assigned() -> Tenant:
            tenant_id = _row(input.tenant_id, COMPANY, "tenant_id")
            user_id = _row(input.user_id, "User", "user_id") if input.user_id is not None else None
            return await request.identity.support.assign(request.asking, tenant_id, user_id)

        tenant, refusals = await answered(assigned())
        return AssignAccountManagerPayload(
            tenant=_company(tenant) if tenant else None,
            refusals=refusals,
            client_mutation_id=input.client_mutation_id,
        )

    @strawberry.mutation(
        description="Act for a user of a company that you look after, for at most 30 minutes. You see what they see; "
        "with `READ_WRITE`, for which the company's owners give leave (`grantSupportAccess`), you may change what they "
        "may, but for what nobody does for somebody else. Its owners are told by mail, and all that you do stands in "
        "its audit trail. A session that you had there before ends. A company that you do not look after is not "
        "there. " + NO_CONTRACT + "given twice, the second session takes the place of the first. Needs the permission "
        "`platform.support`. Refuses with `NOT_FOUND`, `INVALID_INPUT`, `CANNOT_IMPERSONATE`, `NO_SUPPORT_ACCESS`. "
        + acting.START.told,
        extensions=[Needs("platform.support", module=MODULE)],
    )
    async def start_impersonation(
        self, info: Info, input: Annotated[StartImpersonationInput, INPUT]
    ) -> StartImpersonationPayload:
        request: Request = info.context

        async def begun() -> acting.Started:
            wanted = Wanted(
                tenant_id=_row(input.tenant_id, COMPANY, "tenant_id"),
                user_id=_row(input.user_id, "User", "user_id") if input.user_id is not None else None,
                email=input.email,
                reason=input.reason,
                ticket_ref=input.ticket_ref,
                mode=input.mode or ImpersonationMode.READ_ONLY,
            )
            return await request.identity.support.start(request.asking, wanted)

        started, refusals = await answered(begun())
        return StartImpersonationPayload(
            **_shown(started), refusals=refusals, client_mutation_id=input.client_mutation_id
        )

    @strawberry.mutation(
        description="Stop acting for a user: with the token of the session, which counts no more then, or with your "
        "own for a session of yours. " + NO_CONTRACT + "what is over stays over. Needs the permission `company.read`. "
        "Refuses with `NOT_FOUND`, `INVALID_INPUT`, `ILLEGAL_TRANSITION`. " + acting.FINISH.told,
        extensions=[Needs("company.read", module=MODULE)],
    )
    async def end_impersonation(
        self, info: Info, input: Annotated[EndImpersonationInput, INPUT]
    ) -> EndImpersonationPayload:
        request: Request = info.context

        async def ended() -> None:
            tenant_id = _row(input.tenant_id, COMPANY, "tenant_id") if input.tenant_id is not None else None
            session_id = _row(input.id, "ImpersonationSession", "id") if input.id is not None else None
            await request.identity.support.end(request.asking, tenant_id, session_id)

        _, refusals = await answered(ended())
        return EndImpersonationPayload(refusals=refusals, client_mutation_id=input.client_mutation_id)

    @strawberry.mutation(
        description="End anybody's session in a company, as who runs the installation; the company's owners have "
        "`revokeImpersonation`. " + NO_CONTRACT + "what is over stays over. Needs the permission `platform.manage`. "
        "Refuses with `NOT_FOUND`, `ILLEGAL_TRANSITION`. " + acting.REVOKED.told,
        extensions=[Needs("platform.manage", module=MODULE)],
    )
    async def revoke_impersonation_of(
        self, info: Info, input: Annotated[RevokeImpersonationOfInput, INPUT]
    ) -> RevokeImpersonationOfPayload:
        request: Request = info.context

        async def revoked() -> None:
            tenant_id = _row(input.tenant_id, COMPANY, "tenant_id")
            session_id = _row(input.id, "ImpersonationSession", "id")
            await request.identity.support.revoke(request.asking, tenant_id, session_id)

        _, refusals = await answered(revoked())
        return RevokeImpersonationOfPayload(refusals=refusals, client_mutation_id=input.client_mutation_id)


def _row(text: str, type_name: str, path: str) -> UUID:
    """Read an id; one of another type names nothing."""
    row = ids.row_of(text, type_name)
    if row is None:
        raise NotFound("This id names nothing of that kind.", path=(path,))
    return row


def _company(tenant: Tenant) -> PlatformTenant:
    manager = tenant.manager
    return PlatformTenant(
        id=strawberry.ID(ids.encode(COMPANY, tenant.id)),
        slug=tenant.slug,
        name=tenant.name,
        plan=tenant.plan,
        status=tenant.status.value,
        account_manager=AccountManager(manager.name, manager.email, manager.phone) if manager else None,
    )


def _shown(started: acting.Started | None) -> Mapping[str, Any]:
    if started is None:
        return dict.fromkeys(("access_token", "expires_at", "impersonation_id", "tenant"))
    return {
        "access_token": started.access_token,
        "expires_at": started.expires_at,
        "impersonation_id": strawberry.ID(ids.encode("ImpersonationSession", started.session_id)),
        "tenant": _company(started.tenant),
    }
