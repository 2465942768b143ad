"""Compiles an operation into steps, one for each field at each level, and keeps what it made.

What a step does is settled here: which fields of a type are asked for at a place, under which response names, with
fragments spread and the same field named twice merged; which arguments are known beforehand; how values of the field's
type are completed. Everything that depends on values of variables, but for those of `@skip` and `@include`, is left to
the run. graphql-core's `collect_fields` does the merging.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter, itemgetter
from typing import Any, Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationDefinitionNode,
    OperationType,
    Undefined,
    VariableNode,
    Visitor,
    default_field_resolver,
    get_argument_values,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    visit,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues
from graphql.pyutils import Path

from schema.derive.declare import Entity
from schema.derive.fields import (
    AggregateField,
    ColumnField,
    ComputedField,
    ConnectionField,
    GroupsField,
    OneField,
    RelationField,
    TransitionsField,
    declaration_of,
)
from schema.execute import resolve
from schema.execute.coordinates import coordinates_of
from schema.execute.planned.completing import Abstract, Completion, Known, Leaf, Listed, NotNull, Objects
from schema.execute.planned.islands import Island, covers
from schema.execute.planned.pricing import Pricing, by_levels
from schema.execute.planned.rows import TYPE_NAME, Layout, in_row, shown
from schema.execute.planned.sources import (
    CURSORS,
    PARTS,
    Batched,
    Beside,
    Named,
    One,
    Paged,
    Related,
    Resolved,
    Source,
    Taken,
)
from schema.execute.planned.statements import Statements
from schema.execute.planned.weights import MOMENT, SESSION


@dataclass(frozen=True, slots=True)
class Place:
    """Where a selection stands: over rows with a layout or over objects, and within a connection that was read.

    `is_beside` says that a loader takes what is asked for in several fields together.
    """

    layout: Layout | None = None
    is_loaded: bool = False
    is_beside: bool = False


ELSEWHERE: Final = Place()
BESIDE: Final = Place(is_beside=True)
RESOLVED: Final = Resolved()
OBJECTS: Final = frozenset({resolve.nodes, resolve.edge_node})
PAGES: Final = frozenset({resolve.nodes, resolve.edges, resolve.page_info})
BETWEEN: Final = frozenset({resolve.edges, resolve.page_info})


class Selection:
    """What is asked of one object type at one place of an operation; its steps are taken in turn, or all at once.

    Read by levels it costs something `once`, and something for `each` object, in microseconds.
    """

    def __init__(self, kind: GraphQLObjectType, steps: Sequence["Step"], *, at_once: bool) -> None:
        self.kind, self.steps, self.at_once = kind, steps, at_once
        self.names = [step.name for step in steps]
        self.once, self.each = by_levels(steps)


@dataclass(slots=True, eq=False)
class Step:
    """One field at one place: under which name it is answered, and how.

    `fixed` are its arguments where they are known beforehand; `handed` are the variables that hold all of them, where
    none of these is null or left out.
    """

    name: str
    field: GraphQLField
    nodes: list[FieldNode]
    parent: GraphQLObjectType
    path: Path
    source: Source
    completion: Completion
    fixed: dict[str, Any] | GraphQLError | None
    handed: Mapping[str, str] | None

    @property
    def resolve(self) -> Any:
        """The field's resolver."""
        return self.field.resolve or default_field_resolver

    def arguments(self, variables: VariableValues) -> dict[str, Any]:
        """Return the arguments, or raise GraphQLError where a variable leaves out what is required."""
        if self.handed is not None:
            given = [variables.coerced.get(name) for name in self.handed.values()]
            if None not in given:
                return dict(zip(self.handed, given, strict=True))
        if self.fixed is None:
            return get_argument_values(self.field, self.nodes[0], variables, hide_suggestions=True)
        if isinstance(self.fixed, GraphQLError):
            raise self.fixed
        return self.fixed


