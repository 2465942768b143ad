"""Why days were given is somebody's affair: it is told to nobody who may not read it, and goes with their data."""

import orjson

from tests.leave.office import Office, codes
from tests.privacy.people import erase, left_of, whole_trail

WHY = "After the operation in Wolfenbuettel."


async def test_why_days_were_given_goes_when_the_person_is_erased(office: Office) -> None:
    person = await office.staff.company.person("MEMBER")
    ada = await office.employ(person)
    given = {"id": ada, "leaveTypeId": office.annual, "days": "1", "effectiveOn": "2026-03-02"}
    await office.hr.do("adjustLeave", {**given, "reason": WHY}, "leaveLedgerEntry { id }")
    await office.has_asked(ada, "2026-03-02", "2026-03-02", reason=WHY)
    company, secrets = office.staff.company, (WHY,)
    assert await left_of(company, secrets) == {("leave_ledger_entries", WHY), ("leaves", WHY)}
    before = await office.balance(ada, "2026-03-31")

    await office.staff.change("terminateEmployee", ada, lastDay="2026-03-31", reason="Moves away.")
    user = (await office.staff.seen(ada, "userId"))["userId"]
    assert codes(await erase(office.owner, "eraseUser", user)) == []
    assert await left_of(company, secrets) == set()
    assert WHY not in orjson.dumps(await whole_trail(office.owner)).decode()
    assert await office.balance(ada, "2026-03-31") == before
    noted = "select note, days from pool.leave_ledger_entries where tenant_id = :tenant"
    assert [(row[0], f"{row[1]:.2f}") for row in await company.rows(noted)] == [(None, "1.00")]
