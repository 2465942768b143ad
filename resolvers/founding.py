"""What a new tenant holds from its first moment: the built-in roles, its first user, who owns it, and its profile.

All of it is written in one transaction, so that a tenant has either nothing or everything; doing it again adds nothing.
"""

from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select
from uuid_utils.compat import uuid7

from auth.roles import BUILT_IN_ROLES
from db.models.company import Company
from db.models.identity import Role, User, UserRole
from db.session import Database
from resolvers.context import Asking, Context
from resolvers.emitter import Emitter

OWNER: Final = "OWNER"
FOUNDED: Final = Emitter(
    "provision", "registerCompany", ("company.created", "user.created", "role.created", "user.role.created")
)


@dataclass(frozen=True, slots=True)
class Founder:
    """The first user of a tenant, with the hash of the password."""

    email: str
    first_name: str
    last_name: str
    password_hash: str = field(repr=False)


async def found(database: Database, asking: Asking, founder: Founder) -> None:
    """Write a tenant's first rows, unless they are there already."""
    async with database.transacting(asking.tenant.placement) as session:
        context = Context(asking, session, FOUNDED.name)
        if not await context.all(select(Company.id)):
            await _write(context, asking.tenant.name, founder)


async def _write(context: Context, name: str, founder: Founder) -> None:
    roles = {
        role.name: Role(id=uuid7(), name=role.name, description=role.description, built_in=True)
        for role in BUILT_IN_ROLES.values()
    }
    user = User(
        id=uuid7(),
        email=founder.email,
        first_name=founder.first_name,
        last_name=founder.last_name,
        password_hash=founder.password_hash,
    )
    context.add(Company(name=name), user, *roles.values())
    await context.flush()
    context.add(UserRole(user_id=user.id, role_id=roles[OWNER].id))
    await context.flush()
