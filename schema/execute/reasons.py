"""The words in which it is told why somebody sees something, or does not."""

from collections.abc import Mapping, Sequence
from typing import Final

from auth.principal import Principal
from db.columns import Belongs
from db.models.identity import GrantScope
from resolvers.access import HeldRole, Subject
from resolvers.scopes import belongs_of
from schema.derive.declare import Entity
from schema.derive.names import camel

Ways = Mapping[HeldRole, Sequence[Belongs]]

LET_IN: Final[Mapping[str, str]] = {
    "user": "The user may sign in.",
    "api_key": "The API key is accepted.",
    "new_hire": "The link of the onboarding is accepted.",
    "system": "The system asks.",
}
SHUT_OUT: Final = "The user is not active, and may not sign in."
NOTHING_MORE: Final = "The field asks for nothing beside what its object asks for."
NOT_PUBLIC: Final = "What the field tells of is not public: nobody sees it."
WITHIN: Final[Mapping[GrantScope, str]] = {
    GrantScope.TENANT: "throughout the company",
    GrantScope.DEPARTMENT: "for the people of a department",
    GrantScope.TEAM: "for the people of a team",
    GrantScope.REPORTS: "for those who report to the holder",
    GrantScope.SELF: "for the holder",
}


def of_permission(subject: Subject, who: Principal, permission: str) -> str:
    """Say by what a permission is held, or that it is not."""
    if who.kind != "user":
        held = "has" if who.can(permission) else "lacks"
        return f"Who asks {held} {permission}."
    by = [f"{role.name} {WITHIN[role.scope_of(permission)]}" for role in subject.giving(permission)]
    return f"{permission} is given by {', '.join(by)}." if by else f"No role of the user has {permission}."


def nobodys(entity: Entity) -> str:
    """Say why what is held within a scope does not count for a type."""
    return f"Within a scope it does not reach {entity.plural_label}: it is not declared to whom they belong."


def of_row(subject: Subject, entity: Entity, ways: Ways | None, *, is_reached: bool) -> str:
    """Say by which roles a row is reached; `ways` are those of roles within scopes, None where there is no scope."""
    belongs = belongs_of(entity.model)
    if ways is None:
        return "What is held throughout the company reaches every object." if is_reached else "The object is gone."
    if belongs is None or not belongs.to_people:
        return f"The {entity.plural_label} belong to nobody in particular: whoever may see any sees all."
    by = [
        f"{role.name} {WITHIN[role.kind]}, through {' and '.join(map(way_named, ways[role]))}"
        for role in subject.giving(entity.read)
        if ways.get(role)
    ]
    if by:
        return f"It belongs to somebody who is reached by {'; by '.join(by)}."
    reached = ", ".join(way_named(way) for way in belongs.ways)
    return f"It belongs, through {reached}, to nobody whom these roles reach."


def of_module(plan: str, module: str | None) -> str:
    """Say that the plan is short of a module."""
    return f"The plan {plan} does not include the module {module}."


def of_field(subject: Subject, who: Principal, needs: str | None, shown: Entity, *, is_held: bool) -> str:
    """Say by what the permission of a field is held, and whether that suffices for the type that it shows."""
    if needs is None:
        return NOTHING_MORE
    said = of_permission(subject, who, needs)
    if is_held or who.within(needs) is None:
        return said
    if belongs_of(shown.model) is None:
        return f"{said} {nobodys(shown)}"
    return f"{said} That does not reach all {shown.plural_label} that {shown.read} reaches."


def of_reference(type_name: str, *, is_seen: bool) -> str:
    """Say whether what a field refers to is seen."""
    if is_seen:
        return f"The {type_name} that it refers to is one that they see."
    return f"It refers to a {type_name} that they do not see: to them there is none."


def reaches_all(role: HeldRole, permission: str, entity: Entity) -> bool:
    """Tell whether a role has a permission for whatever object of a type there is."""
    belongs = belongs_of(entity.model)
    return role.scope_of(permission) is GrantScope.TENANT or (belongs is not None and not belongs.to_people)


def way_named(way: Belongs) -> str:
    """Name the field by which an object belongs to somebody."""
    if way.links:
        [link] = way.links
        return f"{link.model}.{camel(link.people)}"
    if way.led:
        [led] = way.led
        return f"{camel(led.column)}.{camel(led.people)}"
    if way.shared:
        return f"{camel(way.shared.by)}, which shares it"
    [name] = way.people or (way.through or "",)
    return camel(name)
