"""The form of the data of each type of event: its facts, as they are stored and as they are shown.

It is derived from what is declared: rows that are written tell of their columns, named events of their fields. What is
hidden in the API is left out of what is shown, and so is what no declaration knows (any more).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from types import NoneType
from typing import Any, Final, get_args, get_type_hints

from sqlalchemy import Column

from db.base import Base, TenantOwned, camel, snake
from db.columns import policy_of, reference_of
from db.models.log import AuditAction
from resolvers.event_types.kinds import Kind, id_of, list_of, of_annotation, of_column
from resolvers.named import NamedEvent, declarations, stored_name
from resolvers.operation import unwrapped
from resolvers.places import place_of, table_of
from subscriptions.recorder import MASK, STAMPS, TOLD_BY_FIELD, VERBS

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
CHANGED: Final = "changed"
LINKED: Final = ("from", "to")
OF_ROWS: Final = 1
"""Version of the shape of what rows tell."""

SAYS: Final = {
    AuditAction.CREATE: "{} was made; `changed` holds its fields that are not null.",
    AuditAction.UPDATE: "{} was changed; `changed` holds the fields that were, as they are now.",
    AuditAction.DELETE: "{} was deleted; `changed` holds its fields that were not null.",
    AuditAction.TRANSITION: "The status of {} moved; `changed` holds it, and what else was changed with it.",
    AuditAction.LOGIN: "{} signed in; `changed` holds what was noted of it.",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of an event: its name in the log, what it means, its kind; is it always there, may it be null."""

    name: str
    meaning: str
    kind: Kind
    always: bool = False
    nullable: bool = False

    @property
    def shown_name(self) -> str:
        """Its name in the API."""
        return camel(self.name)

    @property
    def schema(self) -> dict[str, Any]:
        """Its JSON Schema."""
        described = {**self.kind.schema, "description": self.meaning}
        if not self.nullable:
            return described
        listed = {"enum": [*described["enum"], None]} if "enum" in described else {}
        return {**described, **listed, "type": [described["type"], "null"]}

    def show(self, stored: Any) -> Any:
        """Return a stored value as it is shown; a mark in its place stays one."""
        return stored if stored is None or stored == MASK else self.kind.show(stored)


def _shown(facts: Iterable[Fact], stored: Mapping[str, Any]) -> dict[str, Any]:
    return {each.shown_name: each.show(stored[each.name]) for each in facts if each.name in stored}


def _object(facts: Sequence[Fact]) -> dict[str, Any]:
    """Return the JSON Schema of an object that has these facts and no other."""
    return {
        "type": "object",
        "properties": {each.shown_name: each.schema for each in facts},
        "required": [each.shown_name for each in facts if each.always],
        "additionalProperties": False,
    }


@dataclass(frozen=True, slots=True)
class EventForm:
    """One type of event: what it means, what it is about, and the facts of its data; of a row, those of `changed`.

    `hidden` are names that may stand in the log and are never shown.
    """

    type: str
    description: str
    subject: str
    version: int
    facts: Sequence[Fact]
    of_row: bool = False
    hidden: frozenset[str] = frozenset()

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the data as it is shown."""
        whole = _object(self.facts)
        if self.of_row:
            inner = {**whole, "description": "The fields of the object by their names."}
            whole = {**whole, "properties": {CHANGED: inner}, "required": [CHANGED]}
        return {"$schema": DIALECT, "title": self.type, "description": self.description, **whole}

    @property
    def example(self) -> dict[str, Any]:
        """Data that such an event may hold: what is always there, or something where nothing is."""
        chosen = [each for each in self.facts if each.always] or self.facts[:1]
        facts = {each.shown_name: each.kind.example for each in chosen}
        return {CHANGED: facts} if self.of_row else facts

    def shown(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return the data of such an event, as it is in the log, as it is shown."""
        if self.of_row:
            return {CHANGED: _shown(self.facts, data.get(CHANGED, {}))}
        return _shown(self.facts, data)


@cache
def event_forms() -> Mapping[str, EventForm]:
    """Return every type of event that there can be, in the order of the alphabet. Ask once everything is imported."""
    models = (mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, TenantOwned))
    forms = [*(form for model in models for form in _forms_of(model)), *map(_named_form, declarations().values())]
    found = {form.type: form for form in forms}
    assert len(found) == len(forms), "two types of events have one name"
    return dict(sorted(found.items()))


