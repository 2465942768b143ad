"""Flows for the tests of onboarding, and what is asked about them."""

from dataclasses import dataclass
from typing import Any, Final

from schema.derive import ids
from tests.commands.ground import Ground, a_ground
from tests.world import CompanyWorld, Person

FLOW: Final = """
query($id: ID!) { flow(id: $id) {
  status version revision estimatedMinutes allowedTransitions { name allowed reasonDenied }
  stages { nodes { id name position contentBlocks { nodes { id position } } } }
} }
"""
FACTS: Final = "refusals { ... on IllegalTransition { from to allowed } }"


@dataclass
class FlowWorld:
    """A company with a draft flow of three stages of two blocks, and somebody of HR who works on it."""

    ground: Ground
    hr: Person

    @property
    def company(self) -> CompanyWorld:
        return self.ground.company

    @property
    def flow(self) -> str:
        return ids.encode("Flow", self.ground.flow.id)

    @property
    def stages(self) -> list[str]:
        return [ids.encode("Stage", stage.id) for stage in self.ground.stages]

    def blocks(self, stage: int) -> list[str]:
        mine = [block for block in self.ground.blocks if block.stage_id == self.ground.stages[stage].id]
        return [ids.encode("ContentBlock", block.id) for block in mine]

    async def do(self, mutation: str, **given: Any) -> list[dict[str, Any]]:
        """Run a mutation, and return its refusals."""
        facts = FACTS if mutation in {"publishFlow", "editFlow", "archiveFlow"} else ""
        payload = await self.hr.do(mutation, given, facts)
        return payload["refusals"]

    async def codes(self, mutation: str, **given: Any) -> list[str]:
        """Run a mutation, and return the codes of its refusals."""
        return [refusal["code"] for refusal in await self.do(mutation, **given)]

    async def see(self, flow: str | None = None) -> dict[str, Any]:
        """Return the flow as it is."""
        return (await self.hr.ask(FLOW, {"id": flow or self.flow})).data["flow"]


async def work_on(ground: Ground) -> FlowWorld:
    """Let somebody of HR work on the flow of a ground."""
    return FlowWorld(ground, await ground.company.person("HR"))


async def a_flow(company: CompanyWorld) -> FlowWorld:
    """Make one."""
    return await work_on(await a_ground(company))


def positions(nodes: list[dict[str, Any]]) -> list[int]:
    return [node["position"] for node in nodes]
