"""What is worked out of flows and companies: for a list at once, in its order, and with one statement."""

from collections.abc import AsyncIterator

import pytest

from db.models import Company
from resolvers.company import contrast, contrast_warnings
from resolvers.context import Context
from resolvers.onboarding.flows import FLOW, estimated_minutes
from resolvers.state import Transition, transitions
from tests.onboarding.builders import a_flow, working
from tests.world import CompanyWorld

STATEMENTS_OF_GUARDS = 4
"""Content types, stages, blocks, and the new hires who are still to go through."""


@pytest.fixture
async def context(company: CompanyWorld) -> AsyncIterator[Context]:
    async with working(company) as opened:
        yield opened


async def test_minutes_are_summed_for_each_flow_in_the_order_asked(context: Context) -> None:
    long = await a_flow(context, stages=2, blocks=3, minutes=15)
    empty = await a_flow(context, stages=0)
    silent = await a_flow(context, blocks=2)
    before = context.session.statements
    assert await estimated_minutes(context.looking, [silent, long, empty, long]) == [0, 90, 0, 90]
    assert context.session.statements - before == 1


async def test_of_no_flow_there_are_no_minutes(context: Context) -> None:
    assert await estimated_minutes(context.looking, []) == []


async def test_transitions_are_told_for_each_flow_with_one_round_of_guards(context: Context) -> None:
    ready, empty, bare = await a_flow(context), await a_flow(context, stages=0), await a_flow(context, blocks=0)
    published = await a_flow(context, status="published")
    archived = await a_flow(context, status="archived")
    before = context.session.statements
    found = await transitions(context.looking, FLOW, [archived, bare, ready, published, empty])
    assert context.session.statements - before == STATEMENTS_OF_GUARDS
    assert list(found) == [
        [],
        [Transition("publish_flow", allowed=False, reason_denied="The stage 'Stage 0' has no content block.")],
        [Transition("publish_flow", allowed=True, reason_denied=None)],
        [
            Transition("edit_flow", allowed=True, reason_denied=None),
            Transition("archive_flow", allowed=True, reason_denied=None),
        ],
        [Transition("publish_flow", allowed=False, reason_denied="Add a stage first.")],
    ]


async def test_guards_read_as_much_for_one_flow_as_for_many(context: Context) -> None:
    flows = [await a_flow(context, status=status) for status in ("draft", "published") for _ in range(5)]
    for some in ([flows[0], flows[-1]], flows):
        before = context.session.statements
        await transitions(context.looking, FLOW, some)
        assert context.session.statements - before == STATEMENTS_OF_GUARDS


async def test_colours_that_cannot_be_read_are_named(context: Context) -> None:
    companies = [
        Company(primary_color="#FFFFFF", accent_color="#767676"),
        Company(),
        Company(primary_color="#000000", accent_color="#777777"),
    ]
    assert await contrast_warnings(context.looking, companies) == [
        ["primaryColor has a contrast of 1.00:1"],
        [],
        ["accentColor has a contrast of 4.48:1"],
    ]


def test_contrast_is_that_of_the_standard() -> None:
    assert round(contrast("#000000", "#FFFFFF"), 9) == 21
    assert contrast("#123456", "#123456") == 1
    assert contrast("#FF0000", "#FFFFFF") == contrast("#FFFFFF", "#FF0000")