def _forms_of(model: type[TenantOwned]) -> Iterable[EventForm]:
    """Return what the rows of a model tell: that they are made, changed, deleted, and what their columns tell of."""
    told = [action for name, action in TOLD_BY_FIELD.items() if name in table_of(model).columns]
    for action in (AuditAction.CREATE, AuditAction.UPDATE, AuditAction.DELETE, *told):
        yield _row_form(model, action)


def _row_form(model: type[TenantOwned], action: AuditAction) -> EventForm:
    columns = [each for each in table_of(model).columns if each.key not in STAMPS and each.computed is None]
    shown = [each for each in columns if not policy_of(each).hidden and _may_change(each, action)]
    lists = list(_lists_of(model)) if action is AuditAction.UPDATE else list[Fact]()
    description = SAYS[action].format(_one(model))
    return EventForm(
        f"{model.event_subject()}.{VERBS[action]}",
        description[0].upper() + description[1:],
        model.__name__,
        OF_ROWS,
        [*(_fact(each, action) for each in shown), *lists],
        of_row=True,
        hidden=frozenset(each.key for each in columns if policy_of(each).hidden),
    )


def _may_change(column: Column[Any], action: AuditAction) -> bool:
    """Tell whether a column can be in an event: what tells by itself makes another event of the change."""
    return action is not AuditAction.UPDATE or column.key not in TOLD_BY_FIELD


def _fact(column: Column[Any], action: AuditAction) -> Fact:
    whole = action in {AuditAction.CREATE, AuditAction.DELETE}
    telling = TOLD_BY_FIELD.get(column.key) is action
    return Fact(
        column.key,
        column.doc or "",
        of_column(column),
        always=telling or (whole and not column.nullable),
        nullable=bool(column.nullable) and not whole and not telling,
    )


def _lists_of(model: type[TenantOwned]) -> Iterable[Fact]:
    """Return what belongs to a row and is told as a list of ids: what has an order in it, or is linked to it."""
    tables = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, TenantOwned)]
    for child in sorted(tables, key=lambda each: each.__name__):
        for column in table_of(child).columns:
            reference, listed = reference_of(column), _listed(child, column)
            if reference and reference.target == model.__name__ and reference.back and listed:
                meaning = f"Ids of its {reference.back.replace('_', ' ')}, all of them in their order."
                yield Fact(reference.back, meaning, list_of(id_of(listed)))


def _listed(child: type[TenantOwned], back: Column[Any]) -> str | None:
    """Return the type whose ids are listed: the child where it has a place in its parent, else what it links to.

    A link refers to two rows and may lack nothing but what it refers to beside them; it belongs to the first. A model
    whose rows are agreed one after the other says by which column its parent tells of them, in `__told_by__`.
    """
    if place := place_of(child):
        return child.__name__ if place.within is back else None
    if told_by := getattr(child, "__told_by__", None):
        return child.__name__ if back.key == told_by else None
    own = [each for each in table_of(child).columns if each.key not in STAMPS]
    named = [(each, found.target) for each in own if (found := reference_of(each)) and not each.nullable]
    is_link = len(named) == len(LINKED) and all(reference_of(each) or not each.nullable for each in own)
    return named[1][1] if is_link and named[0][0] is back else None


def _named_form(declared: NamedEvent) -> EventForm:
    said = " ".join((declared.shape.__doc__ or "").split())
    facts = [_named_fact(declared.shape, each.name) for each in fields(declared.shape)]
    return EventForm(declared.name, said, declared.about.__name__, declared.version, facts)


def _named_fact(shape: type[Any], name: str) -> Fact:
    annotated, meaning, names, _ = unwrapped(get_type_hints(shape, include_extras=True)[name])
    inner = [each for each in get_args(annotated) if each is not NoneType]
    optional = NoneType in get_args(annotated)
    kind = of_annotation(inner[0] if optional else annotated, names)
    return Fact(stored_name(name), meaning, kind, always=not optional)


def _one(model: type[TenantOwned]) -> str:
    label = snake(model.__name__).replace("_", " ")
    return f"{'an' if label[0] in 'aeio' else 'a'} {label}"
