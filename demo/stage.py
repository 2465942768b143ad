"""Where the demo data is written: who acts, at which moment, each operation in a transaction of its own."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from auth.principal import Principal
from auth.roles import EVERYTHING, NEW_HIRE
from db.models.files import File
from db.models.identity import User
from db.session import Database
from resolvers.context import Asking, Context
from resolvers.files import Files


@dataclass(frozen=True, slots=True)
class Stage:
    """The demo company, with its owner, who acts unless somebody else is named."""

    asking: Asking
    database: Database
    files: Files

    @classmethod
    async def of(cls, asking: Asking, database: Database, files: Files) -> "Stage":
        """Find the owner, who was there first."""
        async with database.reading(asking.tenant.placement) as session:
            [owner] = await session.scalars(select(User.id).order_by(User.id).limit(1))
        return cls(asking.by(Principal("user", owner, asking.tenant.id, EVERYTHING)), database, files)

    @property
    def now(self) -> datetime:
        """The moment at which the demo data is written."""
        return self.asking.now

    def ago(self, days: float) -> "Stage":
        """The same company, some days earlier."""
        return replace(self, asking=replace(self.asking, now=self.now - timedelta(days=days)))

    def as_hire(self, hire_id: UUID) -> "Stage":
        """The same company, with a new hire acting."""
        return replace(self, asking=self.asking.by(Principal("new_hire", hire_id, self.asking.tenant.id, NEW_HIRE)))

    def as_user(self, user_id: UUID, permissions: frozenset[str]) -> "Stage":
        """The same company, with somebody of it acting."""
        return replace(self, asking=self.asking.by(Principal("user", user_id, self.asking.tenant.id, permissions)))

    @asynccontextmanager
    async def acting(self) -> AsyncGenerator[Context]:
        """Work in one transaction, which is kept at the end."""
        async with self.database.transacting(self.asking.tenant.placement) as session:
            yield Context(self.asking, session, "seed_demo_data")

    async def do(self, operation: Any, *arguments: Any, **named: Any) -> Any:
        """Run one operation in a transaction of its own."""
        async with self.acting() as context:
            return await operation(context, *arguments, **named)

    async def upload(self, announcing: Any, filename: str, mime: str, content: bytes, **named: Any) -> File:
        """Announce a file by an operation, and store its content, checked as any other."""
        file = await self.do(announcing, filename=filename, mime=mime, size=len(content), **named)
        return await self.files.put(self.asking, file, content)
