"""The demo company: always the same one, so that a start that was cut short goes on with it."""

from typing import Final
from uuid import UUID

from db.catalog import TenantSpec
from resolvers.registration import NewCompany, Registration, SlugTaken

SLUG: Final = "demo"
EMAIL: Final = "owner@demo.example"
ID: Final = UUID("00000000-0000-7000-8000-00000000de00")


async def make_demo_company(registration: Registration, password: str) -> bool:
    """Make it, go on with making it, wait for who makes it, or leave it; says no if its slug is another company's."""
    owner = NewCompany("Demo Company", SLUG, EMAIL, password, "Dana", "Demo")
    spec = TenantSpec(slug=SLUG, name=owner.name, demo_data=True, id=ID)
    try:
        await registration.ensure(owner, spec)
    except SlugTaken:
        return False
    return True
