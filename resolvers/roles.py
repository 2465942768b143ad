"""Roles: what each allows, those that the company makes for itself, and what nobody gives who lacks it themselves.

What a role of the company's own allows counts for all who hold it from their next request on.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, Final
from uuid import UUID

from sqlalchemy import select
from uuid_utils.compat import uuid7

from auth.permissions import CATALOGUE
from auth.principal import Principal
from auth.roles import EVERYTHING, OF_EVERYBODY, permissions_of
from auth.scopes import Scope
from db.models.identity import Role, RolePermission, User, UserRole
from resolvers.computed import computed
from resolvers.context import Context, Looking, any_of
from resolvers.identity.events import RoleChanged
from resolvers.operation import operation
from resolvers.plain import Deleted, client_columns
from resolvers.refusals import AlreadyExists, InUse, InvalidInput, Refused
from resolvers.values import check_value

MOST_PERMISSIONS: Final = len(CATALOGUE)
UNCHANGED: Final[list[str]] = []
"""Stands for permissions that were left out."""


class RoleAboveYours(Refused):
    """The role holds permissions that you lack, so you cannot give it."""

    code = "ROLE_ABOVE_YOURS"


class RoleBuiltIn(Refused):
    """The role came with the product, and is not the company's to change."""

    code = "ROLE_BUILT_IN"


@computed(Role, needs="users.read")
async def permissions(looking: Looking, roles: Sequence[Role]) -> Sequence[list[str]]:
    """What the holders of the role may do."""
    allowed = await allowed_by(looking, roles)
    return [sorted(allowed[role.id]) for role in roles]


async def allowed_by(looking: Looking, roles: Sequence[Role]) -> Mapping[UUID, frozenset[str]]:
    """Return what some roles allow, in one statement where one of them is the company's own."""
    own: dict[UUID, set[str]] = {role.id: set() for role in roles if not role.built_in}
    if own:
        columns = select(RolePermission.role_id, RolePermission.permission)
        for role_id, permission in await looking.rows(columns.where(RolePermission.role_id == any_of(list(own)))):
            own[role_id].add(permission)
    return {
        role.id: permissions_of([role.name]) if role.built_in else frozenset(own[role.id]) & EVERYTHING
        for role in roles
    }


@operation(
    "users.manage",
    refuses=[AlreadyExists, RoleAboveYours],
    emits=["role.created", "role.permission.created"],
)
async def create_role(
    context: Context,
    name: Annotated[str, "Name of the role; unique in the company."],
    description: Annotated[str, "What its holders do."],
    permissions: Annotated[list[str], "What they may do: names of permissions, each of which you have yourself."],
) -> Role:
    """Make a role of the company's own; nobody holds it yet."""
    role = Role(id=uuid7(), name=_checked("name", name), description=_checked("description", description))
    wanted = _checked_permissions(context, permissions)
    context.add(role)
    await context.flush()
    context.add(*(RolePermission(role_id=role.id, permission=each) for each in wanted))
    await context.flush()
    return role


@operation(
    "users.manage",
    refuses=[AlreadyExists, RoleAboveYours, RoleBuiltIn],
    emits=["role.updated", "role.permission.created", "role.permission.deleted", "user.role_changed"],
)
async def update_role(
    context: Context,
    role: Role,
    name: Annotated[str | None, "Name of the role; unique in the company."] = None,
    description: Annotated[str | None, "What its holders do."] = None,
    permissions: Annotated[
        list[str], "All that they may do. What is new among them you have yourself; the rest may stay."
    ] = UNCHANGED,
) -> Role:
    """Change a role of the company's own: what is left out stays. What it allows counts from the next request on."""
    _expect_own(role)
    if name is not None:
        role.name = _checked("name", name)
    if description is not None:
        role.description = _checked("description", description)
    if permissions is not UNCHANGED:
        await _allow(context, role, permissions)
    return role


