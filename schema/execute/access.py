"""Explains why somebody sees an object or one of its fields, or does not.

Nothing is decided here: the questions are those that the engines ask of the same declarations (`missing_for`, `chosen`,
`Scoping`), asked for whom it is about. What is added is the reason, and by which of their roles. Nobody is told of an
object that they do not see themselves. A handful of statements, whatever the roles and the rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from graphql import GraphQLObjectType

from auth.principal import Principal
from db.columns import Belongs, policy_of
from resolvers.access import (
    AccessExplanation,
    AccessGrant,
    AccessOutcome,
    AccessRule,
    AccessStep,
    HeldRole,
    Subject,
    user_subject,
    ways_reached,
)
from resolvers.edge import admit
from schema.derive import ids
from schema.derive.declare import Entity
from schema.derive.fields import (
    AnyField,
    ColumnField,
    ComputedField,
    ConnectionField,
    Guarded,
    RelationField,
    TransitionsField,
    declaration_of,
)
from schema.derive.finding import found_by_id
from schema.derive.ids import GlobalId
from schema.execute import reasons
from schema.execute.request import Info, Request, request_of
from schema.execute.resolve import chosen, id_of_any, missing_for
from schema.execute.scoping import Scoping, entity_of
from schema.execute.told import guarding, told_of

OF_OTHERS: Final = ("users.manage", "users.read")
"""What is needed throughout the company to ask about somebody else: it tells who they are, and whom they reach."""

MODULE: Final = "company"


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody finds, as both engines let them."""

    request: Request
    principal: Principal

    @property
    def scoping(self) -> Scoping:
        """What they hold within scopes."""
        return Scoping(self.request.registry, self.principal)

    def missing(self, guard: Guarded) -> str | None:
        """Return for want of what something is not shown to them; None where it is."""
        return missing_for(guard, self.scoping, self.request.asking.tenant.modules)

    async def row(self, entity: Entity, row_id: UUID) -> Any:
        """Return what `node` finds for them; None where it finds nothing."""
        if self.missing(found_by_id(self.request.registry, entity)):
            return None
        found = await self.request.reading.session.scalars(chosen(self.scoping, entity, [row_id]))
        return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is explained: an object, which who asks sees, and a field of it, by its name and its declaration."""

    entity: Entity
    row: Any
    name: str | None = None
    declared: Any = None


@dataclass(frozen=True, slots=True)
class Guard:
    """What a field asks for; None of one that asks for nothing, and whether it is of something that is not public."""

    asked: Guarded | None = None
    is_public: bool = True


async def explain_access(
    _root: Any, info: Info, id: str, field: str | None = None, user_id: str | None = None
) -> AccessExplanation | None:
    """Return why somebody sees something or does not; None for what who asks does not see."""
    request = request_of(info)
    if request.asking.principal.id is None:
        return None
    subject = await _subject(request, user_id)
    asked = await _asked(request, info, id, field)
    return await _explained(request, subject, asked) if subject and asked else None


async def _subject(request: Request, user_id: str | None) -> Subject | None:
    """Return whom it is about: who asks, or a user about whom they may ask."""
    who, looking = request.asking.principal, request.reading.looking
    if user_id is None and who.user_id is None:
        return Subject(who)
    row_id = who.user_id if user_id is None else ids.row_of(user_id, "User")
    if row_id is None or row_id != who.user_id:
        for needs in OF_OTHERS:
            admit(request.asking, needs=needs, module=MODULE, writes=False)
    return await user_subject(looking, row_id) if row_id else None


async def _asked(request: Request, info: Info, id: str, name: str | None) -> Asked | None:
    """Return what is asked about, if who asks sees it; the name of a field that there is not leads to nothing."""
    named = ids.decode(id)
    entity = request.registry.entity(named.type_name) if named else None
    if named is None or entity is None:
        return None
    row = await Sight(request, request.asking.principal).row(entity, named.row_id)
    if row is None or name is None:
        return None if row is None else Asked(entity, row)
    kind = info.schema.type_map[entity.name]
    assert isinstance(kind, GraphQLObjectType)
    shown = kind.fields.get(name)
    return None if shown is None else Asked(entity, row, name, declaration_of(shown))


async def _explained(request: Request, subject: Subject, asked: Asked) -> AccessExplanation | None:
    """Explain it; None where the field refers to something that who asks about somebody else does not see."""
    told = Telling(request, subject, asked)
    outcome = await told.decide()
    if outcome is None:
        return None
    return AccessExplanation(
        id=ids.encode(asked.entity.name, asked.row.id),
        field=asked.name,
        user=subject.user,
        outcome=outcome,
        permission=told.permission,
        reason=told.steps[-1].reason,
        grants=await told.grants(),
        steps=told.steps,
    )


@dataclass
class Telling:
    """One explanation as it is made: rule by rule, until one does not hold."""

    request: Request
    subject: Subject
    asked: Asked
    permission: str | None = None
    steps: list[AccessStep] = field(default_factory=list[AccessStep])
    _ways: Mapping[HeldRole, Sequence[Belongs]] | None = None

    async def decide(self) -> AccessOutcome | None:
        """Apply the rules in the order of the engines."""
        who = self.subject.principal
        if who is None:
            return self._stop(AccessRule.SIGN_IN, reasons.SHUT_OUT, AccessOutcome.OUT_OF_REACH)
        self._note(AccessRule.SIGN_IN, holds=True, reason=reasons.LET_IN[who.kind])
        sight = Sight(self.request, who)
        if not await self._sees_row(sight):
            return AccessOutcome.OUT_OF_REACH
        return await self._meets_field(sight) if self.asked.name else AccessOutcome.ALLOWED

    async def grants(self) -> list[AccessGrant]:
        """Return the roles that give the permission that decided."""
        permission = self.permission
        if permission is None:
            return []
        return [self._grant(role, permission, await self._reaching()) for role in self.subject.giving(permission)]

    async def _sees_row(self, sight: Sight) -> bool:
        entity, who = self.asked.entity, sight.principal
        found = found_by_id(self.request.registry, entity)
        self.permission = entity.read
        missing = sight.missing(found)
        said = reasons.of_permission(self.subject, who, entity.read)
        if missing and who.within(entity.read) is not None:
            said = f"{said} {reasons.nobodys(entity)}"
        self._note(AccessRule.PERMISSION, holds=not missing, reason=said)
        if missing:
            return False
        row = await sight.row(entity, self.asked.row.id)
        ways = await self._reaching() if who.within(entity.read) is not None else None
        said = reasons.of_row(self.subject, entity, ways, is_reached=row is not None)
        return self._note(AccessRule.ROW, holds=row is not None, reason=said)

    async def _meets_field(self, sight: Sight) -> AccessOutcome | None:
        guard = self._guard()
        if not guard.is_public:
            return self._stop(AccessRule.REFERENCE, reasons.NOT_PUBLIC, AccessOutcome.OUT_OF_REACH)
        if guard.asked is None:
            self._note(AccessRule.FIELD, holds=True, reason=reasons.NOTHING_MORE)
        elif not self._passes(sight, guard.asked):
            return AccessOutcome.HIDDEN
        return await self._meets_reference(sight)

    def _passes(self, sight: Sight, asked: Guarded) -> bool:
        """Look whether the field is shown to them, if its object is."""
        missing, needs = sight.missing(asked), asked.needs
        if missing is not None and missing != needs:
            self.permission = None
            said = reasons.of_module(self.request.asking.tenant.plan, asked.module)
            return self._note(AccessRule.MODULE, holds=False, reason=said)
        self.permission = needs or self.permission
        shown = entity_of(self.request.registry, asked) or self.asked.entity
        said = reasons.of_field(self.subject, sight.principal, needs, shown, is_held=missing is None)
        return self._note(AccessRule.FIELD, holds=missing is None, reason=said)

    async def _meets_reference(self, sight: Sight) -> AccessOutcome | None:
        """Look whether what the field refers to is there for them; who asks about others has to see it, too."""
        named = self._reference()
        if named is None:
            return AccessOutcome.ALLOWED
        entity, own = self.request.registry.entity(named.type_name), Sight(self.request, self.request.asking.principal)
        about_others = sight.principal.id != own.principal.id
        if about_others and (entity is None or await own.row(entity, named.row_id) is None):
            return None
        seen = entity is not None and await sight.row(entity, named.row_id) is not None
        if entity is not None:
            self.permission = self.permission if seen else entity.read
        self._note(AccessRule.REFERENCE, holds=seen, reason=reasons.of_reference(named.type_name, is_seen=seen))
        return AccessOutcome.ALLOWED if seen else AccessOutcome.OUT_OF_REACH

    def _guard(self) -> Guard:
        """Return what the field asks for, of which type the values are that it tells included."""
        declared, registry = self.asked.declared, self.request.registry
        match declared:
            case ColumnField(column=column) if type_column := policy_of(column).values_of:
                entity = told_of(registry, type_column, self.asked.row)
                return Guard(guarding(registry, entity)) if entity else Guard(is_public=False)
            case ColumnField():
                return Guard(declared if declared.needs else None)
            case RelationField() | ConnectionField() | ComputedField() | TransitionsField():
                return Guard(declared)
            case _:
                return Guard()

    def _reference(self) -> GlobalId | None:
        """Return what the field refers to, if there is something."""
        match self.asked.declared:
            case RelationField(column=column, target=target):
                row_id = getattr(self.asked.row, column.key)
                return None if row_id is None else GlobalId(target.name, row_id)
            case AnyField(column=column) if named_in := policy_of(column).named_in:
                text = id_of_any(self.asked.row, column, named_in)
                return None if text is None else ids.decode(text)
            case _:
                return None

    async def _reaching(self) -> Mapping[HeldRole, Sequence[Belongs]]:
        """Return by which ways each role that is held within a scope reaches the object; read once."""
        if self._ways is None:
            looking, model = self.request.reading.looking, self.asked.entity.model
            self._ways = await ways_reached(looking, self.subject, model, self.asked.row.id)
        return self._ways

    def _grant(self, role: HeldRole, permission: str, ways: Mapping[HeldRole, Sequence[Belongs]]) -> AccessGrant:
        scope = role.scope_of(permission)
        everywhere = reasons.reaches_all(role, permission, self.asked.entity)
        through = () if everywhere else ways.get(role, ())
        return AccessGrant(
            role=role.name,
            scope=scope,
            department_id=role.department_id,
            team_id=role.team_id,
            reaches=everywhere or bool(through),
            through=[reasons.way_named(each) for each in through],
        )

    def _stop(self, rule: AccessRule, reason: str, outcome: AccessOutcome) -> AccessOutcome:
        self._note(rule, holds=False, reason=reason)
        return outcome

    def _note(self, rule: AccessRule, *, holds: bool, reason: str) -> bool:
        self.steps.append(AccessStep(rule, holds, reason))
        return holds
