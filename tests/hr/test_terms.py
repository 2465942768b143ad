"""Contracts and pay hold from day to day, without a gap and without an overlap, whoever writes them."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.hr.builders import Staff, moment

PAID: dict[str, Any] = {"baseAmount": "6000", "currency": "EUR", "frequency": "MONTH", "reason": "A good year."}
CONTRACT: dict[str, Any] = {"employmentType": "PART_TIME", "fte": "0.8", "hoursPerWeek": "32"}
PAY = "compensation(orderBy: [{ effectiveFrom: ASC }]) { nodes { effectiveFrom effectiveTo baseAmount supersededAt } }"
CONTRACTS = "contracts(orderBy: [{ effectiveFrom: ASC }]) { nodes { effectiveFrom effectiveTo fte } }"


async def pay(staff: Staff, employee: str) -> list[tuple[str, str | None, str]]:
    """What counts of somebody's pay."""
    nodes = (await staff.seen(employee, PAY))["compensation"]["nodes"]
    return [
        (each["effectiveFrom"], each["effectiveTo"], each["baseAmount"][:-5])
        for each in nodes
        if not each["supersededAt"]
    ]


async def contracts(staff: Staff, employee: str) -> list[tuple[str, str | None, str]]:
    nodes = (await staff.seen(employee, CONTRACTS))["contracts"]["nodes"]
    return [(each["effectiveFrom"], each["effectiveTo"], each["fte"]) for each in nodes]


async def test_what_is_agreed_holds_until_something_else_is(staff: Staff) -> None:
    employee = (await staff.add())["id"]
    await staff.change("changeCompensation", employee, effectiveFrom="2026-07-01", **PAID)
    await staff.change("changeCompensation", employee, effectiveFrom="2026-03-01", **{**PAID, "baseAmount": "5500"})
    assert await pay(staff, employee) == [
        ("2026-01-01", "2026-02-28", "5000"),
        ("2026-03-01", "2026-06-30", "5500"),
        ("2026-07-01", None, "6000"),
    ]


async def test_what_began_on_just_that_day_is_kept_and_counts_no_more(staff: Staff) -> None:
    employee = (await staff.add())["id"]
    await staff.change("changeCompensation", employee, effectiveFrom="2026-07-01", **PAID)
    await staff.change("changeCompensation", employee, effectiveFrom="2026-01-01", **{**PAID, "baseAmount": "4900"})
    assert await pay(staff, employee) == [("2026-01-01", "2026-06-30", "4900"), ("2026-07-01", None, "6000")]
    nodes = (await staff.seen(employee, PAY))["compensation"]["nodes"]
    assert sorted(each["baseAmount"][:-5] for each in nodes) == ["4900", "5000", "6000"]


async def test_no_event_and_no_audit_entry_tells_what_is_paid(staff: Staff) -> None:
    employee = (await staff.add(baseAmount="4321.09"))["id"]
    await staff.change("changeCompensation", employee, effectiveFrom="2026-07-01", **{**PAID, "baseAmount": "8765.43"})
    told = await staff.company.rows(
        "select data::text from pool.event_outbox where tenant_id = :tenant union all "
        "select coalesce(new_values::text, '') || coalesce(old_values::text, '') from pool.audit_logs "
        "where tenant_id = :tenant"
    )
    assert not [row for row in told if "4321.09" in row[0] or "8765.43" in row[0]]
    changed = [data for kind, data in await staff.told() if kind == "employee.compensation.changed"]
    assert [set(data) for data in changed] == [{"effective_from", "user_id"}] * 2


async def test_a_contract_holds_from_its_day_and_the_employee_says_what_holds_today(staff: Staff) -> None:
    employee = (await staff.add())["id"]
    changed = await staff.change("startContract", employee, effectiveFrom="2026-03-01", **CONTRACT)
    assert (changed["employmentType"], changed["fte"]) == ("PART_TIME", "0.8000")
    later = await staff.change("startContract", employee, effectiveFrom="2031-01-01", **{**CONTRACT, "fte": "0.6"})
    assert later["fte"] == "0.8000"
    assert await contracts(staff, employee) == [
        ("2026-01-01", "2026-02-28", "1.0000"),
        ("2026-03-01", "2030-12-31", "0.8000"),
        ("2031-01-01", None, "0.6000"),
    ]
    assert await staff.advance(moment("2030-12-31T22:59:59")) == 0
    assert [await staff.advance(moment("2030-12-31T23:00:00")) for _ in range(2)] == [1, 0]
    assert (await staff.seen(employee, "fte"))["fte"] == "0.6000"


async def test_contracts_are_agreed_in_their_order_and_leave_no_day_out(staff: Staff) -> None:
    employee = (await staff.add(contractEndsOn="2026-06-30"))["id"]
    early = await staff.tries("startContract", employee, effectiveFrom="2026-01-01", **CONTRACT)
    assert [each["code"] for each in early["refusals"]] == ["TOO_EARLY"]
    gap = await staff.refused("startContract", employee, effectiveFrom="2026-07-02", **CONTRACT)
    assert gap == [("INVALID_INPUT", ["effectiveFrom"])]
    await staff.change("startContract", employee, effectiveFrom="2026-07-01", **CONTRACT)
    assert [each[:2] for each in await contracts(staff, employee)] == [
        ("2026-01-01", "2026-06-30"),
        ("2026-07-01", None),
    ]


