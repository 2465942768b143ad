"""The day that it is for the company, in the time zone of its head office."""

from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select

from db.models.company import Company
from resolvers.context import Looking


async def today(looking: Looking) -> date:
    """Return the day that it is where the company is."""
    [zone] = await looking.all(select(Company.timezone))
    return looking.asking.now.astimezone(ZoneInfo(zone)).date()
