"""The company's plan and numbers."""

from tests.schema.builders import put_flows
from tests.world import CompanyWorld

ASKED = """{ company {
  subscription { plan status modules seatsUsed }
  stats { users teams publishedFlows activeNewHires completedNewHires }
} }"""


async def test_a_company_knows_its_plan_and_its_numbers(company: CompanyWorld, other_company: CompanyWorld) -> None:
    owner, member = await company.person("OWNER"), await company.person("MEMBER")
    await put_flows(company, 2)
    await put_flows(other_company, 3)
    found = (await owner.ask(ASKED)).data["company"]
    assert found["subscription"]["plan"] == "starter"
    assert found["subscription"]["status"] == "active"
    assert "onboarding" in found["subscription"]["modules"]
    assert found["subscription"]["seatsUsed"] == 3
    assert found["stats"] == {
        "users": 3,
        "teams": 0,
        "publishedFlows": 0,
        "activeNewHires": 0,
        "completedNewHires": 0,
    }
    hidden = await member.ask(ASKED)
    assert hidden.data["company"]["stats"] is None
    assert hidden.body["extensions"]["hidden"] == [{"path": "company.stats", "permission": "users.read"}]
