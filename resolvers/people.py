"""A company's people who can sign in: inviting them, shutting them out, and what their roles let them do.

There is always somebody who owns the company and can sign in. Whatever could end that locks the role of owners first,
so that of two who leave at the same moment one is refused.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, inspect, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from uuid_utils.compat import uuid7

from auth.scopes import Scope
from db.models.hr import Employee
from db.models.identity import Department, GrantScope, ProofPurpose, Role, Team, User, UserRole
from resolvers.computed import computed
from resolvers.context import Context, Looking, any_of
from resolvers.erased import PersonErased, expect_kept
from resolvers.founding import OWNER
from resolvers.identity.events import RoleChanged, UserActivated, UserDeactivated, UserInvited
from resolvers.identity.families import end_all
from resolvers.identity.mailed import live_links, mail_link, void_links
from resolvers.operation import Operation, Parameter, operation
from resolvers.plain import Also, client_columns
from resolvers.refusals import AlreadyExists, IllegalTransition, InvalidInput, NotFound, Refused
from resolvers.reporting import ReportsInCircle, expect_no_circle
from resolvers.roles import RoleAboveYours, expect_below
from resolvers.values import check_value, check_values

MOST_ROLES: Final = 20


class LastOwner(Refused):
    """There would be nobody left who owns the company and can sign in."""

    code = "LAST_OWNER"


class PlacedByEmployment(Refused):
    """The user is an employee: the department and the manager follow those of the employee, and are changed there."""

    code = "PLACED_BY_EMPLOYMENT"


class AlreadyJoined(Refused):
    """The person has chosen a password already, and needs no invitation."""

    code = "ALREADY_JOINED"


async def welcome_user(context: Context, user: User, roles: Sequence[UUID] | None = None) -> None:
    """Give a new user their first roles, and mail them the link with which they choose their password."""
    wanted = list(dict.fromkeys(roles or ()))
    if len(wanted) > MOST_ROLES:
        raise InvalidInput(f"At most {MOST_ROLES} roles.", path=("roles",))
    try:
        given = await context.many(Role, wanted)
    except NotFound as missing:
        raise NotFound(missing.message, path=("roles",)) from missing
    for role in given:
        await expect_below(context, role, "roles")
        context.add(UserRole(user_id=user.id, role_id=role.id))
    await mail_link(context, user, ProofPurpose.INVITATION)
    await context.publish(UserInvited(), user)


async def normalise_user(_context: Context, user: User, **_given: Any) -> None:
    """Store the address as it is looked for, and refuse names that are blank."""
    user.email = user.email.strip().lower()
    check_value(client_columns(User)["email"], user.email)
    for name in ("first_name", "last_name"):
        if not getattr(user, name).strip():
            raise InvalidInput("A name cannot be blank.", path=(name,))


async def change_user(context: Context, user: User) -> None:
    """Store what is changed of a user, whose data was not erased."""
    expect_kept(user)
    await _expect_own_place(context, user)
    await expect_no_circle(context, user)
    await normalise_user(context, user)


async def _expect_own_place(context: Context, user: User) -> None:
    """Refuse to say of an employee's user where they belong: that follows the employee."""
    placed = [name for name in ("manager_id", "home_department_id") if inspect(user).attrs[name].history.has_changes()]
    if placed and await context.all(select(Employee.id).where(Employee.user_id == user.id)):
        raise PlacedByEmployment("The user is an employee; change it there.", path=(placed[0],))


ALSO_WHEN_CREATED: Final = Also(
    before=normalise_user,
    run=welcome_user,
    refuses=(RoleAboveYours,),
    emits=("user.role.created", "user.password_reset.created", "email_message.created", "user.invited"),
    parameters=(Parameter("roles", list[Role], "Roles that the person has from the start.", required=False),),
)
ALSO_WHEN_UPDATED: Final = Also(before=change_user, refuses=(PersonErased, PlacedByEmployment, ReportsInCircle))


@operation(
    "users.manage",
    refuses=[AlreadyJoined, IllegalTransition],
    emits=[
        "user.password_reset.updated",
        "user.password_reset.created",
        "email_message.created",
        "user.updated",
        "user.invited",
    ],
)
async def resend_user_invitation(context: Context, user: User) -> User:
    """Mail another invitation to somebody who has not chosen a password yet; the link of the last one is dead."""
    if user.password_hash is not None:
        raise AlreadyJoined("The person has chosen a password; they can ask for another one themselves.")
    if not user.is_active:
        raise _illegal("inactive", "invited", "activate_user")
    before = await live_links(context, user)
    link = await mail_link(context, user, ProofPurpose.INVITATION)
    context.rearranged(user, "invitations", [each.id for each in before], [link.id])
    await context.publish(UserInvited(), user)
    return user


