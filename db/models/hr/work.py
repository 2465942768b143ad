"""Where and when people work: sites, the days that are free there, weeks, and the seats of the company."""

from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from db.base import Base, TenantOwned
from db.columns import Belongs, Format, column, name_column, ref

HOURS_A_DAY: Final = 24
FULL_DAY: Final = Decimal(8)


class HolidayList(TenantOwned, Base):
    """Days on which nobody works, such as those of a country or a region."""

    __tablename__ = "holiday_lists"
    __event__ = "hr.holiday_list"
    __belongs__ = Belongs()

    name: Mapped[str] = column(max_length=120, sorted_as_name=True, unique=True, doc="Name of the list; unique.")


class Holiday(TenantOwned, Base):
    """One day of a list of holidays."""

    __tablename__ = "holidays"
    __event__ = "hr.holiday"
    __belongs__ = Belongs()
    __table_args__ = (UniqueConstraint("tenant_id", "holiday_list_id", "day", name="uq_holidays_day"),)

    holiday_list_id: Mapped[UUID] = ref("HolidayList", back="holidays", on_delete="CASCADE", doc="The list.")
    day: Mapped[date] = column(doc="The day; once in a list.")
    name: Mapped[str] = column(max_length=120, doc="What the day is called.")


class WorkCalendar(TenantOwned, Base):
    """A week of work: the hours of each day. A day of no hours is no working day."""

    __tablename__ = "work_calendars"
    __event__ = "hr.work_calendar"
    __belongs__ = Belongs()

    name: Mapped[str] = column(max_length=120, sorted_as_name=True, unique=True, doc="Name of the calendar; unique.")
    monday: Mapped[Decimal] = column(minimum=0, maximum=HOURS_A_DAY, default=FULL_DAY, doc="Hours of a Monday.")
    tuesday: Mapped[Decimal] = column(minimum=0, maximum=HOURS_A_DAY, default=FULL_DAY, doc="Hours of a Tuesday.")
    wednesday: Mapped[Decimal] = column(minimum=0, maximum=HOURS_A_DAY, default=FULL_DAY, doc="Hours of a Wednesday.")
    thursday: Mapped[Decimal] = column(minimum=0, maximum=HOURS_A_DAY, default=FULL_DAY, doc="Hours of a Thursday.")
    friday: Mapped[Decimal] = column(minimum=0, maximum=HOURS_A_DAY, default=FULL_DAY, doc="Hours of a Friday.")
    saturday: Mapped[Decimal] = column(minimum=0, maximum=HOURS_A_DAY, default=Decimal(0), doc="Hours of a Saturday.")
    sunday: Mapped[Decimal] = column(minimum=0, maximum=HOURS_A_DAY, default=Decimal(0), doc="Hours of a Sunday.")


class WorkLocation(TenantOwned, Base):
    """A site, or wherever else people work from: its time zone says when a day begins and ends for them."""

    __tablename__ = "work_locations"
    __event__ = "hr.work_location"
    __belongs__ = Belongs()

    name: Mapped[str] = column(max_length=120, sorted_as_name=True, unique=True, doc="Name of the site; unique.")
    country: Mapped[str] = column(max_length=2, text_format=Format.COUNTRY, doc="Country, ISO 3166-1 alpha-2.")
    timezone: Mapped[str] = column(
        max_length=64, text_format=Format.TIME_ZONE, doc="IANA time zone in which its days begin and end."
    )
    address: Mapped[str | None] = column(max_length=1000, doc="Postal address of the site, as lines of text.")
    holiday_list_id: Mapped[UUID | None] = ref(
        "HolidayList", back="locations", create_only=False, doc="The holidays of the site; none where there is no list."
    )
    work_calendar_id: Mapped[UUID | None] = ref(
        "WorkCalendar",
        back="locations",
        create_only=False,
        doc="The usual week of the site; Monday to Friday of eight hours where there is none.",
    )


class Position(TenantOwned, Base):
    """A seat of the company, which one person holds at a time."""

    __tablename__ = "positions"
    __event__ = "hr.position"
    __belongs__ = Belongs()

    code: Mapped[str] = column(
        max_length=40, unique=True, doc="What the company calls the seat, such as ENG-12; unique."
    )
    title: Mapped[str] = name_column(doc="Title of whoever holds it.")
    department_id: Mapped[UUID] = ref("Department", back="positions", create_only=False, doc="Where the seat is.")
    grade: Mapped[str | None] = column(max_length=40, doc="Grade that goes with it, in the company's own words.")
    budgeted: Mapped[bool] = column(default=True, doc="Whether there is money for it.")
