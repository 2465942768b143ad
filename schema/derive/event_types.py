"""The catalogue of events: each type that there is, what its data looks like, and what it comes from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Annotated, Any, Final

from graphql import GraphQLField

from resolvers.context import Looking
from resolvers.event_types import EventForm, event_forms
from resolvers.following import check_pattern, of_patterns
from resolvers.reading import Reading, reading
from schema.derive.mutations import operations_of
from schema.derive.names import camel
from schema.derive.readings import reading_field
from schema.derive.registry import Registry

MODULE: Final = "company"
"""The part of every plan to which the catalogue belongs."""


@dataclass(frozen=True, slots=True)
class EventType:
    """One type of event: what it tells, and what makes it."""

    type: Annotated[str, "Its name: dotted, the domain first, the last part in the past tense."]
    description: Annotated[str, "What has happened."]
    subject_type: Annotated[str, "The type of what it is about."]
    needs: Annotated[
        str | None,
        "The permission with which it is shown, beside `events.read`; null where it is shown to nobody, because what "
        "it is about is not public.",
    ]
    schema_version: Annotated[int, "Version of the shape of `data`: raised when it changes other than by new fields."]
    data_schema: Annotated[dict[str, Any], "JSON Schema (draft 2020-12) of `data`."]
    example: Annotated[dict[str, Any], "What `data` may look like."]
    emitted_by: Annotated[
        list[str],
        "The mutations that it may come from; also `job <name>`, or an address to which files are sent. Empty where "
        "nothing makes it yet.",
    ]


def catalogue_fields(registry: Registry) -> dict[str, GraphQLField]:
    """Return the field that lists the types of events."""
    asked = _reading(registry, emitted_by(registry))
    return {camel(asked.name): reading_field(registry, MODULE, asked)}


def _reading(registry: Registry, sources: Mapping[str, Sequence[str]]) -> Reading:
    @reading("events.read")
    async def event_types(
        _looking: Looking,
        matching: Annotated[str | None, "Only these: one type, all of a domain as `onboarding.*`, or `*`."] = None,
    ) -> list[EventType]:
        """Every type of event that there is, in the order of the alphabet."""
        wanted = "*" if matching is None else matching
        check_pattern(wanted, ("matching",))
        is_wanted = of_patterns([wanted])
        return [_shown(registry, form, sources) for form in event_forms().values() if is_wanted(form.type)]

    return event_types


def _shown(registry: Registry, form: EventForm, sources: Mapping[str, Sequence[str]]) -> EventType:
    entity = registry.entity(form.subject)
    return EventType(
        type=form.type,
        description=form.description,
        subject_type=form.subject,
        needs=entity.read if entity else None,
        schema_version=form.version,
        data_schema=form.schema,
        example=form.example,
        emitted_by=list(sources.get(form.type, ())),
    )


def emitted_by(registry: Registry) -> Mapping[str, Sequence[str]]:
    """Return what each type of event may come from, as the declarations say."""
    pairs = sorted(set(_emitted(registry)))
    return {name: [source for _, source in group] for name, group in groupby(pairs, key=itemgetter(0))}


def _emitted(registry: Registry) -> Iterable[tuple[str, str]]:
    for domain in registry.domains:
        for operation in operations_of(registry, domain):
            yield from ((each, camel(operation.name)) for each in operation.may_emit)
        for emitter in domain.emitters:
            yield from ((each, emitter.known_as) for each in emitter.emits)