@operation("users.manage", refuses=[IllegalTransition, PersonErased], emits=["user.updated", "user.activated"])
async def activate_user(context: Context, user: User) -> User:
    """Let somebody in again who was shut out; they sign in with the password that they had."""
    if user.is_active:
        raise _illegal("active", "active", "deactivate_user")
    expect_kept(user)
    user.is_active = True
    await context.publish(UserActivated(), user)
    return user


@operation(
    "users.manage",
    refuses=[IllegalTransition, LastOwner],
    emits=[
        "user.updated",
        "user.session.updated",
        "user.refresh_token.updated",
        "user.password_reset.updated",
        "user.deactivated",
    ],
)
async def deactivate_user(context: Context, user: User) -> User:
    """Shut somebody out: their sessions end at once, and mailed links are dead. Their work stays theirs."""
    if not user.is_active:
        raise _illegal("inactive", "inactive", "activate_user")
    await _expect_other_owner(context, user)
    user.is_active = False
    await end_all(context, user)
    await void_links(context, user)
    await context.publish(UserDeactivated(), user)
    return user


OF_ROLE: Final = "Whose rows the role reaches; the whole company's when left out."
OF_DEPARTMENT: Final = "The department, of the scope DEPARTMENT."
OF_TEAM: Final = "The team, of the scope TEAM."


@operation(
    "users.manage",
    refuses=[AlreadyExists, RoleAboveYours, InvalidInput],
    emits=["user.role.created", "user.updated", "user.role_changed"],
)
async def give_role(
    context: Context,
    user: User,
    role: Annotated[Role, "A role whose permissions you all have yourself."],
    scope: Annotated[GrantScope, OF_ROLE] = GrantScope.TENANT,
    department: Annotated[Department | None, OF_DEPARTMENT] = None,
    team: Annotated[Team | None, OF_TEAM] = None,
) -> User:
    """Give a user a role, within a scope or throughout the company; it counts from their next request on.

    A role may be held within several scopes. Within a scope it reaches rows of people: what its permissions are asked
    for beside that is held throughout the company, or not at all.
    """
    grant = _grant(role, scope, department, team)
    await _expect_within(context, role, grant)
    held = await held_by(context, user)
    if await _given(context, user, grant):
        raise AlreadyExists(f"The user has the role {role.name} already.", path=("role_id",))
    made = UserRole(id=uuid7(), user_id=user.id, **grant)
    context.add(made)
    context.rearranged(user, "roles", held, [*held, role.id])
    await context.publish(RoleChanged(given=role.name), user)
    return user


@operation(
    "users.manage",
    refuses=[NotFound, LastOwner, RoleAboveYours, InvalidInput],
    emits=["user.role.deleted", "user.updated", "user.role_changed"],
)
async def take_role(
    context: Context,
    user: User,
    role: Annotated[Role, "A role that the user has."],
    scope: Annotated[GrantScope, OF_ROLE] = GrantScope.TENANT,
    department: Annotated[Department | None, OF_DEPARTMENT] = None,
    team: Annotated[Team | None, OF_TEAM] = None,
) -> User:
    """Take a role from a user that they hold within this scope; it counts from their next request on."""
    grant = _grant(role, scope, department, team)
    if not context.principal.can("users.manage"):
        await _expect_within(context, role, grant)
    held, given = await held_by(context, user), await _given(context, user, grant)
    if not given:
        raise NotFound(f"The user does not have the role {role.name}.", path=("role_id",))
    if role.name == OWNER and role.built_in:
        await _expect_other_owner(context, user)
    await context.delete(UserRole, given)
    left = list(held)
    left.remove(role.id)
    context.rearranged(user, "roles", held, left)
    await context.publish(RoleChanged(taken=role.name), user)
    return user


