"""Lines of the log name what they were written for, and repeat nothing of what somebody sent."""

import asyncio
import errno
import io
import os
from itertools import count
from typing import Any, TextIO
from typing import cast as as_type

import asyncpg
import pytest
from sqlalchemy import Integer, cast, literal, select
from sqlalchemy.exc import IntegrityError

import schema.company
from gateways.logs import configure, masked
from resolvers.context import Looking
from subscriptions.ending import end
from subscriptions.persevering import persevere
from tests.documents.builders import COMPANY, a_client, named, published, send
from tests.metrics.serving import own_app, written
from tests.world import CompanyWorld, Person, World

MAIL = "ada.lovelace@engine.example"
NAME = "Augusta Ada King"
NUMBER = "4401171815"
ASKED = """
query Personal($mail: ID!, $name: ID!) { company { name } node(id: $mail) { id } other: node(id: $name) { id } }
"""
LITERAL = 'query Literal { company { name } flows(where: {name: {eq: "Augusta Ada King"}}) { totalCount } }'


def saying(text: str) -> Exception:
    return ValueError(text)


def violated() -> Exception:
    error = asyncpg.UniqueViolationError("duplicate key value violates unique constraint")
    vars(error)["detail"] = f"Key (email)=({MAIL}) already exists."
    return IntegrityError("insert into users", None, error)


def chained() -> Exception:
    error = RuntimeError(f"cannot invite {NAME}")
    error.__cause__ = KeyError(MAIL)
    error.add_note(f"it was {MAIL.upper()}, {NUMBER}")
    return ExceptionGroup(f"{NAME} and others", [error])


@pytest.mark.parametrize(
    "error",
    [
        saying(f"{NAME} is not who they say"),
        saying(f"could not convert string to float: {MAIL!r}"),
        saying(f"the number {NUMBER} of {NAME.lower()} is taken"),
        saying("somebody else's: grace@navy.example, born 1906-12-09 under 440117181"),
        violated(),
        chained(),
    ],
)
@pytest.mark.parametrize("query", [ASKED, LITERAL])
async def test_a_fault_repeats_nothing_of_what_was_sent(
    world: World, company: CompanyWorld, hr: Person, monkeypatch: pytest.MonkeyPatch, error: Exception, query: str
) -> None:
    async def fail(*_arguments: Any, **_named: Any) -> None:
        raise error

    monkeypatch.setattr(schema.company, "own_company", fail)
    headers = {"x-request-id": "req-0123456789"}
    async with own_app(world) as own:
        with written() as log:
            answer = await own.seen_by(hr).ask(query, {"mail": MAIL, "name": NAME, "age": int(NUMBER)}, **headers)
    _expect_nothing_private(log.text, hr)
    [line] = log.lines("fault")
    assert line["incident"] == answer.errors[0]["extensions"]["incidentId"]
    assert (line["request_id"], line["tenant_id"]) == ("req-0123456789", str(company.tenant.id))
    assert (line["principal"], line["kind"]) == ("user", "query")
    assert line["operation"] == ("Personal" if query is ASKED else "Literal")
    assert line["exception"][0]["exc_type"] in {"ValueError", "IntegrityError", "ExceptionGroup", "RuntimeError"}
    assert line["exception"][0]["frames"]


