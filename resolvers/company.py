"""The company: its logo, and what can be worked out of its profile."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from sqlalchemy import func, select

from db.models.company import Company
from db.models.files import File, FilePurpose
from db.models.identity import Team, User
from db.models.onboarding import Flow, FlowStatus, NewHire, NewHireStatus
from resolvers.addresses import address_of
from resolvers.computed import computed
from resolvers.context import Asking, Context, Looking
from resolvers.files import LOGOS, FileRefused, announce, attach, must_be_for, release, ticket_of
from resolvers.named import named
from resolvers.operation import Names, operation
from resolvers.refusals import InvalidInput, NotFound

LEAST_CONTRAST: Final = 4.5
DARK: Final = 0.04045
WHITE: Final = "#FFFFFF"


@named("company.logo_updated", about=Company)
@dataclass(frozen=True, slots=True, kw_only=True)
class LogoUpdated:
    """The company shows another logo, or none any more."""


async def own_company(looking: Looking) -> Company | None:
    """Return the company that the tenant belongs to."""
    found = await looking.all(select(Company))
    return found[0] if found else None


@operation(
    "company.edit", refuses=[InvalidInput, FileRefused], emits=["file.created"], shows=ticket_of, shown_as="ticket"
)
async def upload_company_logo(
    context: Context,
    filename: Annotated[str, "Name of the file, without a path."],
    mime: Annotated[str, "Media type of the picture: image/png, image/jpeg or image/webp."],
    size: Annotated[float, "Bytes of the picture, a whole number; at most 5 MB."],
) -> File:
    """Announce a logo, and get leave to upload it; once it is there, give its id to `setCompanyLogo`.

    It is drawn anew, with at most 1024 pixels along its longer edge.
    """
    return await announce(context, FilePurpose.COMPANY_LOGO, filename, mime, size)


@operation("company.edit", refuses=[FileRefused], emits=["company.updated", "file.updated", "company.logo_updated"])
async def set_company_logo(
    context: Context,
    company: Annotated[Company, "The company."],
    file_id: Annotated[UUID, Names("StoredFile"), "The logo, announced as one and uploaded by you."],
) -> Company:
    """Show an uploaded picture as the company's logo, in place of the one before.

    `logoUrl` is then an address of this API that anyone may read, and that always leads to the present logo.
    """
    logo = await _uploaded(context, file_id)
    before, company.logo_file_id = company.logo_file_id, logo.id
    company.logo_url = logo_address(context.asking, logo)
    await _let_go(context, before)
    await context.publish(LogoUpdated(), company)
    return company


@operation("company.edit", emits=["company.updated", "file.updated", "company.logo_updated"])
async def remove_company_logo(context: Context, company: Annotated[Company, "The company."]) -> Company:
    """Show no logo any more; an uploaded one is removed within a day."""
    before, company.logo_file_id = company.logo_file_id, None
    company.logo_url = None
    await _let_go(context, before)
    await context.publish(LogoUpdated(), company)
    return company


async def keep_logo(context: Context, company: Company) -> None:
    """Let go of the uploaded logo when the profile is given another address for it."""
    if company.logo_file_id is not None and LOGOS not in (company.logo_url or ""):
        before, company.logo_file_id = company.logo_file_id, None
        await _let_go(context, before)


async def _uploaded(context: Context, file_id: UUID) -> File:
    """Return an uploaded logo that nothing uses yet, for the company to use."""
    try:
        [logo] = await attach(context, [file_id], uploader=context.principal, accept=None, max_bytes=None)
        must_be_for(logo, FilePurpose.COMPANY_LOGO)
    except (NotFound, FileRefused) as refused:
        refused.path = ("file_id",)
        raise
    return logo


async def _let_go(context: Context, file_id: UUID | None) -> None:
    if file_id is not None:
        release(await context.many(File, [file_id]))


def logo_address(asking: Asking, logo: File) -> str:
    """Return where anyone finds the logo; the mark at its end changes with the picture, so that caches do too."""
    path = f"{LOGOS}/{asking.tenant.id}?v={(logo.sha256 or '')[:12]}"
    return f"{address_of(asking.public_url, asking.tenant.slug)}{path}" if asking.public_url else path


@computed(Company, needs="company.read")
async def contrast_warnings(_looking: Looking, companies: Sequence[Company]) -> Sequence[list[str]]:
    """Colours of the company on which white text is hard to read: contrast under 4.5 to 1 (WCAG 2, level AA)."""
    return [_warnings(company) for company in companies]


def _warnings(company: Company) -> list[str]:
    colors = {"primaryColor": company.primary_color, "accentColor": company.accent_color}
    ratios = {name: contrast(color, WHITE) for name, color in colors.items() if color}
    return [f"{name} has a contrast of {ratio:.2f}:1" for name, ratio in ratios.items() if ratio < LEAST_CONTRAST]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21, as WCAG 2 defines it."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: str) -> float:
    """Return the relative luminance of a colour #RRGGBB, 0 to 1, as WCAG 2 defines it."""
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= DARK else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@dataclass(frozen=True, slots=True)
class CompanyPlan:
    """What the company has subscribed to."""

    plan: Annotated[str, "Name of the plan, such as starter."]
    status: Annotated[str, "Where the company stands: active, or suspended and read-only."]
    modules: Annotated[list[str], "The parts of the product that the plan includes, by name."]
    seats_used: Annotated[int, "How many people can sign in."]


@dataclass(frozen=True, slots=True)
class CompanyStats:
    """The company in numbers."""

    users: Annotated[int, "People who can sign in."]
    teams: Annotated[int, "Teams."]
    published_flows: Annotated[int, "Onboarding flows that are in use."]
    active_new_hires: Annotated[int, "New hires who are under way."]
    completed_new_hires: Annotated[int, "New hires who are done."]


@computed(Company, needs="company.read")
async def subscription(looking: Looking, companies: Sequence[Company]) -> Sequence[CompanyPlan]:
    """What the company has subscribed to, and how many seats of it are taken."""
    [seats] = await looking.all(select(_seats()))
    tenant = looking.asking.tenant
    plan = CompanyPlan(tenant.plan, tenant.status.value, sorted(tenant.modules), seats)
    return [plan] * len(companies)


@computed(Company, needs="users.read")
async def stats(looking: Looking, companies: Sequence[Company]) -> Sequence[CompanyStats]:
    """The company in numbers, counted in one statement."""
    [counted] = await looking.rows(
        select(
            _seats(),
            _count(Team.id),
            _count(Flow.id, Flow.status == FlowStatus.PUBLISHED),
            _count(NewHire.id, NewHire.status == NewHireStatus.ACTIVE),
            _count(NewHire.id, NewHire.status == NewHireStatus.COMPLETED),
        )
    )
    return [CompanyStats(*counted)] * len(companies)


def _seats() -> Any:
    return _count(User.id, User.is_active)


def _count(column: Any, *conditions: Any) -> Any:
    return select(func.count(column)).where(*conditions).scalar_subquery()
