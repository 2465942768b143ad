"""Who can sign in, what they may do and with whom they work, as it is public; and what the company's plan includes."""

import strawberry
from strawberry.types import Info
from strawberry.types.base import StrawberryList

from db.models.identity import (
    Department,
    PasswordReset,
    RefreshToken,
    Role,
    RolePermission,
    Team,
    TeamMember,
    User,
    UserRole,
)
from db.models.sign_in import AddressProof, RecoveryCode, SecondFactor, UserSession
from db.models.sso import SsoCode, SsoGroupRole, SsoIdentity, SsoProvider
from resolvers.departments import ALSO_WHEN_UPDATED as DEPARTMENT_UPDATED
from resolvers.founding import FOUNDED
from resolvers.identity.emitters import BY_HAND
from resolvers.identity.refusals import SecondFactorRequired
from resolvers.people import (
    ALSO_WHEN_CREATED,
    ALSO_WHEN_UPDATED,
    activate_user,
    deactivate_user,
    give_role,
    resend_user_invitation,
    role_names,
    take_role,
    update_viewer,
)
from resolvers.roles import create_role, delete_role, permissions, update_role
from resolvers.second_factor_reset import reset_second_factor
from resolvers.sso import emitters as sso_emitters
from resolvers.sso import identities, providers
from resolvers.teams import add_team_member, remove_team_member
from resolvers.user_sessions import my_sessions, revoke_session
from resolvers.viewer import viewer
from schema.derive.declare import Domain, entity
from schema.execute.guard import Public
from schema.identity.addresses import AddressMutation
from schema.identity.registration import RegistrationMutation
from schema.identity.resets import ResetMutation
from schema.identity.second_factor import SecondFactorMutation
from schema.identity.sessions import SessionMutation
from schema.identity.sso import SsoMutation

identity = Domain(
    module="company",
    entities=[
        entity(
            User,
            read="users.read",
            write="users.manage",
            verbs=["create", "update"],
            created=ALSO_WHEN_CREATED,
            updated=ALSO_WHEN_UPDATED,
            imported=True,
        ),
        entity(Role, read="users.read"),
        entity(RolePermission, read="users.read", listed=False),
        entity(Department, read="users.read", write="users.manage", updated=DEPARTMENT_UPDATED, imported=True),
        entity(UserRole, read="users.read", listed=False),
        entity(Team, read="users.read", write="teams.edit", imported=True),
        entity(TeamMember, read="users.read", listed=False),
        entity(UserSession, read="users.manage"),
        entity(
            SsoProvider,
            read="sso.manage",
            write="sso.manage",
            created=providers.ALSO_WHEN_CREATED,
            updated=providers.ALSO_WHEN_UPDATED,
        ),
        entity(SsoIdentity, read="users.manage"),
        entity(
            SsoGroupRole,
            read="sso.manage",
            write="sso.manage",
            verbs=["create", "delete"],
            create_as="add",
            listed=False,
            created=providers.ALSO_WHEN_MAPPED,
        ),
    ],
    operations=[
        resend_user_invitation,
        activate_user,
        deactivate_user,
        give_role,
        take_role,
        create_role,
        update_role,
        delete_role,
        update_viewer,
        add_team_member,
        remove_team_member,
        reset_second_factor,
        revoke_session,
        providers.replace_sso_client_secret,
        providers.pause_sso_provider,
        providers.resume_sso_provider,
        identities.unlink_sso_identity,
    ],
    readings=[viewer, my_sessions, providers.sign_in_providers, identities.my_sso_identities],
    machines=[providers.PROVIDER],
    emitters=[*BY_HAND, *sso_emitters.BY_HAND, FOUNDED],
    refusals=[SecondFactorRequired],
    computed=[role_names, permissions, providers.callback_url, identities.provider_name],
    internal=[
        (RefreshToken, "what continues a session is nobody's to read, only to give back"),
        (PasswordReset, "a mailed link is known to its receiver alone, and used through an operation"),
        (SecondFactor, "the secret of an authenticator is shown once, and used by the server alone"),
        (RecoveryCode, "recovery codes are shown once, and known to their user alone"),
        (AddressProof, "a mailed link is known to its receiver alone, and used through an operation"),
        (SsoCode, "a code of a sign-in is known to one browser, and used within a minute"),
    ],
)


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
class IdentityMutation(
    SessionMutation, SecondFactorMutation, ResetMutation, AddressMutation, SsoMutation, RegistrationMutation
):
    """What somebody may do by themselves, signed in or not."""
