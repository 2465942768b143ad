"""Runs a mutation field: one operation, one transaction, and an answer read inside it.

The transaction is opened around the whole field, so that what is answered is what was written.
"""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLFieldResolver, GraphQLObjectType, GraphQLOutputType, GraphQLSchema
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.executor import CollectedErrors
from graphql.pyutils import AwaitableOrValue, Path
from sqlalchemy import ColumnElement, and_
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from auth.roles import OF_EVERYBODY
from db.base import TenantOwned
from resolvers.context import Context
from resolvers.edge import Contract, Outcome, Reached, admit, everything, perform
from resolvers.operation import Gate, Operation
from resolvers.refusals import Refused
from resolvers.scopes import within
from resolvers.support.gate import expect_allowed
from schema.derive.fields import CommandField, declaration_of
from schema.derive.inputs import rows_of
from schema.derive.payloads import Answer
from schema.execute.documents import Documents
from schema.execute.request import Info, Request, request_of
from schema.execute.selections import wrong_in
from schema.execute.transacting import transacted


def command(field: CommandField) -> GraphQLFieldResolver:
    """Return the resolver of a mutation: check, run the operation, answer with what it returned or refused."""

    async def resolve(_root: Any, info: Info, input: dict[str, Any]) -> Answer:
        request = request_of(info)
        await expect_allowed(request.database, request.asking, info.field_name)
        opened = field.operation.is_scoped and request.asking.principal.within(field.operation.needs) is not None
        admit(request.asking, needs=field.needs, module=field.module, writes=True, opened=opened)
        return Answer(await _outcome(request, field, input, info.schema), input.get("client_mutation_id"))

    return resolve


def shown(operation: Operation) -> Callable[[Answer, Info], Any]:
    """Return the resolver of what a mutation shows: worked out, in its transaction, from the entity it returned."""

    async def resolve(answer: Answer, info: Info) -> Any:
        assert operation.shows is not None
        result = answer.outcome.result
        return None if result is None else await operation.shows(request_of(info).reading.looking, result)

    return resolve


def waited_for(gate: Gate) -> Callable[[Answer, Info], Any]:
    """Return the resolver of what a mutation waits for, read in its transaction."""

    async def resolve(answer: Answer, info: Info) -> Any:
        result = answer.outcome.result
        return None if result is None else await gate.waits_for(request_of(info).reading.looking, result)

    return resolve


async def _outcome(request: Request, field: CommandField, given: dict[str, Any], schema: GraphQLSchema) -> Outcome:
    operation = field.operation
    contract = Contract(
        idempotency_key=given.get("idempotency_key"),
        expected_version=given.get("expected_version"),
        dry_run=bool(given.get("dry_run")),
    )
    try:
        arguments = rows_of(operation, given)
    except Refused as refused:
        return Outcome(refusals=[refused])
    if wrong := wrong_in(operation, arguments, schema):
        return Outcome(refusals=wrong)
    assert request.writing is not None
    request.undo = contract.dry_run
    context = Context(request.asking, request.writing, operation.name, Documents(schema, request.registry))
    return await perform(context, operation, arguments, contract, _reaching(request, operation))


def _reaching(request: Request, operation: Operation) -> Reached:
    """Return what tells which rows are reached: those that who asks may read, and may do the operation to.

    What everybody may do is about themselves: such an operation looks by itself whose row it is.
    """
    scoping, who = request.scoping, request.asking.principal

    def reached(model: type[TenantOwned]) -> ColumnElement[bool] | None:
        entity = request.registry.entity(model.__name__)
        readable = scoping.rows(entity, model) if entity else None
        conditions = [each for each in (readable, within(who, operation.needs, model, model)) if each is not None]
        return and_(*conditions) if conditions else None

    return reached if who.scoped and operation.needs not in OF_EVERYBODY else everything


class CommandExecutor(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's executor, with a transaction around each mutation field."""

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: list[FieldDetails],
        path: Path,
        position_context: Any,
    ) -> AwaitableOrValue[Any]:
        """Execute a field; a command in its own transaction."""
        if parent_type is self.schema.mutation_type:
            field = self.schema.get_field(parent_type, field_details_list[0].node.name.value)
            if field and isinstance(declaration_of(field), CommandField):
                return self._transact(parent_type, source, field_details_list, path, position_context, field.type)
        return super().execute_field(parent_type, source, field_details_list, path, position_context)

    async def _transact(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        details: list[FieldDetails],
        path: Path,
        position: Any,
        kind: GraphQLOutputType,
    ) -> Any:
        async def work() -> Any:
            faults, self.collected_errors = self.collected_errors, CollectedErrors()
            try:
                executing: Any = super(CommandExecutor, self).execute_field(
                    parent_type, source, details, path, position
                )
                value = await executing
                self._raise_first()
            finally:
                self.collected_errors = faults
            return value

        try:
            return await transacted(self.context_value, work)
        except Exception as error:  # noqa: BLE001 - every fault is located at the field
            self.handle_field_error(error, kind, details, path)
            return None

    def _raise_first(self) -> None:
        """Let a fault anywhere in the answer take the whole answer with it: what it would show was not written."""
        for fault in self.collected_errors.errors:
            raise fault
