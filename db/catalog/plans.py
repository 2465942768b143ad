"""The plans, and the modules that each contains. Both are rows; a tenant may have more or fewer."""

from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.catalog.tables import plan_modules


class Plan(StrEnum):
    """What a tenant has bought."""

    STARTER = "starter"
    GROWTH = "growth"
    PROFESSIONAL = "professional"
    ENTERPRISE = "enterprise"
    AGENCY = "agency"


async def modules_of_plan(connection: AsyncConnection, plan: str) -> frozenset[str]:
    """The modules that every tenant of a plan has, unless it is switched off for that tenant."""
    statement = select(plan_modules.c.module).where(plan_modules.c.plan == plan)
    return frozenset((await connection.scalars(statement)).all())
