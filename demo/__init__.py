"""Demo data: a believable company, written by the product's own operations. The same data each time, and only once."""

from db.session import Database
from demo.onboarding import seed_onboarding
from resolvers.context import Asking

__all__ = ["seed"]


async def seed(asking: Asking, database: Database) -> None:
    """Write the demo data of every domain, where the tenant is to have it; what is there is left as it is."""
    await seed_onboarding(asking, database)
