"""The company, as it is public: its profile, which is there from the start and is only ever changed, and its logo."""

import strawberry
from strawberry.types import Info
from strawberry.types.base import StrawberryOptional

from db.models.company import Company
from resolvers.company import (
    contrast_warnings,
    keep_logo,
    own_company,
    remove_company_logo,
    set_company_logo,
    stats,
    subscription,
    upload_company_logo,
)
from resolvers.plain import Also
from schema.derive.converter import Derived
from schema.derive.declare import Domain, entity
from schema.execute.guard import Needs

company = Domain(
    module="company",
    entities=[
        entity(
            Company,
            read="company.read",
            write="company.edit",
            verbs=["update"],
            listed=False,
            updated=Also(before=keep_logo, emits=("file.updated",)),
        )
    ],
    operations=[upload_company_logo, set_company_logo, remove_company_logo],
    computed=[contrast_warnings, subscription, stats],
)


@strawberry.type
class CompanyQuery:
    """The root field of the company."""

    @strawberry.field(
        graphql_type=StrawberryOptional(Derived("Company")),
        description="The company that you are signed in to.",
        extensions=[Needs("company.read", module="company")],
    )
    async def company(self, info: Info) -> object:
        return await own_company(info.context.reading.looking)
