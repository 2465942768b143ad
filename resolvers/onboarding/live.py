"""What is watched live: how far one new hire has come, and who is where on the board of a flow.

Whatever changes how a new hire stands also tells so by an event about the new hire, so that the events of single blocks
and stages need not be looked at.
"""

from typing import Annotated, Any
from uuid import UUID

from resolvers.context import Looking
from resolvers.onboarding.board import FlowPipeline, flow_board
from resolvers.onboarding.how_far import OnboardingProgress, hire_progress
from resolvers.operation import Names
from resolvers.watching import Own, concerning, watching
from subscriptions.events import Event
from subscriptions.followers import Matches

HIRES = "NewHire"


def _about_hire(new_hire_id: UUID) -> Matches:
    return concerning(new_hire_id=new_hire_id)


def _about_flow(flow_id: UUID) -> Matches:
    """Match the events of the flow and of its new hires, and of a new hire whose event does not name the flow."""

    def matches(event: Event) -> bool:
        named = _flow_of(event.data)
        return event.subject_id == flow_id or (event.subject_type == HIRES and named in {None, str(flow_id)})

    return matches


def _flow_of(data: dict[str, Any]) -> str | None:
    """Return the flow that an event names, as a fact of its own or as a field that was written."""
    changed: dict[str, Any] = data.get("changed", {})
    return data.get("flow_id") or changed.get("flow_id")


@watching("onboarding.read_hires", about=_about_hire, own=Own("onboarding.portal", "new_hire_id"), alike=True)
async def onboarding_progress(
    looking: Looking, new_hire_id: Annotated[UUID, Names("NewHire"), "Whose progress to watch."]
) -> OnboardingProgress | None:
    """How far one new hire has come."""
    return await hire_progress(looking, new_hire_id)


@watching("onboarding.read_hires", about=_about_flow, alike=True)
async def onboarding_board(
    looking: Looking, flow_id: Annotated[UUID, Names("Flow"), "Whose board to watch."]
) -> FlowPipeline | None:
    """The board of a flow: who is where."""
    return await flow_board(looking, flow_id)
