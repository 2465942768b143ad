"""Short visits: without a link, with one that ended, in German, and where others have a say."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.clients.outside import Served
from tests.portal.journeys import Invited, Programs, a_flow, did, invited, progress, watched
from tests.portal.stages import NAME

QUIET = {"complaints": [], "strangers": [], "leaks": []}
ONE_STAGE = {"name": "About you", "blocks": [NAME]}


async def visit(programs: Programs, hire: Invited, *steps: list[str], **options: Any) -> dict[str, Any]:
    saw = await watched("visit.mjs", programs, link=hire.link, token=hire.token, steps=steps, options=options)
    del saw["seen"]["sent"]
    return saw


async def test_without_a_link_the_page_says_where_it_is(server: Served, programs: Programs) -> None:
    hire = await invited(server, await a_flow(server, ONE_STAGE))
    saw = await visit(programs, hire, ["open", hire.page], ["see", "Open the link of your mail"])
    assert saw["focus"] == saw["heading"] == "Open the link of your mail"
    assert "ask whoever invited you" in saw["text"]
    assert saw["kept"] == []
    assert saw["seen"] == QUIET


async def test_a_link_that_was_replaced_ends_and_nothing_of_it_is_kept(server: Served, programs: Programs) -> None:
    hire = await invited(server, await a_flow(server, ONE_STAGE))
    await did(server, "resendInvitation", {"id": hire.id}, "newHire { id }")
    saw = await visit(programs, hire, ["open", hire.link], ["see", "This link is not valid any more"])
    assert "open the link of that one" in saw["text"]
    assert saw["address"] == hire.page
    assert saw["kept"] == []
    assert saw["seen"]["leaks"] == []


async def test_a_guessed_link_is_answered_the_same(server: Served, programs: Programs) -> None:
    hire = await invited(server, await a_flow(server, ONE_STAGE))
    guessed = hire.token[:-4] + "AAAA"
    ended = await visit(programs, hire, ["open", f"{hire.page}#{guessed}"], ["see", "This link is not valid any more"])
    assert (ended["kept"], ended["address"]) == ([], hire.page)


async def test_another_link_in_the_same_tab_opens_the_other_session(server: Served, programs: Programs) -> None:
    flow = await a_flow(server, ONE_STAGE)
    first, second = await invited(server, flow), await invited(server, flow, firstName="Noor")
    steps = [
        ["open", first.link],
        ["begin"],
        ["fill", "What should we call you?", "Mira"],
        ["see", "Saved"],
        ["open", second.link],
        ["see", "Welcome, Noor!"],
        ["begin"],
        ["see", "About you"],
    ]
    saw = await visit(programs, first, *steps)
    assert saw["address"] == first.page
    assert saw["seen"] == QUIET
    assert (await progress(server, second.id))["What should we call you?"]["value"] is None


async def test_the_page_speaks_the_language_of_the_flow(server: Served, programs: Programs) -> None:
    hire = await invited(server, await a_flow(server, ONE_STAGE, language="de-AT"), startDate="2026-03-02")
    steps = [
        ["open", hire.link],
        ["see", "2. März 2026"],
        ["begin"],
        ["see", "Abschnitt 1 von 1"],
        ["fill", "What should we call you?", "M"],
        ["go"],
        ["see", "Mindestens 2 Zeichen."],
    ]
    saw = await visit(programs, hire, *steps)
    assert saw["lang"] == "de"
    assert "Bitte sehen Sie 1 Antwort noch einmal an." in saw["text"]
    assert saw["seen"] == QUIET


async def test_what_others_do_is_shown_and_waited_for(server: Served, programs: Programs) -> None:
    laptop = {"type": "text_input", "content": "Order a laptop", "assignee": "HR"}
    hire = await invited(server, await a_flow(server, {"name": "About you", "blocks": [NAME, laptop]}))
    steps = [
        ["open", hire.link],
        ["begin"],
        ["fill", "What should we call you?", "Mira"],
        ["go"],
        ["see", "Your part of this stage is done"],
    ]
    waiting = await visit(programs, hire, *steps)
    assert "Order a laptop – Human resources does this for you" in waiting["text"]
    assert "Save and continue" not in waiting["text"]

    block = (await progress(server, hire.id))["Order a laptop"]["contentBlockId"]
    given = {"newHireId": hire.id, "contentBlockId": block, "value": "Ordered"}
    await did(server, "completeOnboardingTask", given, "task { title }")
    assert (await visit(programs, hire, ["open", hire.link], ["see", "That was all"]))["seen"] == QUIET


async def test_what_is_returned_is_asked_again_with_the_comment(server: Served, programs: Programs) -> None:
    other = {"name": "More", "blocks": [{**NAME, "content": "And your family?"}]}
    hire = await invited(server, await a_flow(server, ONE_STAGE, other))
    begin = [["open", hire.link], ["begin"], ["fill", "What should we call you?", "Mira"], ["go"], ["see", "More"]]
    await visit(programs, hire, *begin)
    row = (await progress(server, hire.id))["What should we call you?"]["id"]
    await did(server, "returnBlock", {"id": row, "comment": "Your whole name, please."}, "progress { id }")

    again = [
        ["open", hire.link],
        ["see", "Your whole name, please."],
        ["shot", "returned"],
        ["fill", "What should we call you?", "Mira Okafor"],
        ["go"],
        ["see", "And your family?"],
    ]
    await visit(programs, hire, *again)
    assert (await progress(server, hire.id))["What should we call you?"]["value"] == "Mira Okafor"


async def test_what_is_not_open_yet_says_when_it_opens(server: Served, programs: Programs) -> None:
    later = {"name": "The first week", "availableOffsetDays": 3, "blocks": [{**NAME, "content": "How was it?"}]}
    start = datetime.now(UTC).date() + timedelta(days=30)
    early = {**ONE_STAGE, "availableOffsetDays": -60}
    hire = await invited(server, await a_flow(server, early, later), startDate=start.isoformat())
    locked = [["press", "Stages"], ["press", "The first week"], ["see", "Not open yet"]]
    saw = await visit(programs, hire, ["open", hire.link], ["begin"], *locked)
    assert "This stage opens when the earlier ones are complete." in saw["text"]
    assert "How was it?" not in saw["text"]

    answer = [["fill", "What should we call you?", "Mira"], ["go"], ["see", "Stage 2 of 2"]]
    saw = await visit(programs, hire, ["open", hire.link], *answer)
    opens = start + timedelta(days=3)
    assert f"This stage opens on {opens.day} {opens:%B %Y}." in saw["text"]


async def test_going_back_shows_what_was_answered(server: Served, programs: Programs) -> None:
    other = {"name": "More", "blocks": [{**NAME, "content": "And your family?"}]}
    hire = await invited(server, await a_flow(server, ONE_STAGE, other))
    steps = [["open", hire.link], ["begin"], ["fill", "What should we call you?", "Mira"], ["go"]]
    saw = await visit(programs, hire, *steps, ["see", "And your family?"], ["back"], ["see", "Stage 1 of 2"])
    assert saw["heading"] == saw["focus"] == "About you"
    assert saw["title"] == "About you · Acme"
    assert saw["address"] == hire.page
    assert "Mira\nDone" in saw["text"].replace("\n\n", "\n")
