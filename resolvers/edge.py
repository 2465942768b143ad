"""The edge of the business: runs one operation in one transaction, under the contract that every mutation has.

Order: permission, module and tenant state; the idempotency key, claimed first, so that a second call with it waits;
the entities, locked; the expected version; the operation; and what PostgreSQL itself refuses. The operation runs in a
savepoint: a refusal undoes what it did and nothing else, so that the transaction that claimed the key also stores the
outcome. The caller commits (or, for a dry run, rolls back) once it has read what it wants to answer.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError

from auth.principal import Principal
from db.base import TenantOwned
from db.columns import policy_of
from resolvers import idempotency
from resolvers.barred import (
    Barred,
    Forbidden,
    InsufficientScope,
    ModuleDisabled,
    TenantMigrating,
    TenantSuspended,
    Unauthenticated,
)
from resolvers.constraints import refusal_of
from resolvers.context import Asking, Context
from resolvers.operation import Operation, Parameter
from resolvers.plain import Deleted
from resolvers.refusals import InvalidInput, NotFound, Refused, VersionConflict


@dataclass(frozen=True, slots=True)
class Contract:
    """What every mutation may be given beside its own input."""

    idempotency_key: str | None = None
    expected_version: int | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command: the entity that it returns or the id of what is gone, or why it was refused."""

    result: TenantOwned | Deleted | None = None
    refusals: Sequence[Refused] = field(default_factory=tuple)


def admit(
    asking: Asking,
    *,
    needs: str | None,
    module: str | None,
    writes: bool,
    path: Sequence[str | int] = (),
    opened: bool = False,
) -> None:
    """Turn away who may not: not signed in, no permission, no such module in the plan, a tenant that may not write.

    `opened` says that the permission counts here although it is not held throughout the company.
    """
    if needs is not None and asking.principal.id is None:
        raise Unauthenticated("Sign in first: send `Authorization: Bearer <access token>`.")
    if module is not None and module not in asking.tenant.modules:
        raise ModuleDisabled(
            f"The plan {asking.tenant.plan} does not include the module {module}.",
            module=module,
            plan=asking.tenant.plan,
        )
    if needs is not None and not opened and not asking.principal.can(needs):
        raise lacking(asking.principal, needs, f"This needs the permission {needs}.", path)
    if writes:
        _admit_write(asking)


def lacking(principal: Principal, needed: str, said: str, path: Sequence[str | int] = ()) -> Barred:
    """Say that a principal lacks a permission; of an API key it is a scope."""
    if principal.kind == "api_key":
        return InsufficientScope(f"This API key lacks the scope {needed}.", path=path, scope=needed)
    return Forbidden(said, path=path, permission=needed)


def _admit_write(asking: Asking) -> None:
    if asking.tenant.status == "migrating":
        raise TenantMigrating("The company is being moved; try again in a moment.")
    if asking.tenant.status != "active":
        raise TenantSuspended(f"The company is {asking.tenant.status}: it can be read, and not changed.")


def everything(_model: type[TenantOwned]) -> None:
    """Reach every row: there is no condition."""
    return


Reached = Callable[[type[TenantOwned]], ColumnElement[bool] | None]
"""Returns the condition that a row of a model is reached by who asks; None where every row is."""


Performed = Callable[[Mapping[str, Any]], Awaitable[Any]]


async def perform(
    context: Context,
    operation: Operation,
    arguments: Mapping[str, Any],
    contract: Contract,
    reached: Reached = everything,
) -> Outcome:
    """Run one operation under the contract; refusals come back as data, with the operation's changes undone.

    A row that an id names and that is not `reached` is not there.
    """
    _admit_columns(context, operation, arguments)
    context.rehearses = contract.dry_run
    key = None if contract.dry_run else contract.idempotency_key
    if key is None:
        return await _attempt(context, operation, arguments, contract, reached)
    try:
        asked = {"input": arguments, "expected_version": contract.expected_version}
        earlier = await idempotency.claim(context, operation.name, key, asked)
    except Refused as refused:
        return Outcome(refusals=[refused])
    if earlier is not None:
        return await _replay(context, operation, earlier, reached)
    outcome = await _attempt(context, operation, arguments, contract, reached)
    await idempotency.settle(context, operation.name, key, _stored(outcome))
    return outcome


