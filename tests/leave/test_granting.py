"""Balances are set right by hand and days are paid out; what leave comes to is read for the company."""

from tests.leave.office import Office, codes
from tests.schema.statements import listening, reads


async def test_days_are_given_and_taken_away_by_hand(office: Office) -> None:
    ada = await office.employ()
    given = {"id": ada, "leaveTypeId": office.annual, "effectiveOn": "2026-03-02", "reason": "For the fire brigade."}
    fields = "leaveLedgerEntry { kind days note expiresOn }"
    extra = await office.hr.do("adjustLeave", {**given, "days": "2.5", "expiresOn": "2026-03-31"}, fields)
    assert extra["leaveLedgerEntry"]["days"] == "2.5000"
    await office.hr.do("adjustLeave", {**given, "days": "-0.5"}, fields)
    march = await office.balance(ada, "2026-03-31")
    assert (march["adjusted"], march["balance"]) == ("2.00", "5.00")
    assert (await office.balance(ada, "2026-04-01"))["balance"] == "2.50"
    for wrong in ({"days": "0"}, {"days": "-1", "expiresOn": "2026-03-31"}, {"days": "1", "reason": " "}):
        assert codes(await office.hr.do("adjustLeave", {**given, **wrong}, fields)) == ["INVALID_INPUT"]


async def test_no_day_is_given_that_is_out_of_reach(office: Office) -> None:
    ada = await office.employ(hired="2015-01-01", policy=False)
    given = {"id": ada, "leaveTypeId": office.annual, "days": "1"}
    adjusted, fields = {**given, "reason": "Extra."}, "leaveLedgerEntry { id } refusals { path }"
    await office.hr.do("updateLeaveType", {"id": office.annual, "encashable": True})
    for far in ("9999-12-31", "2015-01-01"):
        refused = [
            await office.hr.do("adjustLeave", {**adjusted, "effectiveOn": far}, fields),
            await office.hr.do("adjustLeave", {**adjusted, "effectiveOn": "2026-06-01", "expiresOn": far}, fields),
            await office.hr.do("encashLeave", {**given, "effectiveOn": far}, fields),
        ]
        assert [(each["code"], each["path"][1]) for payload in refused for each in payload["refusals"]] == [
            ("INVALID_INPUT", "effectiveOn"),
            ("INVALID_INPUT", "expiresOn"),
            ("INVALID_INPUT", "effectiveOn"),
        ]
    assert codes(await office.assign(ada, "9999-12-31")) == ["INVALID_INPUT"]
    assert codes(await office.assign(ada, "2015-01-01")) == []
    assert (await office.balance(ada, "2026-03-31"))["balance"] == "11.00"


async def test_days_are_paid_out_if_their_type_says_so(office: Office) -> None:
    ada = await office.employ()
    given = {"id": ada, "leaveTypeId": office.annual, "days": "3", "effectiveOn": "2026-06-30"}
    fields = "leaveLedgerEntry { id } refusals { ... on InsufficientLeave { available } }"
    assert codes(await office.hr.do("encashLeave", given, fields)) == ["NOT_ENCASHABLE"]
    await office.hr.do("updateLeaveType", {"id": office.annual, "encashable": True})
    assert codes(await office.hr.do("encashLeave", given, fields)) == []
    june = await office.balance(ada, "2026-06-30")
    assert (june["encashed"], june["balance"]) == ("3.00", "6.00")
    short = (await office.hr.do("encashLeave", {**given, "days": "6.25"}, fields))["refusals"]
    assert [(each["code"], each["available"].rstrip("0")) for each in short] == [("INSUFFICIENT_LEAVE", "6.")]
    assert [data["days"] for kind, data in await office.told() if kind == "leave.encashed"] == ["3.0000"]


