from tests.clients.outside import Served
from tests.portal.journeys import Programs, a_flow, invited, watched
from tests.portal.stages import ABOUT_YOU


async def test_what_a_company_wrote_is_shown_and_never_run(server: Served, programs: Programs) -> None:
    hire = await invited(server, await a_flow(server, ABOUT_YOU))

    saw = await watched("hostile.mjs", programs, link=hire.link)

    assert saw["ran"] is None
    assert saw["links"]
    assert {protocol for protocol, _ in saw["links"]} == {"https:"}
    assert {rel for _, rel in saw["links"]} == {"noopener noreferrer nofollow"}
    assert saw["sources"] == []
    assert (saw["scripts"], saw["styles"]) == (0, 0)
    assert saw["people"] == 2  # who report to each other, and are shown all the same
    assert saw["markup"] == "TypeError"  # the page's policy takes no markup from text, whoever asks