@asynccontextmanager
async def performing(
    context: Context, operation: Operation, contract: Contract, reached: Reached = everything
) -> AsyncGenerator[Performed]:
    """Run one operation many times in one savepoint; what is refused is raised, and undoes what all of them did."""
    context.rehearses = contract.dry_run

    async def once(arguments: Mapping[str, Any]) -> Any:
        _admit_columns(context, operation, arguments)
        return await _run(context, operation, arguments, contract, reached)

    async with context.session.savepoint():
        yield once


async def _attempt(
    context: Context, operation: Operation, arguments: Mapping[str, Any], contract: Contract, reached: Reached
) -> Outcome:
    """Run the operation so that a refusal undoes what it did, and nothing else."""
    try:
        async with context.session.savepoint():
            return Outcome(await _run(context, operation, arguments, contract, reached))
    except Refused as refused:
        context.forget()
        return Outcome(refusals=[refused, *refused.beside])
    except IntegrityError as error:
        refusal = refusal_of(error, context.written)
        if refusal is None:
            raise
        context.forget()
        return Outcome(refusals=[refusal])


async def _run(
    context: Context, operation: Operation, arguments: Mapping[str, Any], contract: Contract, reached: Reached
) -> TenantOwned | Deleted:
    given: dict[str, Any] = {}
    positional: list[Any] = []
    if operation.first:
        await operation.first(context)
    for name, parameter in operation.inputs.items():
        if name not in arguments:
            continue
        value = await _loaded(context, name, parameter, arguments[name], reached)
        if parameter is operation.subject:
            _check_version(value, contract.expected_version)
            positional.append(value)
        else:
            given[parameter.name] = value
    return await operation(context, *positional, **given)


async def _loaded(context: Context, name: str, parameter: Parameter, value: Any, reached: Reached) -> Any:
    """Load the entity that an id names; other values are what they are."""
    model = parameter.model
    if value is None and parameter.required:
        raise InvalidInput(f"{name} cannot be null.", path=(name,))
    if model is None or value is None:
        return value
    try:
        return await context.one(model, value, reached(model))
    except NotFound as missing:
        raise NotFound(missing.message, path=(name,)) from missing


def _check_version(entity: TenantOwned, expected: int | None) -> None:
    if expected is not None and entity.version != expected:
        raise VersionConflict(
            f"It has changed since version {expected}; it is at version {entity.version} now.",
            path=("expected_version",),
            current_version=entity.version,
        )


def _admit_columns(context: Context, operation: Operation, arguments: Mapping[str, Any]) -> None:
    """Whoever may not read a protected field may not set it either."""
    for name, parameter in operation.inputs.items():
        column = parameter.column
        needed = policy_of(column).readable_with if column is not None else None
        if needed and name in arguments and not context.principal.holds_wherever(needed, operation.needs):
            said = f"Setting {name} needs the permission {needed}."
            raise lacking(context.principal, needed, said, ("input", name))


def _stored(outcome: Outcome) -> dict[str, Any]:
    """Keep ids and refusals, never what the caller was shown."""
    if outcome.refusals:
        return {"refusals": [idempotency.packed(refused) for refused in outcome.refusals]}
    assert outcome.result is not None
    gone = outcome.result.type_name if isinstance(outcome.result, Deleted) else None
    return {"id": str(outcome.result.id), "deleted": gone}


async def _replay(context: Context, operation: Operation, earlier: Mapping[str, Any], reached: Reached) -> Outcome:
    """Answer as the first call was answered, read with the caller's own eyes now."""
    if "refusals" in earlier:
        return Outcome(refusals=[idempotency.unpacked(each) for each in earlier["refusals"]])
    entity_id = UUID(earlier["id"])
    if earlier["deleted"]:
        return Outcome(Deleted(earlier["deleted"], entity_id))
    statement = select(operation.returns).where(operation.returns.id == entity_id)
    condition = reached(operation.returns)
    found = await context.all(statement if condition is None else statement.where(condition))
    return Outcome(found[0]) if found else Outcome(refusals=[NotFound("This was done, and its object is gone since.")])
