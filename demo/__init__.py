"""Demo data: a believable company, written by the product's own operations. The same data each time, and only once."""

from db.session import Database
from demo.approvals import seed_approvals
from demo.company import dress
from demo.leave import seed_leave
from demo.objectives import seed_objectives
from demo.onboarding import seed_onboarding
from demo.staff import seed_staff
from demo.stage import Stage
from resolvers.context import Asking
from resolvers.files import Files

__all__ = ["seed"]


async def seed(files: Files, asking: Asking, database: Database) -> None:
    """Write the demo data of every domain, where the tenant is to have it; what is there is left as it is."""
    stage = await Stage.of(asking, database, files)
    await dress(stage)
    await seed_staff(stage)
    await seed_leave(stage)
    await seed_objectives(stage)
    await seed_onboarding(stage)
    await seed_approvals(stage)