def _grant(role: Role, scope: GrantScope, department: Department | None, team: Team | None) -> dict[str, Any]:
    """Return the columns of a grant; refuse one whose scope lacks what it is about, or names what it is not about."""
    named = {GrantScope.DEPARTMENT: ("department_id", department), GrantScope.TEAM: ("team_id", team)}
    for kind, (name, about) in named.items():
        if (scope is kind) != (about is not None):
            raise InvalidInput(f"The scope {kind.name} has a {kind.value}, and no other scope has.", path=(name,))
    if role.name == OWNER and role.built_in and scope is not GrantScope.TENANT:
        raise InvalidInput("A company is owned as a whole.", path=("scope",))
    about = {name: each.id if each else None for name, each in named.values()}
    return {"role_id": role.id, "scope": scope, **about}


async def _expect_within(context: Context, role: Role, grant: Mapping[str, Any]) -> None:
    """Refuse to give more than one has: who has it within a scope gives it for departments and teams in there."""
    department, team = grant["department_id"], grant["team_id"]
    if department is None and team is None:
        await expect_below(context, role, "role_id")
        return
    scope = Scope(departments=frozenset({department} if department else ()), teams=frozenset({team} if team else ()))
    await expect_below(context, role, "role_id", scope)


async def _given(context: Context, user: User, grant: Mapping[str, Any]) -> Sequence[UserRole]:
    """Return the grant of a locked user that is equal to one."""
    same = [getattr(UserRole, name).is_not_distinct_from(value) for name, value in grant.items()]
    return await context.all(select(UserRole).where(UserRole.user_id == user.id, *same))


@computed(User, needs="users.read")
async def role_names(looking: Looking, users: Sequence[User]) -> Sequence[list[str]]:
    """Names of the roles that the user holds, within whatever scope, in the order of the alphabet."""
    rows = await looking.rows(
        select(UserRole.user_id, func.array_agg(aggregate_order_by(Role.name.distinct(), Role.name)))
        .join(Role, Role.id == UserRole.role_id)
        .where(UserRole.user_id == any_of([user.id for user in users]))
        .group_by(UserRole.user_id)
    )
    names = dict(rows)
    return [names.get(user.id, []) for user in users]


def _own_profile() -> Operation:
    """Declare how people change what the company knows of themselves."""
    columns = {name: client_columns(User)[name] for name in ("first_name", "last_name", "locale", "timezone")}

    async def run(context: Context, **values: Any) -> User:
        check_values(columns, values)
        if context.principal.kind != "user" or context.principal.id is None:
            raise NotFound("There is no user behind this session.")
        user = await context.one(User, context.principal.id)
        for name, value in values.items():
            setattr(user, name, value)
        await normalise_user(context, user)
        return user

    return Operation(
        name="update_viewer",
        needs="company.read",
        run=run,
        parameters=[Parameter(name, column, column.doc or "", required=False) for name, column in columns.items()],
        returns=User,
        description="Change your own name, language or time zone; what is left out stays as it is.",
        refuses=(InvalidInput, NotFound),
        emits=("user.updated",),
    )


update_viewer: Final = _own_profile()


async def held_by(context: Context, user: User) -> Sequence[UUID]:
    """Return the roles of a locked user: they are given and taken under that lock only."""
    return await context.all(select(UserRole.role_id).where(UserRole.user_id == user.id).order_by(UserRole.id))


async def _expect_other_owner(context: Context, user: User) -> None:
    """Refuse to lose the last owner who can sign in."""
    if await is_last_owner(context, user):
        raise LastOwner("Somebody else must own the company first.")


async def is_last_owner(context: Context, user: User) -> bool:
    """Tell whether a user is the last owner who can sign in; the role stays locked until the transaction ends."""
    owners = await context.all(select(Role).where(Role.name == OWNER, Role.built_in).with_for_update(key_share=True))
    counted = await context.all(select(User.id).where(_owns([owner.id for owner in owners])))
    return user.id in counted and len(counted) == 1


def _owns(roles: Sequence[UUID]) -> ColumnElement[bool]:
    """Select the users who own the company and can sign in: an invited one has not said yes yet."""
    held = exists().where(UserRole.user_id == User.id, UserRole.role_id == any_of(roles))
    return held & User.is_active & User.password_hash.is_not(None)


def _illegal(origin: str, target: str, *allowed: str) -> IllegalTransition:
    facts = {"from": origin, "to": target, "allowed": list(allowed)}
    return IllegalTransition(f"The user is {origin}, and cannot become {target} from there.", **facts)
