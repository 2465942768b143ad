"""Entering a selection: what is none is refused at its place, and who enters it is who it is read as."""

from typing import Any

import pytest

from tests.webhooks.dispatching import an_endpoint
from tests.webhooks.test_endpoints import made
from tests.world import CompanyWorld, Person

GIVEN = "{ type occurredAt subject { node { ... on NewHire { firstName flow { name } } } } }"
DEEP = "{ subject { node { ... on Team { " + "members { nodes { team { " * 8 + "id" + " } } }" * 8 + " } } } }"
NOT_BARE = "Give one selection set, `{ ... }`, without variables, a name, or fragments declared beside it."
NO_LEAF = "Field 'subject' of type 'EventSubject!' must have a selection of subfields."
SHOWN = "webhookEndpoint { id selection readerId reader { email } }"


@pytest.fixture
async def owner(company: CompanyWorld) -> Person:
    return await company.person("OWNER")


async def test_a_selection_is_read_as_who_changed_the_endpoint_last(company: CompanyWorld, owner: Person) -> None:
    endpoint = (await made(owner, selection=GIVEN))["webhookEndpoint"]["id"]
    admin = await company.person("ADMIN")
    changed = await admin.do("updateWebhookEndpoint", {"id": endpoint, "url": "https://hooks.example.com/2"}, SHOWN)
    cleared = await owner.do("updateWebhookEndpoint", {"id": endpoint, "selection": None}, SHOWN)
    reader = admin.asking.principal.name
    assert changed["webhookEndpoint"]["reader"] == {"email": reader}
    assert changed["webhookEndpoint"]["selection"] == GIVEN
    assert cleared["webhookEndpoint"] == {"id": endpoint, "selection": None, "readerId": None, "reader": None}


async def test_who_enters_it_reads_it(owner: Person) -> None:
    fields = "revealed { webhookEndpoint { selection reader { email } } }"
    given = {"url": "https://hooks.example.com/in", "events": ["team.*"], "selection": GIVEN}
    shown = (await owner.do("createWebhookEndpoint", given, fields))["revealed"]["webhookEndpoint"]
    assert shown == {"selection": GIVEN, "reader": {"email": owner.asking.principal.name}}


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        ("", "Syntax Error: Unexpected <EOF>. (line 1, column 1)"),
        ("{ type", "Syntax Error: Expected Name, found <EOF>. (line 1, column 7)"),
        ("{ type } }", "Syntax Error: Unexpected '}'. (line 1, column 10)"),
        ("{ type\n  nope }", "Cannot query field 'nope' on type 'Event'. (line 2, column 3)"),
        ("{ subject }", f"{NO_LEAF} (line 1, column 3)"),
        ("{ __schema { types { name } } }", "Cannot query field '__schema' on type 'Event'. (line 1, column 3)"),
        ("{ type @include(if: $v) }", "Variable '$v' is not defined. (line 1, column 21)"),
        ("{ ...F }", "Unknown fragment 'F'. (line 1, column 6)"),
        ("{ ...F } fragment F on Event { id }", f"{NOT_BARE} (line 1, column 1)"),
        ("query Q { type }", f"{NOT_BARE} (line 1, column 1)"),
        ("query ($v: Boolean!) { type @include(if: $v) }", f"{NOT_BARE} (line 1, column 1)"),
        ("mutation { logout { clientMutationId } }", f"{NOT_BARE} (line 1, column 1)"),
        ("subscription { type }", f"{NOT_BARE} (line 1, column 1)"),
        (DEEP, "A document is at most 20 levels deep; this has 21."),
        ("{ " + "type " * 1000 + "}", "At most 4000 characters; this has 5003."),
        ("{ type } # \0", "Text cannot hold NUL characters or lone surrogates."),
    ],
)
async def test_what_is_no_selection_is_refused_at_its_place(owner: Person, selection: str, message: str) -> None:
    given = {"url": "https://hooks.example.com/in", "events": ["team.*"], "selection": selection}
    created = await owner.do("createWebhookEndpoint", given)
    endpoint = (await made(owner))["webhookEndpoint"]["id"]
    changed = await owner.do("updateWebhookEndpoint", {"id": endpoint, "selection": selection})
    expected = [("INVALID_INPUT", message, ["input", "selection"])]
    for done in (created, changed):
        assert [(each["code"], each["message"], each["path"]) for each in done["refusals"]] == expected


async def test_everything_that_is_wrong_is_said_at_once(owner: Person) -> None:
    given = {"url": "https://hooks.example.com/in", "events": ["team.*"], "selection": "{ one two }"}
    refusals = (await owner.do("createWebhookEndpoint", given))["refusals"]
    assert [each["message"].rpartition(" (")[2] for each in refusals] == ["line 1, column 3)", "line 1, column 7)"]


@pytest.mark.parametrize(("role", "sees"), [("ADMIN", True), ("IT", False)])
async def test_what_was_sent_is_shown_to_who_manages_webhooks(
    company: CompanyWorld, owner: Person, role: str, *, sees: bool
) -> None:
    endpoint = (await made(owner))["webhookEndpoint"]["id"]
    await owner.do("testWebhookEndpoint", {"id": endpoint})
    somebody = await company.person(role)
    answer: Any = (await somebody.ask("{ webhookDeliveries(first: 1) { nodes { status body } } }")).body
    [node] = answer["data"]["webhookDeliveries"]["nodes"]
    assert (node["status"], node["body"] is not None) == ("PENDING", sees)


async def test_a_reader_of_another_company_cannot_be_stored(company: CompanyWorld, other_company: CompanyWorld) -> None:
    stranger = await other_company.person("OWNER")
    with pytest.raises(Exception, match="fk_webhook_endpoints_reader_id"):
        await an_endpoint(
            company, "https://x.example/", "team.*", selection=GIVEN, reader_id=stranger.asking.principal.id
        )
