"""The demo company: always the same one, so that a start that was cut short goes on with it."""

from typing import Final
from uuid import UUID

from sqlalchemy import select

from db.catalog import Plan, TenantSpec
from db.models.company import Company, CompanySize
from db.models.identity import Role, Team, User
from demo.people import COLLEAGUES, MANAGER
from demo.pictures import logo
from demo.stage import Stage
from resolvers import plain
from resolvers.company import set_company_logo, upload_company_logo
from resolvers.context import Context
from resolvers.people import ALSO_WHEN_CREATED
from resolvers.plain import Plain
from resolvers.registration import NewCompany, Registration, SlugTaken

SLUG: Final = "demo"
EMAIL: Final = "owner@demo.example"
ID: Final = UUID("00000000-0000-7000-8000-00000000de00")
PROFILE: Final = {
    "legal_name": "Demo Company GmbH",
    "industry": "Software for agriculture",
    "size": CompanySize.MEDIUM,
    "description": "We build software that helps people grow food: sensors, forecasts, and fair prices.",
    "primary_color": "#0F4C5C",
    "secondary_color": "#F4F1DE",
    "accent_color": "#B3400E",
    "country": "DE",
    "timezone": "Europe/Berlin",
}
UPDATE_COMPANY: Final = plain.update(Plain(Company, "company.edit"))
CREATE_USER: Final = plain.create(Plain(User, "users.manage", created=ALSO_WHEN_CREATED))
CREATE_TEAM: Final = plain.create(Plain(Team, "teams.edit"))


async def make_demo_company(registration: Registration, password: str) -> bool:
    """Make it, go on with making it, wait for who makes it, or leave it; says no if its slug is another company's."""
    owner = NewCompany("Demo Company", SLUG, EMAIL, password, "Dana", "Demo")
    spec = TenantSpec(slug=SLUG, name=owner.name, plan=Plan.ENTERPRISE, demo_data=True, id=ID)
    try:
        await registration.ensure(owner, spec)
    except SlugTaken:
        return False
    return True


async def dress(stage: Stage) -> None:
    """Give the company its colours, its logo and its people, unless it has them."""
    async with stage.acting() as context:
        [company] = await context.all(select(Company))
        if company.primary_color is not None:
            return
        await _invite(context)
        await UPDATE_COMPANY(context, await context.one(Company, company.id), **PROFILE)
    picture = await stage.upload(upload_company_logo, "logo.png", "image/png", logo())
    async with stage.acting() as context:
        await set_company_logo(context, await context.one(Company, company.id), file_id=picture.id)


async def _invite(context: Context) -> None:
    roles = {role.name: role.id for role in await context.all(select(Role))}
    for each in COLLEAGUES:
        names = {"first_name": each.first_name, "last_name": each.last_name, "department": each.department}
        await CREATE_USER(context, email=each.email, roles=[roles[each.role]], **names)
    [manager] = await context.all(select(User.id).where(User.email == MANAGER.email))
    await CREATE_TEAM(context, name="Field sensors", department="Engineering", manager_id=manager)