@operation("users.manage", refuses=[InUse, RoleBuiltIn], emits=["role.permission.deleted", "role.deleted"])
async def delete_role(context: Context, role: Role) -> Deleted:
    """Delete a role of the company's own that nobody holds any more."""
    _expect_own(role)
    if await context.all(select(UserRole.id).where(UserRole.role_id == role.id).limit(1)):
        raise InUse("Somebody still holds the role: take it from them first.")
    gone = Deleted("Role", role.id)
    await context.delete(Role, [role])
    return gone


async def _allow(context: Context, role: Role, permissions: Sequence[str]) -> None:
    """Make a role allow exactly some permissions, and tell those who hold it."""
    rows: Sequence[Any] = await context.all(
        select(RolePermission).where(RolePermission.role_id == role.id).order_by(RolePermission.permission)
    )
    had = {row.permission: row for row in rows}
    wanted = _checked_permissions(context, permissions, had)
    gone = [row for permission, row in had.items() if permission not in wanted]
    new = [each for each in wanted if each not in had]
    if not gone and not new:
        return
    made = [RolePermission(id=uuid7(), role_id=role.id, permission=each) for each in new]
    context.add(*made)
    kept = [row.id for row in rows if row not in gone]
    context.rearranged(role, "allows", [row.id for row in rows], [*kept, *(row.id for row in made)])
    await context.delete(RolePermission, gone)
    for user in await _holders(context, role):
        await context.publish(RoleChanged(changed=role.name), user)


async def _holders(context: Context, role: Role) -> Sequence[User]:
    """Return who holds a role, locked."""
    holding = select(UserRole.user_id).where(UserRole.role_id == role.id)
    ids = await context.all(select(User.id).where(User.id.in_(holding), User.is_active).order_by(User.id))
    return await context.many(User, ids)


def _checked(name: str, value: str) -> str:
    check_value(client_columns(Role)[name], value)
    if not value.strip():
        raise InvalidInput(f"A {name} cannot be blank.", path=(name,))
    return value.strip()


def _checked_permissions(context: Context, given: Sequence[str], had: Mapping[str, object] | None = None) -> list[str]:
    """Return permissions in order, each once; refuse what is none, and what is new and who asks lacks."""
    if len(given) > MOST_PERMISSIONS:
        raise InvalidInput("Each permission once.", path=("permissions",))
    for place, name in enumerate(given):
        if name not in EVERYTHING:
            near = get_close_matches(name, EVERYTHING, n=1)
            advice = f"did you mean {near[0]}?" if near else "see the permissions of the built-in roles."
            raise InvalidInput(f"No permission of users is called {name}; {advice}", path=("permissions", place))
        if name not in (had or {}) and not context.principal.can(name):
            raise RoleAboveYours(f"You lack {name} yourself.", path=("permissions", place))
    return sorted(set(given))


def _expect_own(role: Role) -> None:
    if role.built_in:
        raise RoleBuiltIn(f"{role.name} came with the product; make a role of your own.", path=("id",))


async def expect_below(context: Context, role: Role, path: str, scope: Scope | None = None) -> None:
    """Refuse to give what one does not have oneself, at least within the scope in which it is given."""
    allowed = (await allowed_by(context.looking, [role]))[role.id]
    if missing := sorted(each for each in allowed if not _has(context.principal, each, scope)):
        where = "" if scope is None else " within that scope"
        raise RoleAboveYours(f"{role.name} also holds {', '.join(missing)}, which you lack{where}.", path=(path,))


async def expect_all_below(context: Context, user: User) -> None:
    """Refuse to weaken how somebody signs in who has a role with a permission that one lacks oneself."""
    held = select(Role).join(UserRole, UserRole.role_id == Role.id).where(UserRole.user_id == user.id)
    roles: Sequence[Role] = await context.all(held.order_by(Role.name))
    for role in roles:
        await expect_below(context, role, "id")


def _has(who: Principal, permission: str, scope: Scope | None) -> bool:
    held = who.within(permission)
    return who.can(permission) or (
        permission not in OF_EVERYBODY and scope is not None and held is not None and held >= scope
    )