async def test_a_balance_is_explained_entry_by_entry(office: Office) -> None:
    ada = await office.employ()
    await office.is_away(ada, "2026-03-30", "2026-03-30")
    steps = (
        "kind countsFrom days balance posted reckoning { fullDays daysInPeriod daysEmployed beforeRounding rounding }"
    )
    asked = f"""query($e: ID!, $t: ID!) {{
      explainLeaveBalance(employeeId: $e, leaveTypeId: $t, on: "2026-03-31") {{ balance steps {{ {steps} }} }}
    }}"""
    found = (await office.hr.ask(asked, {"e": ada, "t": office.annual})).data["explainLeaveBalance"]
    first, taken, second = found["steps"]
    assert (first["kind"], first["countsFrom"], first["days"], first["posted"]) == (
        *("ACCRUAL", "2026-02-28", "1.0000"),
        False,
    )
    reckoned = first["reckoning"]
    assert (reckoned["daysInPeriod"], reckoned["daysEmployed"], reckoned["rounding"]) == (28, 14, "NONE")
    assert (taken["kind"], taken["days"], taken["balance"], taken["posted"]) == ("TAKEN", "-1.0000", "0.0000", True)
    assert (second["balance"], found["balance"], taken["reckoning"]) == ("2.0000", "2.0000", None)


async def test_who_is_away_and_how_much_is_missed(office: Office) -> None:
    ada, bob = await office.employ(hired="2026-01-01"), await office.employ(hired="2026-01-01")
    await office.is_away(ada, "2026-12-24", "2027-01-01")
    await office.has_asked(bob, "2026-12-24", "2026-12-24")
    asked = """{
      whoIsAway(from: "2026-12-31", to: "2026-12-31") { employeeId fromDate toDate }
      absenceRate(from: "2026-12-21", to: "2026-12-31") { department workingDays absentDays percent }
    }"""
    found = (await office.hr.ask(asked)).data
    assert found["whoIsAway"] == [{"employeeId": ada, "fromDate": "2026-12-24", "toDate": "2027-01-01"}]
    assert found["absenceRate"] == [
        {"department": None, "workingDays": 16, "absentDays": "5", "percent": "31.25"},
    ]
    wrong = '{ whoIsAway(from: "2026-12-31", to: "2026-12-30") { name } }'
    assert (await office.hr.ask(wrong)).codes == ["BAD_USER_INPUT"]


async def test_leave_is_worth_its_days_of_pay_and_currencies_are_never_added(office: Office) -> None:
    ada = await office.employ(hired="2026-01-01", baseAmount="5200")
    ben = await office.employ(hired="2026-01-01", baseAmount="26000000", currency="JPY", frequency="YEAR")
    cid = await office.employ(hired="2026-01-01", baseAmount="20", frequency="HOUR", fte="0.5")
    await office.employ(hired="2026-06-01", baseAmount=None, currency=None, frequency=None)
    sick = await office.a_type(limited=False)
    await office.is_away(ada, "2026-03-02", "2026-03-03", leaveTypeId=sick)
    await office.post("2026-03-31T12:00:00")
    asked = """{ leaveLiability(on: "2026-03-31") {
      totals { currency amount } lines { employeeId days dailyRate amount currency }
    } }"""
    found = (await office.hr.ask(asked)).data["leaveLiability"]
    assert {each["employeeId"]: (each["days"], each["dailyRate"], each["amount"]) for each in found["lines"]} == {
        ada: ("6.0000", "240.0000", "1440.00"),
        ben: ("6.0000", "100000.0000", "600000"),
        cid: ("6.0000", "80.0000", "480.00"),
    }
    assert found["totals"] == [{"currency": "EUR", "amount": "1920.00"}, {"currency": "JPY", "amount": "600000"}]
    member = await office.staff.company.person("MEMBER")
    assert (await member.ask(asked)).codes == ["FORBIDDEN"]


async def test_reading_takes_as_many_statements_for_many_as_for_one(office: Office) -> None:
    asked = """{
      employees { nodes { leaveBalances(on: "2027-01-31") { balance buckets { days } steps { balance } } } }
      whoIsAway(from: "2026-12-01", to: "2026-12-31") { name }
      leaveLiability { lines { amount } }
      absenceRate(from: "2026-12-01", to: "2026-12-31") { percent }
    }"""
    company, counted = office.staff.company, list[int]()
    for number in (1, 3):
        for _ in range(number):
            employee = await office.employ(hired="2026-01-01")
            await office.is_away(employee, "2026-12-07", "2026-12-08")
        await office.hr.ask(asked)
        with listening(company.world, company) as seen:
            found = (await office.hr.ask(asked)).data
        counted.append(len(reads(seen)))
    assert len(found["whoIsAway"]) == 4
    assert counted[0] == counted[1]
