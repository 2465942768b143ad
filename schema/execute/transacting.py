"""The transaction around a mutation field: it is committed when the field is answered without a fault.

A dry run, a refusal and a fault end in a rollback. When PostgreSQL breaks a deadlock, or a migration outdates a
prepared statement, the field is run again from the start.
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from graphql import GraphQLError

from schema.execute.errors import may_pass
from schema.execute.request import Reading, Request

ATTEMPTS: Final = 3
Worked = TypeVar("Worked")


async def transacted(request: Request, work: Callable[[], Awaitable[Worked]]) -> Worked:
    """Run a mutation field, and read its answer, in a transaction of its own; `work` raises what went wrong."""
    attempt, room = 1, request.room
    while True:
        try:
            return await _attempt(request, work)
        except Exception as error:
            if attempt == ATTEMPTS or not _may_pass(error):
                raise
        attempt, request.room = attempt + 1, room


async def _attempt(request: Request, work: Callable[[], Awaitable[Worked]]) -> Worked:
    outside = request.reading
    async with request.database.writing(request.asking.tenant.placement) as session:
        request.writing, request.reading, request.undo = session, Reading(request.asking, session), False
        try:
            worked = await work()
            if request.undo:
                await session.rollback()
            else:
                await session.commit()
        finally:
            request.writing, request.reading = None, outside
    return worked


def _may_pass(error: Exception) -> bool:
    return may_pass(error.original_error if isinstance(error, GraphQLError) else error)
