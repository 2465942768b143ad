"""An employment ends at the end of its last day where the person works; then nothing of it goes on."""

from datetime import datetime

from tests.hr.builders import Staff, moment, why

REASON = "Moves away."


async def test_the_last_day_ends_where_the_person_works(staff: Staff) -> None:
    employee = (await staff.add(timezone="Asia/Tokyo"))["id"]
    agreed = await staff.change("terminateEmployee", employee, lastDay="2031-03-31", reason=REASON)
    assert (agreed["status"], agreed["terminationDate"]) == ("ACTIVE", "2031-03-31")
    assert await staff.advance(moment("2031-03-31T14:59:59")) == 0
    assert [await staff.advance(moment("2031-03-31T15:00:00")) for _ in range(2)] == [1, 0]
    seen = await staff.seen(employee, "status terminatedAt user { isActive }")
    assert seen["status"] == "TERMINATED"
    assert datetime.fromisoformat(seen["terminatedAt"]) == moment("2031-03-31T15:00:00")
    assert [data["last_day"] for kind, data in await staff.told() if kind == "employee.terminated"] == ["2031-03-31"]


async def test_a_day_that_is_past_ends_it_at_once_and_shuts_the_person_out(staff: Staff) -> None:
    person = await staff.company.person("MEMBER")
    employee = (await staff.add(workEmail=person.asking.principal.name))["id"]
    assert (await person.ask("{ viewer { user { id } } }")).errors == []
    await staff.change("changeCompensation", employee, effectiveFrom="2030-01-01", baseAmount="1", currency="EUR",
                       frequency="YEAR", reason="Later.")  # fmt: skip
    ended = await staff.change("terminateEmployee", employee, lastDay="2026-06-30", reason=REASON)
    assert ended["status"] == "TERMINATED"
    assert (await person.ask("{ viewer { user { id } } }")).codes == ["UNAUTHENTICATED"]
    terms = "contracts { nodes { effectiveTo } } compensation { nodes { effectiveTo } }"
    seen = await staff.seen(employee, f"{terms} history {{ nodes {{ kind effectiveOn }} }}")
    assert [each["effectiveTo"] for each in seen["contracts"]["nodes"]] == ["2026-06-30"]
    assert [each["effectiveTo"] for each in seen["compensation"]["nodes"]] == ["2026-06-30"]
    assert {"kind": "TERMINATION", "effectiveOn": "2026-07-01"} in seen["history"]["nodes"]


async def test_nobody_leaves_to_whom_somebody_reports(staff: Staff) -> None:
    boss = (await staff.add())["id"]
    report = (await staff.add(managerId=boss))["id"]
    assert await staff.refused("terminateEmployee", boss, lastDay="2026-06-30", reason=REASON) == [("HAS_REPORTS", [])]
    assert await staff.status(boss) == "ACTIVE"
    await staff.change("terminateEmployee", boss, lastDay="2031-01-01", reason=REASON)
    assert await staff.advance(moment("2031-02-01T00:00:00")) == 0
    other = (await staff.add())["id"]
    await staff.change("transferEmployee", report, effectiveOn="2026-05-01", managerId=other)
    assert await staff.advance(moment("2031-02-01T00:00:00")) == 1
    assert await staff.status(boss) == "TERMINATED"


async def test_the_last_owner_does_not_leave(staff: Staff) -> None:
    owner = await staff.company.rows("select email from pool.users where tenant_id = :tenant order by id limit 1")
    employee = (await staff.add(workEmail=owner[0][0]))["id"]
    assert await staff.refused("terminateEmployee", employee, lastDay="2026-06-30", reason=REASON) == [
        ("LAST_OWNER", [])
    ]
    assert await staff.status(employee) == "ACTIVE"


async def test_a_last_day_can_be_withdrawn_until_it_has_passed(staff: Staff) -> None:
    employee = (await staff.add())["id"]
    assert why(await staff.tries("withdrawTermination", employee)) == [("ILLEGAL_TRANSITION", [])]
    await staff.change("terminateEmployee", employee, lastDay="2031-03-31", reason=REASON)
    stays = await staff.change("withdrawTermination", employee)
    assert (stays["status"], stays["terminationDate"]) == ("ACTIVE", None)
    assert await staff.advance(moment("2032-01-01T00:00:00")) == 0


