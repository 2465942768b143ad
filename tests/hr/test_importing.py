"""Employees come from a table: with the terms of their first day, and with managers who stand further down."""

from typing import Final

from tests.hr.builders import Staff
from tests.imports.builders import Desk, counts, rejections
from tests.imports.conftest import desk

__all__ = ["desk"]

MAPPING: Final = {
    "Number": "employeeNo",
    "First": "legalFirstName",
    "Last": "legalLastName",
    "Mail": "workEmail",
    "Since": "hireDate",
    "Title": "jobTitle",
    "Site": "location.name",
    "Manager": "manager.employeeNo",
    "Pay": "baseAmount",
    "Currency": "currency",
    "Per": "frequency",
}
TABLE: Final = """Number,First,Last,Mail,Since,Title,Site,Manager,Pay,Currency,Per
2,Ben,Okafor,ben@example.com,2026-02-01,Engineer,Berlin,1,4000,EUR,MONTH
1,Ada,Lovelace,ada@example.com,2026-01-01,Head,Berlin,,6000.50,EUR,MONTH
3,Cleo,Nobody,cleo@example.com,2026-02-01,Engineer,Atlantis,1,4000,EUR,MONTH
4,Dan,Lost,ada@example.com,2026-02-01,Engineer,Berlin,1,4000,EUR,MONTH
5,Eve,Unpaid,eve@example.com,2026-02-01,Engineer,Berlin,1,,,
"""


async def test_a_table_of_employees_is_imported_with_all_that_an_employee_begins_with(staff: Staff, desk: Desk) -> None:
    state = await desk.imported("Employee", TABLE, MAPPING)
    assert counts(state)[:4] == ("COMPLETED", 5, 3, 2)
    assert rejections(state) == [(4, "location.name", "NOT_FOUND"), (5, "workEmail", "ALREADY_EXISTS")]
    asked = """{ employees(orderBy: [{ employeeNo: ASC }]) { nodes {
      employeeNo status manager { employeeNo } user { email isActive manager { email } }
      contracts { nodes { effectiveFrom } } compensation { nodes { baseAmount } }
    } } }"""
    found = (await staff.hr.ask(asked)).data["employees"]["nodes"]
    assert [each["employeeNo"] for each in found] == ["1", "2", "5"]
    assert [each["status"] for each in found] == ["ACTIVE", "ACTIVE", "PREHIRE"]
    assert [each["manager"] for each in found] == [None, {"employeeNo": "1"}, {"employeeNo": "1"}]
    assert found[1]["user"] == {"email": "ben@example.com", "isActive": False, "manager": {"email": "ada@example.com"}}
    assert [each["compensation"]["nodes"] for each in found] == [
        [{"baseAmount": "6000.5000"}],
        [{"baseAmount": "4000.0000"}],
        [],
    ]
    assert [kind for kind, _ in await staff.told()].count("employee.hired") == 2
