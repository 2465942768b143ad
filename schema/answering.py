"""Answers a GraphQL request that has been read, over whichever transport it came."""

from asyncio import gather
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from inspect import isawaitable
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    Executor,
    GraphQLError,
    OperationDefinitionNode,
    create_source_event_stream,
    get_operation_ast,
)
from graphql import OperationType as Kind
from graphql.execution.values import VariableValues
from strawberry.types.graphql import OperationType

from db.encryption import Sealer
from db.session import Database
from db.tracing import TRACERS, span
from resolvers.budgets import Budgets
from resolvers.clients.kept import KeptDocuments, Registered
from resolvers.context import Asking
from resolvers.identity import Identity
from resolvers.imports import Samples
from resolvers.keys.rates import KeyRates
from resolvers.registration import Registration
from resolvers.sso import SingleSignOn
from schema.cost import Charging, Cost, Wish, charged, message_points
from schema.derive.converter import JoinedSchema
from schema.execute.bounds import BOUNDS, Bounds, wrong_variables
from schema.execute.counting import NOBODY, Usage
from schema.execute.documents import Parsed
from schema.execute.errors import shown
from schema.execute.limits import parsed, remembered_problems
from schema.execute.planned.explaining import Explained, explained
from schema.execute.planned.keeping import Plans
from schema.execute.planned.plan import Plan
from schema.execute.planned.running import Run
from schema.execute.request import MOST_OBJECTS, Reading, Request, Telling
from schema.execute.worked_out import Watch
from schema.revealing import Reveals, expect_may_introspect, untold


@dataclass(frozen=True, slots=True)
class Asked:
    """A GraphQL request as it came: the document, its variables and which operation of it.

    `is_valid` says that the document was found to be valid: a subscription's is, before anything is told. `registered`
    is the document as it was registered, where the request named one.
    """

    query: str
    document: DocumentNode
    variables: dict[str, Any] | None = field(repr=False)
    operation_name: str | None
    is_valid: bool = False
    registered: Registered | None = None


class Unacceptable(Exception):
    """A request cannot be read as a GraphQL request."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers


@dataclass(frozen=True, slots=True)
class Answered:
    """What a request is answered with; `form` says how it was read, and is empty where nothing was run."""

    data: Any
    errors: Sequence[GraphQLError]
    hidden: Mapping[str, str]
    plan: Sequence[Explained] = ()
    form: str = ""
    cost: Cost | None = None
    points: int = 0

    @property
    def never_ran(self) -> bool:
        """Whether nothing was executed: the document or its variables are wrong."""
        return self.data is None and bool(self.errors) and all(error.path is None for error in self.errors)

    def body(self) -> dict[str, Any]:
        """Return the answer as every transport writes it."""
        answer: dict[str, Any] = {}
        if self.errors:
            answer["errors"] = shown(self.errors)
        if not self.never_ran and not (self.cost and self.cost.actual is None):
            answer["data"] = self.data
        extensions: dict[str, Any] = {}
        if self.hidden:
            extensions["hidden"] = [{"path": path, "permission": needs} for path, needs in self.hidden.items()]
        if self.plan:
            extensions["plan"] = [step.shown() for step in self.plan]
        if self.cost:
            extensions["cost"] = self.cost.shown()
        return answer | ({"extensions": extensions} if extensions else {})


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a subscription to events, as it is to be answered: what it tells, and its cursor."""

    told: Telling
    cursor: str


def asked_of(values: Mapping[str, Any], bounds: Bounds = BOUNDS) -> Asked:
    """Read a request from the values that came with it."""
    query = values.get("query")
    if not isinstance(query, str) or not query.strip():
        raise Unacceptable(400, "`query` must hold a GraphQL document.")
    variables, name = given_with(values, bounds)
    return Asked(query, parsed(query, bounds), variables, name)


def given_with(values: Mapping[str, Any], bounds: Bounds = BOUNDS) -> tuple[dict[str, Any] | None, str | None]:
    """Read what came with a document: its variables, and the name of the operation."""
    variables, name = values.get("variables"), values.get("operationName")
    for option in ("variables", "extensions"):
        if values.get(option) is not None and not isinstance(values[option], dict):
            raise Unacceptable(400, f"`{option}` must be an object.")
    if wrong := wrong_variables(variables, bounds):
        raise Unacceptable(400, wrong)
    if name is not None and not isinstance(name, str):
        raise Unacceptable(400, "`operationName` must be a string.")
    return variables, name or None