async def test_what_postgresql_says_of_a_value_is_not_repeated(
    world: World, hr: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(looking: Looking, *_arguments: Any, **_named: Any) -> None:
        await looking.rows(select(cast(literal(MAIL), Integer)))

    monkeypatch.setattr(schema.company, "own_company", fail)
    async with own_app(world) as own:
        with written() as log:
            answer = await own.seen_by(hr).ask(ASKED, {"mail": MAIL, "name": NAME})
    assert answer.codes
    assert log.lines("fault")
    _expect_nothing_private(log.text, hr)


def _expect_nothing_private(text: str, person: Person) -> None:
    for each in (MAIL, NAME, NUMBER, "Augusta", "Lovelace", "grace", "440117", person.asking.principal.name):
        assert each.lower() not in text.lower(), each


async def test_what_failed_before_anybody_was_known(world: World, hr: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_arguments: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("resolvers.identity.Identity.asking", fail)
    async with own_app(world) as own:
        with written() as log:
            answer = await own.seen_by(hr).ask("query Early { modules { name } }")
    [line] = log.lines("fault")
    assert (line["operation"], line["request_id"]) == ("Early", answer.response.headers["x-request-id"])
    assert "tenant_id" not in line


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("0190f3c2-7b1e-7c44-9a1d-1f2e3d4c5b6a", True),
        ("01JABCDEFGHJKMNPQRSTVWXYZ0", True),
        ("trace_1.2-3", True),
        ("short", False),
        ("x" * 65, False),
        (MAIL, False),
        ("with a space", False),
        ("line\tbreak-and-more", False),
        ("-begins-wrongly", False),
    ],
)
async def test_the_id_of_a_request(hr: Person, given: str, *, taken: bool) -> None:
    """One that is safe to write anywhere is taken and answered; for any other there is one of our own."""
    answer = await hr.ask("{ modules { name } }", None, **{"x-request-id": given})
    said = answer.response.headers["x-request-id"]
    assert (said == given) is taken
    assert taken or len(said) == 32


async def test_a_line_names_the_client_whose_document_it_is(company: CompanyWorld, world: World) -> None:
    """Whatever else calls itself by a name is not known to be that."""
    owner = await company.person("OWNER")
    await published(owner, await a_client(owner, "portal"), [COMPANY])
    with written() as log:
        async with own_app(world, slow_operation=0.000001) as own:
            for asked in ({"documentId": named(COMPANY)}, {"query": "query Else { company { name } }"}):
                await send(own.seen_by(owner), asked, "portal")
    [registered, brought] = log.lines("slow operation")
    assert (registered["client"], registered["operation"]) == ("portal", "Company")
    assert "client" not in brought


async def test_the_id_of_a_request_is_that_of_what_it_did(company: CompanyWorld, hr: Person) -> None:
    headers = {"x-request-id": "from-elsewhere-1"}
    create = 'mutation { createFlow(input: {name: "x", durationDays: 1}) { flow { id } } }'
    assert (await hr.ask(create, None, **headers)).response.headers["x-request-id"] == "from-elsewhere-1"
    trail = await company.rows(
        "select request_id from pool.audit_logs where tenant_id = :tenant and entity_type = 'Flow'"
    )
    assert {row.request_id for row in trail} == {"from-elsewhere-1"}
    events = "select type from pool.event_outbox where correlation_id = 'from-elsewhere-1'"
    assert len(await company.rows(events)) == 1


@pytest.mark.parametrize("query", ["{ nothing }", "no GraphQL", "subscription { events { cursor } }"])
async def test_what_was_refused_has_an_id_too(hr: Person, query: str) -> None:
    assert len((await hr.ask(query)).response.headers["x-request-id"]) == 32


def test_what_an_error_says_is_written_without_values() -> None:
    said = "invalid input for query argument $2: 'Ada' (an integer is required)"
    assert masked(said) == "invalid input for query argument $2: [...] (an integer is required)"
    assert masked("Key is taken\nDETAIL:  Key (email)=(a@b.example)\nis there.") == "Key is taken"
    assert masked("no such ada here", ["Ada"]) == "no such [...] here"
    assert masked("550 <ada@b.example>: unknown") == "550 <[...]>: unknown"


class Full(io.TextIOBase):
    """Where nothing can be written any more: the disk is full."""

    def write(self, _text: str) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def closed() -> io.TextIOBase:
    """A stream whose other end is gone."""
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.mark.parametrize("stream", [Full(), closed()], ids=["full", "closed"])
async def test_a_line_that_cannot_be_written_ends_nothing(stream: io.TextIOBase) -> None:
    configure("debug", as_type("TextIO", stream))
    begun = asyncio.Event()
    times = count()

    async def work() -> None:
        if next(times):
            begun.set()
        raise ConnectionResetError

    working = asyncio.create_task(persevere(work, away=(ConnectionResetError,), name="test"))
    await asyncio.wait_for(begun.wait(), 10)  # it was begun again
    assert not working.done()
    await end([working])
