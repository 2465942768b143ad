"""What a hand-written root field must declare: the permission that it needs, or that it is public.

A test walks the schema and fails on a root field that declares neither.
"""

import inspect
from collections.abc import Callable
from typing import Any

from graphql import OperationType
from strawberry.extensions import FieldExtension
from strawberry.types import Info

from auth.permissions import require
from resolvers.edge import admit
from resolvers.support.gate import expect_allowed


class Needs(FieldExtension):
    """The field needs a permission, and its module in the plan."""

    def __init__(self, permission: str, *, module: str) -> None:
        require(permission)
        self.permission, self.module = permission, module

    async def resolve_async(self, next_: Callable[..., Any], source: Any, info: Info, **arguments: Any) -> Any:
        """Turn away who may not, then resolve."""
        await expect_own(info)
        admit(info.context.asking, needs=self.permission, module=self.module, writes=False)
        result = next_(source, info, **arguments)
        return await result if inspect.isawaitable(result) else result


class Public(FieldExtension):
    """Anyone may ask for the field, signed in or not; `because` says why that is right."""

    def __init__(self, *, because: str) -> None:
        self.because = because

    async def resolve_async(self, next_: Callable[..., Any], source: Any, info: Info, **arguments: Any) -> Any:
        """Resolve; of the mutations that need no sign-in, one in a request, because each hashes a password."""
        await expect_own(info)
        if info.operation.operation is OperationType.MUTATION:
            info.context.knock()
        result = next_(source, info, **arguments)
        return await result if inspect.isawaitable(result) else result


async def expect_own(info: Info) -> None:
    """Turn away from a mutation who acts for somebody else and may not make it."""
    if info.operation.operation is OperationType.MUTATION:
        await expect_allowed(info.context.database, info.context.asking, info.field_name)
