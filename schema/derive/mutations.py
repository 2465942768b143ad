"""The root mutation fields: one per operation, and one per plain verb of each entity that can be written."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from graphql import GraphQLArgument, GraphQLField, GraphQLID, GraphQLNonNull

from db.deprecation import text_of
from resolvers import plain
from resolvers.operation import Operation
from resolvers.places import place_of
from resolvers.plain import Deleted
from resolvers.refusals import CONTRACT
from schema.derive.declare import Domain, Entity
from schema.derive.fields import KEY, CommandField
from schema.derive.inputs import input_type
from schema.derive.names import camel, lower_first, pascal, snake_plural
from schema.derive.objects import object_type
from schema.derive.payloads import Result, deleted_id, payload_type, refusal_types, the_object
from schema.derive.registry import Registry
from schema.derive.views import output_type, return_type
from schema.execute.command import command, shown, waited_for

Item = TypeVar("Item")


def mutation_fields(registry: Registry) -> dict[str, GraphQLField]:
    """Return every derived mutation; the refusals of those that are written by hand are made too."""
    for domain in registry.domains:
        refusal_types(registry, domain.refusals)
    return {
        camel(operation.name): _field(registry, domain, operation)
        for domain in registry.domains
        for operation in operations_of(registry, domain)
    }


def operations_of(registry: Registry, domain: Domain) -> Sequence[Operation]:
    """Return a domain's operations: those it declares, and the plain ones of its entities."""
    derived = [operation for entity in domain.entities for operation in _plain(registry, entity)]
    return [*domain.operations, *derived]


def _plain(registry: Registry, entity: Entity) -> Iterator[Operation]:
    if entity.write is None:
        return
    written = entity.plainly
    if "create" in entity.verbs:
        yield plain.create(written, entity.create_as)
    if "update" in entity.verbs:
        yield plain.update(written)
    if "delete" in entity.verbs:
        yield plain.delete(written)
    place = place_of(entity.written)
    if place and registry.entity(place.parent.__name__):
        yield plain.reorder(written, place.parent, snake_plural(entity.plural))


def _field(registry: Registry, domain: Domain, operation: Operation) -> GraphQLField:
    declared = CommandField(operation.needs, domain.module, operation)
    refusal_types(registry, [*CONTRACT, *operation.may_refuse])
    payload = payload_type(
        registry, f"{pascal(operation.name)}Payload", _result(registry, operation), _waited_for(registry, operation)
    )
    return GraphQLField(
        GraphQLNonNull(payload),
        args={
            "input": GraphQLArgument(
                GraphQLNonNull(input_type(registry, operation)), description="Its arguments, and the contract's."
            )
        },
        resolve=command(declared),
        description=_description(operation),
        deprecation_reason=text_of(operation.deprecated),
        extensions={KEY: declared},
    )


def _result(registry: Registry, operation: Operation) -> Result:
    """Return the payload's field for what an operation returns."""
    returns = operation.returns
    if returns is Deleted:
        return Result("deletedId", GraphQLID, "The id of what is gone; null when it was refused.", deleted_id)
    if operation.shows:
        annotated = return_type(operation.shows)
        kind, _ = output_type(registry, annotated)
        name = camel(operation.shown_as or lower_first(annotated.__name__))
        return Result(name, kind, "How it is now; null when it was refused.", shown(operation))
    entity = registry.entity_of(returns)
    return Result(
        lower_first(entity.name),
        object_type(registry, entity),
        "The object as it is now; null when it was refused.",
        the_object,
    )


def _waited_for(registry: Registry, operation: Operation) -> Result | None:
    """Return the payload's field for what an operation waits for that somebody else has to agree to."""
    gate = operation.gate
    entity = registry.entity(gate.returns.__name__) if gate else None
    if gate is None or entity is None:
        return None
    kind = object_type(registry, entity)
    return Result(camel(gate.shown_as), kind, "What it waits for; null when it was done, or refused.", waited_for(gate))


def _description(operation: Operation) -> str:
    """Write what the machine knows beside what the author wrote: permission, refusals, events, move."""
    refusals = ", ".join(f"`{kind.code}`" for kind in _distinct([*CONTRACT, *operation.may_refuse]))
    lines = [operation.description, f"Needs the permission `{operation.needs}`.", f"May refuse with {refusals}."]
    if operation.move:
        sources = ", ".join(status.value for status in operation.move.sources)
        lines.append(f"Moves the status from {sources} to {operation.move.target.value}.")
    if operation.may_emit:
        lines.append(f"Emits {', '.join(f'`{each}`' for each in _distinct(operation.may_emit))}.")
    return "\n\n".join(lines)


def _distinct(items: Sequence[Item]) -> list[Item]:
    return list(dict.fromkeys(items))