async def test_what_is_agreed_under_an_agreed_last_day_holds_on_when_that_is_withdrawn(staff: Staff) -> None:
    employee = (await staff.add())["id"]
    await staff.change("terminateEmployee", employee, lastDay="2031-03-31", reason="Moves away.")
    await staff.change("startContract", employee, effectiveFrom="2026-07-01", **CONTRACT)
    await staff.change("changeCompensation", employee, effectiveFrom="2026-07-01", **PAID)
    await staff.change("withdrawTermination", employee)
    assert await contracts(staff, employee) == [
        ("2026-01-01", "2026-06-30", "1.0000"),
        ("2026-07-01", None, "0.8000"),
    ]
    assert await pay(staff, employee) == [("2026-01-01", "2026-06-30", "5000"), ("2026-07-01", None, "6000")]
    await staff.change("changeCompensation", employee, effectiveFrom="2031-06-01", **{**PAID, "baseAmount": "7000"})
    await staff.change("startContract", employee, effectiveFrom="2031-06-01", **CONTRACT)


async def test_what_is_agreed_under_an_agreed_last_day_ends_with_it(staff: Staff) -> None:
    employee = (await staff.add())["id"]
    await staff.change("terminateEmployee", employee, lastDay="2031-03-31", reason="Moves away.")
    await staff.change("startContract", employee, effectiveFrom="2026-07-01", effectiveTo="2032-12-31", **CONTRACT)
    await staff.change("changeCompensation", employee, effectiveFrom="2026-07-01", **PAID)
    assert await staff.advance(moment("2031-04-01T00:00:00")) == 1
    assert [each[:2] for each in await contracts(staff, employee)][-1] == ("2026-07-01", "2031-03-31")
    assert [each[:2] for each in await pay(staff, employee)][-1] == ("2026-07-01", "2031-03-31")


async def test_what_is_put_right_of_an_employment_that_has_ended_ends_with_it(staff: Staff) -> None:
    employee = (await staff.add())["id"]
    await staff.change("terminateEmployee", employee, lastDay="2026-06-30", reason="Moves away.")
    await staff.change("changeCompensation", employee, effectiveFrom="2026-03-01", **PAID)
    await staff.change("startContract", employee, effectiveFrom="2026-05-01", **CONTRACT)
    await staff.change("startContract", employee, effectiveFrom="2026-06-01", effectiveTo="2027-01-31", **CONTRACT)
    assert [each[:2] for each in await pay(staff, employee)][-1] == ("2026-03-01", "2026-06-30")
    assert [each[:2] for each in await contracts(staff, employee)][-2:] == [
        ("2026-05-01", "2026-05-31"),
        ("2026-06-01", "2026-06-30"),
    ]


@pytest.mark.parametrize(
    ("wrong", "code", "path"),
    [
        ({"effectiveFrom": "2025-12-31"}, "OUTSIDE_EMPLOYMENT", ["effectiveFrom"]),
        ({"baseAmount": "-1"}, "INVALID_INPUT", ["baseAmount"]),
        ({"baseAmount": "1.00001"}, "INVALID_INPUT", ["baseAmount"]),
        ({"reason": "  "}, "INVALID_INPUT", ["reason"]),
        ({"reason": "x" * 501}, "INVALID_INPUT", ["reason"]),
    ],
)
async def test_pay_that_cannot_be(staff: Staff, wrong: dict[str, str], code: str, path: list[str]) -> None:
    employee = (await staff.add())["id"]
    given = {"effectiveFrom": "2026-07-01", **PAID, **wrong}
    assert await staff.refused("changeCompensation", employee, **given) == [(code, path)]
    assert await pay(staff, employee) == [("2026-01-01", None, "5000")]


@pytest.mark.parametrize("table", ["employment_contracts", "compensation_records"])
@pytest.mark.parametrize(("days", "name"), [(-1, "ex_{}_effective_from"), (1, "{} has days that nothing covers")])
async def test_the_database_refuses_overlap_and_gap_whoever_writes(
    staff: Staff, table: str, days: int, name: str
) -> None:
    employee = (await staff.add())["id"]
    await staff.change("changeCompensation", employee, effectiveFrom="2026-07-01", **PAID)
    await staff.change("startContract", employee, effectiveFrom="2026-07-01", **CONTRACT)
    begins = date(2026, 7, 1) + timedelta(days=days)
    moved = f"update pool.{table} set effective_from = :begins where tenant_id = :tenant and effective_to is null"
    with pytest.raises(DBAPIError, match=name.format(table)):
        await staff.company.rows(f"{moved} returning id", begins=begins)
    assert [each[0] for each in await pay(staff, employee)] == ["2026-01-01", "2026-07-01"]


async def test_the_database_refuses_a_gap_also_where_triggers_are_off(staff: Staff) -> None:
    await staff.add()
    async with staff.company.world.owner.connect() as connection:
        states = text(
            "select tgenabled from pg_trigger t join pg_class c on c.oid = t.tgrelid "
            "join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'pool' and tgname = 'gapless'"
        )
        assert [row[0] for row in await connection.execute(states)] == [b"A", b"A"]