async def test_who_is_rehired_has_the_same_number_and_new_terms(staff: Staff) -> None:
    employee = (await staff.add(employeeNo="42"))["id"]
    await staff.change("terminateEmployee", employee, lastDay="2026-06-30", reason=REASON)
    terms = {"hoursPerWeek": "40", "baseAmount": "7000", "currency": "EUR", "frequency": "MONTH"}
    early = await staff.refused("rehireEmployee", employee, hireDate="2026-06-30", **terms)
    assert early == [("OUTSIDE_EMPLOYMENT", ["hireDate"])]
    again = await staff.change("rehireEmployee", employee, hireDate="2026-09-01", **terms)
    assert (again["status"], again["employment"], again["originalHireDate"]) == ("ACTIVE", 2, "2026-01-01")
    seen = await staff.seen(
        employee, "employeeNo contracts(orderBy: [{ effectiveFrom: ASC }]) { nodes { effectiveFrom effectiveTo } }"
    )
    assert seen["employeeNo"] == "42"
    assert [tuple(each.values()) for each in seen["contracts"]["nodes"]] == [
        ("2026-01-01", "2026-06-30"),
        ("2026-09-01", None),
    ]
    assert [kind for kind, _ in await staff.told()][-2:] == ["employee.compensation.changed", "employee.hired"]


async def test_status_moves_only_as_listed(staff: Staff) -> None:
    employee = (await staff.add())["id"]
    steps = [
        ("endAbsence", "ACTIVE", False),
        ("beginAbsence", "ON_LEAVE", True),
        ("suspendEmployee", "ON_LEAVE", False),
        ("endAbsence", "ACTIVE", True),
        ("reinstateEmployee", "ACTIVE", False),
        ("suspendEmployee", "SUSPENDED", True),
        ("beginAbsence", "SUSPENDED", False),
        ("reinstateEmployee", "ACTIVE", True),
    ]
    for verb, status, allowed in steps:
        assert why(await staff.tries(verb, employee)) == ([] if allowed else [("ILLEGAL_TRANSITION", [])]), verb
        assert await staff.status(employee) == status
    prehire = (await staff.add(hireDate="2031-01-01"))["id"]
    for verb in ("beginAbsence", "suspendEmployee", "reinstateEmployee", "endAbsence"):
        assert why(await staff.tries(verb, prehire)) == [("ILLEGAL_TRANSITION", [])]
    gone = await staff.refused("terminateEmployee", prehire, lastDay="2031-02-01", reason=REASON)
    assert gone == [("ILLEGAL_TRANSITION", [])]


async def test_what_is_known_of_somebody_is_erased_after_they_have_left_and_not_before(staff: Staff) -> None:
    admin = await staff.company.person("ADMIN")
    employee = await staff.add(legalFirstName="Unmistakable", birthDate="1990-01-02", bankAccount="DE02120300000000")
    await staff.make("Dependent", employeeId=employee["id"], name="Unmistakable child", relationship="CHILD")
    paid = {"baseAmount": "6000", "currency": "EUR", "frequency": "MONTH", "reason": "Unmistakable effort."}
    await staff.change("changeCompensation", employee["id"], effectiveFrom="2026-03-01", **paid)
    promoted = {"jobTitle": "Lead", "note": "Unmistakable talent."}
    await staff.change("promoteEmployee", employee["id"], effectiveOn="2026-03-01", **promoted)
    erasing = {"id": employee["userId"], "reason": "They asked."}
    assert why(await admin.do("eraseUser", erasing, "user { id }")) == [("STILL_EMPLOYED", [])]
    because = {"lastDay": "2026-06-30", "reason": "Unmistakable quarrel."}
    await staff.change("terminateEmployee", employee["id"], **because)
    said = "terminationReason compensation { nodes { reason } } history { nodes { note } }"
    seen = await staff.seen(employee["id"], said)
    assert seen["terminationReason"] == because["reason"]
    assert {"reason": paid["reason"]} in seen["compensation"]["nodes"]
    assert {"note": promoted["note"]} in seen["history"]["nodes"]
    assert why(await admin.do("eraseUser", erasing, "user { id }")) == []
    seen = await staff.seen(employee["id"], said)
    assert (seen["terminationReason"], seen["compensation"]["nodes"]) == (None, [{"reason": "Erased"}] * 2)
    assert {each["note"] for each in seen["history"]["nodes"]} == {None}
    seen = await staff.seen(
        employee["id"], "legalFirstName workEmail birthDate bankAccount dependents { nodes { name } } status"
    )
    assert seen["workEmail"].endswith("@erased.invalid")
    del seen["workEmail"]
    assert seen == {
        "legalFirstName": "Erased",
        "birthDate": None,
        "bankAccount": None,
        "dependents": {"nodes": [{"name": "Erased"}]},
        "status": "TERMINATED",
    }
    left = await staff.company.rows(
        "select 1 from pool.audit_logs where tenant_id = :tenant and (new_values::text like '%Unmistakable%'"
        " or old_values::text like '%Unmistakable%') union all select 1 from pool.event_outbox"
        " where tenant_id = :tenant and data::text like '%Unmistakable%'"
    )
    assert left == []
    changed = await staff.tries("updateEmployee", employee["id"], legalFirstName="Again")
    assert why(changed) == [("PERSON_ERASED", [])]