class Plan:
    """A compiled operation; `conditions` are the variables that decide what is asked for at all."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        conditions: VariableValues,
        statements: Statements,
    ) -> None:
        self.schema, self.operation, self.statements = schema, operation, statements
        self.fragments = dict(fragments)
        self._spread = {name: FragmentDetails(each) for name, each in fragments.items()}
        self.conditions = conditions
        self._uses_session, self._reads = False, 0

    @property
    def needs_session(self) -> bool:
        """Whether something is asked of resolvers or of objects, which read through a session."""
        return bool(self.root) and self._uses_session

    @property
    def reads(self) -> int:
        """How many statements its levels take, beside those of resolvers and of batch functions."""
        return self._reads if self.root else 0

    @property
    def is_alone(self) -> bool:
        """Whether its levels take one statement, and nothing else reads."""
        return self.reads == 1 and not self._uses_session

    @cached_property
    def coordinates(self) -> tuple[str, ...]:
        """What of the schema it uses, whatever the values of its variables."""
        return coordinates_of(self.schema, self.operation, self.fragments)

    @cached_property
    def root(self) -> Selection:
        """What is asked of the root type."""
        kind = self.schema.get_root_type(self.operation.operation)
        assert kind is not None
        fields = collect_fields(self.schema, self._spread, self.conditions, kind, self.operation, hide_suggestions=True)
        return self._selection(kind, fields.grouped_field_set, None, ELSEWHERE)

    @cached_property
    def island(self) -> Island | None:
        """The one statement that answers it, where there can be one."""
        is_query = self.operation.operation is OperationType.QUERY
        return Island(self.statements.registry, self.root) if is_query and self.reads and covers(self.root) else None

    @cached_property
    def pricing(self) -> Pricing:
        """What it costs."""
        session = SESSION if self.needs_session else MOMENT if self.reads > 1 else 0.0
        return Pricing(self.root, self.fragments, session)

    def _collected(self, kind: GraphQLObjectType, details: list[FieldDetails]) -> Mapping[str, list[FieldDetails]]:
        """Return what some fields of the same name ask of an object type."""
        return collect_subfields(
            self.schema, self._spread, self.conditions, self.operation, kind, details, hide_suggestions=True
        ).grouped_field_set

    def _selection(
        self, kind: GraphQLObjectType, grouped: Mapping[str, list[FieldDetails]], above: Path | None, place: Place
    ) -> Selection:
        steps = [
            self._step(kind, name, details, Path(above, name, kind.name), place) for name, details in grouped.items()
        ]
        return Selection(kind, [step for step in steps if step is not None], at_once=place.is_beside)

    def _step(
        self, kind: GraphQLObjectType, name: str, details: list[FieldDetails], path: Path, place: Place
    ) -> Step | None:
        nodes = [each.node for each in details]
        declared = self._field(kind, details)
        if declared is None:
            return None
        source, completion = self._way(kind, declared, details, path, place)
        self._uses_session |= _reads_objects(source, place)
        self._reads += _reads(source)
        fixed, handed = self._fixed(declared, nodes[0]), _handed(declared, nodes[0])
        return Step(name, declared, nodes, kind, path, source, completion, fixed, handed)

    def _fixed(self, declared: GraphQLField, node: FieldNode) -> dict[str, Any] | GraphQLError | None:
        """Return the arguments of a field of a query that names no variable in them; None where they are not known.

        What a mutation is given it may keep and change, so that it is given its own each time.
        """
        uses = Variables()
        for argument in node.arguments or ():
            visit(argument.value, uses)
        if uses.names or self.operation.operation is OperationType.MUTATION:
            return None
        try:
            return get_argument_values(declared, node, hide_suggestions=True)
        except GraphQLError as error:
            return error

    def _field(self, kind: GraphQLObjectType, details: list[FieldDetails]) -> GraphQLField | None:
        return self.schema.get_field(kind, details[0].node.name.value)

    def _way(
        self, kind: GraphQLObjectType, declared: GraphQLField, details: list[FieldDetails], path: Path, place: Place
    ) -> tuple[Source, Completion]:
        """Return where the values of a field come from, and how they are completed."""
        if details[0].node.name.value == TYPE_NAME:
            return Named(kind.name), Known()
        source, below = self._source(declared, details, place)
        return source, Known() if below is None else self._completion(declared.type, details, path, below)

    def _source(self, declared: GraphQLField, details: list[FieldDetails], place: Place) -> tuple[Source, Place | None]:
        """Return where values come from, and in what place what is below them stands; None where they are complete."""
        match declaration_of(declared):
            case ColumnField() as column if place.layout:
                show, is_complete = shown(place.layout.entity, column.column)
                return Taken(column, place.layout.place(column.column.key), show), None if is_complete else ELSEWHERE
            case RelationField() as relation:
                layout = self._layout(relation.target, [(declared, details)])
                return Related(relation, _key(relation.column.key, place.layout), layout), Place(layout)
            case ConnectionField() as connection:
                return self._paged(declared, connection, details, place)
            case OneField(entity=Entity() as entity) as one if layout := self._layout(entity, [(declared, details)]):
                return One(one, entity, layout), Place(layout)
            case other:
                return self._by_function(declared, other, place)

    def _by_function(self, declared: GraphQLField, declaration: Any, place: Place) -> tuple[Source, Place]:
        """Return what is asked of functions: of a batch of parents, beside a page, of what was read, of each parent."""
        match declaration:
            case ComputedField() | TransitionsField() as batched:
                return Batched(batched), ELSEWHERE
            case AggregateField() | GroupsField():
                return Beside(), BESIDE
            case _ if place.is_loaded:
                return PARTS.get(declared.resolve, RESOLVED), place
            case _:
                return RESOLVED, place if place.is_beside else ELSEWHERE

    def _paged(
        self, declared: GraphQLField, connection: ConnectionField, details: list[FieldDetails], place: Place
    ) -> tuple[Source, Place]:
        fields = self._parts(declared, details)
        objects = [(field, each) for field, each in fields if field.resolve in OBJECTS]
        layout = self._layout(connection.entity, objects)
        asked = {field.resolve for field, _ in fields}
        source = Paged(
            connection,
            None if connection.via is None else _key("id", place.layout),
            layout,
            has_page=bool(asked & PAGES),
            has_total=resolve.total_count in asked,
            placed=bool(asked & CURSORS),
        )
        return source, Place(layout, is_loaded=True)

    def _parts(
        self, declared: GraphQLField, details: list[FieldDetails]
    ) -> list[tuple[GraphQLField, list[FieldDetails]]]:
        """Return the fields that are asked of a connection, of its edges and of its page information."""
        found: list[tuple[GraphQLField, list[FieldDetails]]] = []
        kind = named_type(declared)
        for each in self._collected(kind, details).values():
            field = self._field(kind, each)
            if field is not None:
                found.append((field, each))
                found += self._parts(field, each) if field.resolve in BETWEEN else []
        return found

    def _layout(self, entity: Entity, places: list[tuple[GraphQLField, list[FieldDetails]]]) -> Layout | None:
        """Return an empty layout where all that is asked of an entity can be answered from rows."""
        for declared, details in places:
            kind = named_type(declared)
            fields = self._collected(kind, details)
            if not all(in_row(self._field(kind, each)) for each in fields.values()):
                return None
        return Layout(entity)

    def _completion(
        self, kind: GraphQLOutputType, details: list[FieldDetails], path: Path | None, place: Place
    ) -> Completion:
        if is_non_null_type(kind):
            return NotNull(self._completion(kind.of_type, details, path, place))
        if is_list_type(kind):
            return Listed(self._completion(kind.of_type, details, path, place))
        if is_leaf_type(kind):
            return Leaf(kind)
        if is_abstract_type(kind):
            assert isinstance(kind, GraphQLInterfaceType | GraphQLUnionType)
            return Abstract(kind, self.schema, lambda runtime: self._below(runtime, details, path, ELSEWHERE))
        assert isinstance(kind, GraphQLObjectType)
        return Objects(self._below(kind, details, path, place))

    def _below(
        self, kind: GraphQLObjectType, details: list[FieldDetails], path: Path | None, place: Place
    ) -> Selection:
        return self._selection(kind, self._collected(kind, details), path, place)


def named_type(declared: GraphQLField) -> GraphQLObjectType:
    """Return the object type of a field, without its lists."""
    kind = get_named_type(declared.type)
    assert isinstance(kind, GraphQLObjectType)
    return kind


def _handed(declared: GraphQLField, node: FieldNode) -> Mapping[str, str] | None:
    """Return the variables that are the arguments of a field, by the names that its resolver has for these."""
    given = {each.name.value: each.value for each in node.arguments or ()}
    others = [argument for name, argument in declared.args.items() if name not in given]
    if not given or any(each.default or each.default_value is not Undefined for each in others):
        return None
    named = {
        declared.args[name].out_name or name: value.name.value
        for name, value in given.items()
        if isinstance(value, VariableNode)
    }
    return named if len(named) == len(given) else None


def _reads_objects(source: Source, place: Place) -> bool:
    """Tell whether a source needs a session: a resolver may, and objects are what a session loads."""
    if isinstance(source, Resolved):
        return not place.is_loaded
    return isinstance(source, Batched | Beside) or (isinstance(source, Related | Paged) and source.layout is None)


def _reads(source: Source) -> int:
    """Count the statements of a source."""
    if isinstance(source, Paged):
        return source.has_page + source.has_total
    return int(isinstance(source, One | Related))


def _key(column: str, layout: Layout | None) -> Any:
    """Return how a column's value is taken from a parent: from its row, or from the object."""
    return itemgetter(layout.place(column)) if layout else attrgetter(column)


class Variables(Visitor):
    """Notes which variables are named."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *_place: Any) -> None:
        """Note one."""
        self.names.add(node.name.value)


class Conditions(Visitor):
    """Notes which variables decide what is asked for at all: those of `@skip` and `@include`."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: Any, *_place: Any) -> None:
        """Note the variables of one directive."""
        if node.name.value in {"skip", "include"}:
            self.names |= {each.value.name.value for each in node.arguments if isinstance(each.value, VariableNode)}