def kind_of(asked: Asked) -> Kind:
    """Tell which kind of operation it is that a request names."""
    return operation_of(asked).operation


def operation_of(asked: Asked) -> OperationDefinitionNode:
    """Return the operation that a request names."""
    operation = get_operation_ast(asked.document, asked.operation_name)
    if operation is None:
        raise GraphQLError("Name one operation of the document by `operationName`.")
    return operation


def _client_of(asked: Asked) -> str:
    """Return whose document it is; what was brought along is nobody's."""
    return asked.registered.client if asked.registered else NOBODY


class Engine(Enum):
    """What executes an operation: the planned engine, or graphql-core, which says what is right."""

    PLANNED = "planned"
    REFERENCE = "reference"


@dataclass(frozen=True)
class Answering:
    """What it takes to answer: the schema, what its fields need, and how many seconds an operation may take.

    Without `budgets`, nobody is charged; without `rates`, API keys may ask as often as they like. `reveals` says who is
    told of the schema.
    """

    schema: JoinedSchema
    database: Database
    identity: Identity
    registration: Registration
    sso: SingleSignOn
    sealer: Sealer
    deadline: float = 30.0
    usage: Usage | None = None
    bounds: Bounds = BOUNDS
    budgets: Budgets | None = None
    reveals: Reveals = Reveals.TO_EVERYONE
    rates: KeyRates | None = None
    samples: Samples | None = None

    @cached_property
    def plans(self) -> Plans:
        """The plans that are kept."""
        return Plans(self.schema, bounds=self.bounds)

    @cached_property
    def documents(self) -> KeptDocuments:
        """The registered documents that are kept."""
        return KeptDocuments(self.database)

    @cached_property
    def parsed(self) -> Parsed:
        """Registered documents as they were parsed."""
        return Parsed()

    async def answer(
        self,
        asking: Asking,
        asked: Asked,
        *,
        cursor: str | None = None,
        told: Telling | None = None,
        engine: Engine = Engine.PLANNED,
        wish: Wish = Wish.NOTHING,
    ) -> Answered:
        """Execute one request in a session of its own; a subscription's once, with the message that it is to show.

        A subscription's message is answered by the reference engine, whichever is named.
        """
        is_message = kind_of(asked) is Kind.SUBSCRIPTION
        if is_message:
            engine = Engine.REFERENCE
        async with self.database.reading(asking.tenant.placement) as session:
            answered = await self.answer_in(
                Reading(asking, session), asked, cursor=cursor, told=told, engine=engine, wish=wish
            )
        if asking.key is not None and not is_message:
            self._count(asking, answered)
        return self._as_told(asking, asked, answered) if answered.errors else answered

    def expect_may_introspect(self, asking: Asking, asked: Asked) -> None:
        """Refuse a document that asks for the schema, of somebody who may not."""
        if self.reveals is not Reveals.TO_EVERYONE or asking.key is not None:
            with self.identity.key_usage.going_on(asking):
                expect_may_introspect(self.reveals, asking, asked.query, asked.document)

    def _count(self, asking: Asking, answered: Answered) -> None:
        """Count what an API key was charged, and whether it was turned away."""
        errors = [error.original_error for error in answered.errors]
        self.identity.key_usage.answered(asking, answered.points, errors)

    def _as_told(self, asking: Asking, asked: Asked, answered: Answered) -> Answered:
        """Keep what the schema is from who may not know it; a registered document has told what it tells."""
        if asked.registered or not answered.never_ran or self.reveals.to(asking):
            return answered
        return replace(answered, errors=untold(answered.errors))

    async def answer_each(self, asking: Asking, asked: Asked, messages: Sequence[Message]) -> Sequence[Answered]:
        """Execute a subscription once for each message, all in one session: what they need is loaded together.

        What goes wrong with one may do so with the others, as they share a transaction: ask for such alone.
        """
        async with self.database.reading(asking.tenant.placement) as session:
            reading = Reading(asking, session)
            return await gather(
                *(self.answer_in(reading, asked, cursor=each.cursor, told=each.told) for each in messages)
            )

    async def answer_in(
        self,
        reading: Reading,
        asked: Asked,
        *,
        cursor: str | None = None,
        told: Telling | None = None,
        most: int = MOST_OBJECTS,
        engine: Engine = Engine.REFERENCE,
        wish: Wish = Wish.NOTHING,
    ) -> Answered:
        """Execute one request in a session that it may share with others of the same person."""
        request = self._request(reading.asking, asked, reading, cursor, told, most)
        if engine is Engine.PLANNED:
            return await self._planned(request, asked, wish)
        result = await self.schema.execute(
            asked.query,
            variable_values=asked.variables,
            context_value=request,
            operation_name=asked.operation_name,
            allowed_operation_types=OperationType,
        )
        points = self._used(request, asked) if told or cursor else 0
        return Answered(result.data, result.errors or [], request.hidden, form=Engine.REFERENCE.value, points=points)

    def _used(self, request: Request, asked: Asked) -> int:
        """Return the points that a message of a subscription has cost."""
        planned = self._plan(request, asked) if self.budgets else []
        return 0 if isinstance(planned, list) else message_points(Run(planned[0], request, planned[1]))

    async def _planned(self, request: Request, asked: Asked, wish: Wish) -> Answered:
        """Execute one request by its plan, charged for what it costs."""
        planned = self._traced_plan(request, asked) if TRACERS else self._plan(request, asked)
        if isinstance(planned, list):
            return Answered(None, planned, {})
        if self.usage:
            self.usage.note(planned[0], asked.variables, _client_of(asked))
        run = Run(planned[0], request, planned[1])
        result, cost, points = await charged(self.budgets, run, asked.query, wish)
        return Answered(result.data, result.errors or [], request.hidden, form=run.form, cost=cost, points=points)

    def _plan(self, request: Request, asked: Asked) -> tuple[Plan, VariableValues] | list[GraphQLError]:
        tenant_id, given = request.asking.tenant.id, asked.variables or {}
        return self.plans.planned(tenant_id, asked.query, asked.document, asked.operation_name, given)

    def _traced_plan(self, request: Request, asked: Asked) -> tuple[Plan, VariableValues] | list[GraphQLError]:
        with span("plan"):
            return self._plan(request, asked)

    def explained(self, asking: Asking, asked: Asked) -> Sequence[Explained]:
        """Tell how an operation would be read for who asks; nothing of one that is wrong, or of a subscription."""
        if kind_of(asked) is Kind.SUBSCRIPTION:
            return ()
        request = self._request(asking, asked, Reading(asking, self.database.reading(asking.tenant.placement)))
        planned = self._plan(request, asked)
        return () if isinstance(planned, list) else explained(planned[0], request, planned[1])

    def price(self, asking: Asking, asked: Asked) -> int | Sequence[GraphQLError]:
        """Return the points that an operation costs at most, or what is wrong with it; nothing is read or charged."""
        request = self._request(asking, asked, Reading(asking, self.database.reading(asking.tenant.placement)))
        planned = self._plan(request, asked)
        if isinstance(planned, list):
            return planned
        charging = Charging(None, Run(planned[0], request, planned[1]), asked.query, Wish.VALIDATE)
        return charging.requested(charging.run.price())

    async def watch(self, asking: Asking, asked: Asked) -> Watch | Answered:
        """Return what a subscription waits for, or why it may not begin; nothing is read."""
        core = self.schema.core
        if wrong := remembered_problems(core, asked.query, asked.document, self.bounds):
            return self._as_told(asking, asked, Answered(None, wrong, {}))
        if self.usage:
            self.usage.note_document(core, asked.document, asked.operation_name, _client_of(asked))
        async with self.database.reading(asking.tenant.placement) as session:
            executor = Executor.build(
                core,
                asked.document,
                context_value=self._request(asking, asked, Reading(asking, session)),
                raw_variable_values=asked.variables,
                operation_name=asked.operation_name,
                hide_suggestions=True,
            )
            begun: Any = executor if isinstance(executor, list) else create_source_event_stream(executor)
            begun = await begun if isawaitable(begun) else begun
        if isinstance(begun, Watch):
            return begun
        answered = Answered(None, (begun.errors if isinstance(begun, ExecutionResult) else begun) or [], {})
        self._count(asking, answered)
        return self._as_told(asking, asked, answered)

    def _request(
        self,
        asking: Asking,
        asked: Asked,
        reading: Reading,
        cursor: str | None = None,
        told: Telling | None = None,
        most: int = MOST_OBJECTS,
    ) -> Request:
        return Request(
            document=asked.document,
            database=self.database,
            sealer=self.sealer,
            asking=asking,
            reading=reading,
            registry=self.schema.registry,
            identity=self.identity,
            registration=self.registration,
            sso=self.sso,
            samples=self.samples,
            cursor=cursor,
            told=told,
            is_valid=asked.is_valid,
            bounds=self.bounds,
            most=most,
        )
