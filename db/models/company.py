"""The company behind a tenant: profile, branding and legal facts."""

from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from db.base import Base, TenantOwned
from db.choices import Choice
from db.columns import SERVER, Classification, Format, column, encrypted_column, name_column, ref


class CompanySize(Choice):
    """How many people work at the company."""

    SOLO = "1", "One person."
    SMALL = "2-50", "2 to 50 people."
    MEDIUM = "51-250", "51 to 250 people."
    LARGE = "251-1000", "251 to 1,000 people."
    ENTERPRISE = "1001+", "More than 1,000 people."


class Weekday(Choice):
    """A day of the week."""

    MONDAY = "monday", "Monday."
    SUNDAY = "sunday", "Sunday."
    SATURDAY = "saturday", "Saturday."


class Company(TenantOwned, Base):
    """The company that this tenant belongs to: its profile, its colours and its legal facts. There is exactly one."""

    __tablename__ = "companies"
    __table_args__ = (UniqueConstraint("tenant_id", name="uq_companies_tenant_id"),)

    name: Mapped[str] = name_column(doc="The name that people know the company by.")
    legal_name: Mapped[str | None] = column(max_length=200, doc="The name in the commercial register.")
    industry: Mapped[str | None] = column(max_length=120, doc="The line of business, in the company's own words.")
    size: Mapped[CompanySize | None] = column(doc="How many people work there.")
    website: Mapped[str | None] = column(max_length=500, text_format=Format.URL, doc="The company's public web site.")
    description: Mapped[str | None] = column(max_length=5000, doc="What the company does, for a new hire to read.")
    primary_color: Mapped[str | None] = column(
        max_length=7, text_format=Format.COLOR, doc="Main colour of pages and mails, as #RRGGBB."
    )
    secondary_color: Mapped[str | None] = column(
        max_length=7, text_format=Format.COLOR, doc="Background colour beside the main one, as #RRGGBB."
    )
    accent_color: Mapped[str | None] = column(
        max_length=7, text_format=Format.COLOR, doc="Colour of buttons and links, as #RRGGBB."
    )
    logo_url: Mapped[str | None] = column(max_length=500, text_format=Format.URL, doc="Where the logo is served.")
    logo_file_id: Mapped[UUID | None] = ref(
        "File", on_delete="SET NULL", set_by=SERVER, hidden=True, doc="The uploaded logo, behind `logo_url`."
    )
    country: Mapped[str | None] = column(
        max_length=2, text_format=Format.COUNTRY, doc="Country of registration, ISO 3166-1 alpha-2."
    )
    base_currency: Mapped[str] = column(
        max_length=3, text_format=Format.CURRENCY, default="EUR", doc="Currency of the books, ISO 4217."
    )
    timezone: Mapped[str] = column(
        max_length=64, text_format=Format.TIME_ZONE, default="UTC", doc="IANA time zone of the head office."
    )
    fiscal_year_start_month: Mapped[int] = column(
        minimum=1, maximum=12, default=1, doc="Month in which the fiscal year begins, 1 to 12."
    )
    week_start: Mapped[Weekday] = column(default=Weekday.MONDAY, doc="First day of the week in calendars.")
    tax_id: Mapped[bytes | None] = encrypted_column(
        readable_with="company.read_tax_id",
        max_length=50,
        classified=Classification.FINANCIAL,
        doc="Tax or VAT number; stored encrypted.",
    )
    address: Mapped[str | None] = column(max_length=1000, doc="Postal address of the head office, as lines of text.")
