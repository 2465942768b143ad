"""Signed addresses, what is read from them, and the one answer that everything else has."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from uuid_utils.compat import uuid7

from db.models.files import File
from resolvers.context import Context, Looking
from resolvers.files import StoredFile, view_of
from resolvers.files.tickets import Deed, Ticket, read, write
from schema.derive import ids
from tests.files.depot import Depot, tenant_and_ticket
from tests.files.samples import A_PDF, PDF, PNG, picture
from tests.world import CompanyWorld, Person

NOT_THERE = {"code": "NOT_FOUND", "message": "There is no such file, or its address has run out."}
LATER = datetime(2100, 1, 1, tzinfo=UTC)


async def views(company: CompanyWorld, person: Person) -> Sequence[StoredFile]:
    """The company's files as they are shown to somebody."""
    async with company.world.parts.database.transacting(company.tenant.placement) as session:
        context = Context(person.asking, session, "test")
        rows = await company.rows("select id from pool.files where tenant_id = :tenant order by created_at, id")
        files = await context.many(File, [row.id for row in rows])
        return await view_of(Looking(person.asking, session), files)


async def signed(company: CompanyWorld, deed: Deed, file_id: UUID, until: datetime = LATER, edge: int = 0) -> str:
    return f"{company.tenant.id}/{write(company.keyring, Ticket(deed, file_id, until, edge))}"


def file_id(ticket: dict[str, Any]) -> UUID:
    found = ids.row_of(ticket["id"], "StoredFile")
    assert found is not None
    return found


async def test_a_document_is_given_out_so_that_no_browser_runs_it(
    depot: Depot, company: CompanyWorld, hr: Person
) -> None:
    await depot.upload(hr, A_PDF, PDF, filename="Führung; a.html")
    [view] = await views(company, hr)
    assert view.url is not None
    answer = await depot.http.get(view.url)
    assert (answer.status_code, answer.content) == (200, A_PDF)
    told = ("content-type", "content-length", "content-disposition", "x-content-type-options", "cache-control")
    assert [answer.headers[name] for name in told] == [
        "application/pdf",
        str(len(A_PDF)),
        "attachment; filename*=UTF-8''F%C3%BChrung%3B%20a.html.pdf",
        "nosniff",
        "private, no-store",
    ]
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert (view.expires_at - hr.asking.now) <= timedelta(minutes=15)
    head = await depot.http.head(view.url)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(A_PDF)))


async def test_a_picture_may_be_shown_where_it_stands(depot: Depot, company: CompanyWorld, hr: Person) -> None:
    await depot.upload(hr, picture(), filename="a.png")
    [view] = await views(company, hr)
    assert (view.width, view.height, view.preview_url, view.thumbnail_url) == (60, 40, None, None)
    assert view.url is not None
    answer = await depot.http.get(view.url)
    assert answer.headers["content-disposition"] == 'inline; filename="a.png"'
    assert answer.headers["content-type"] == PNG


async def same_answer(http: httpx.AsyncClient, address: str, method: str = "GET") -> None:
    answer = await http.request(
        method, address, headers={"content-type": PNG}, content=b"x" if method == "PUT" else None
    )
    assert (answer.status_code, answer.json()) == (404, NOT_THERE), address


async def test_a_forged_foreign_or_late_address_leads_nowhere(
    depot: Depot, company: CompanyWorld, other_company: CompanyWorld, hr: Person
) -> None:
    content = picture()
    ticket = await depot.announce(hr, content)
    assert (await depot.send(ticket, content)).status_code == 200
    row, now = file_id(ticket), datetime.now(UTC)
    good = await signed(company, Deed.READ, row)
    assert (await depot.http.get(f"/files/{good}")).status_code == 200
    tenant, text = good.split("/")
    for address in (
        await signed(company, Deed.READ, row, now),
        await signed(company, Deed.READ, uuid7()),
        await signed(company, Deed.READ, row, edge=128),
        await signed(company, Deed.UPLOAD, row),
        await signed(other_company, Deed.READ, row),
        f"{other_company.tenant.id}/{text}",
        f"{uuid7()}/{text}",
        f"nobody/{text}",
        f"{tenant}/{text[:-1]}",
        f"{tenant}/{text}A",
        f"{tenant}/" + "A" * 68,
        *(f"{tenant}/{text[:at]}{'A' if text[at] != 'A' else 'B'}{text[at + 1 :]}" for at in range(0, 68, 7)),
    ):
        await same_answer(depot.http, f"/files/{address}")


async def test_a_file_that_was_not_uploaded_or_was_rejected_is_not_given_out(
    depot: Depot, company: CompanyWorld, hr: Person
) -> None:
    ticket = await depot.announce(hr, b"not a picture")
    address = f"/files/{await signed(company, Deed.READ, file_id(ticket))}"
    await same_answer(depot.http, address)
    assert (await depot.send(ticket, b"not a picture")).status_code == 422
    await same_answer(depot.http, address)
    [view] = await views(company, hr)
    assert (view.url, view.status) == (None, "rejected")


async def test_a_ticket_that_is_forged_foreign_or_late_takes_nothing(
    depot: Depot, company: CompanyWorld, other_company: CompanyWorld, hr: Person
) -> None:
    ticket = await depot.announce(hr, 1)
    row, now = file_id(ticket), datetime.now(UTC)
    tenant, text = tenant_and_ticket(ticket["url"])
    for address in (
        await signed(company, Deed.UPLOAD, row, now),
        await signed(company, Deed.READ, row),
        await signed(company, Deed.UPLOAD, uuid7()),
        await signed(other_company, Deed.UPLOAD, row),
        f"{other_company.tenant.id}/{text}",
        f"{tenant}/{text[:-2]}AA",
    ):
        await same_answer(depot.http, f"/files/upload/{address}", "PUT")
    assert depot.kept(company) == []


def test_a_ticket_says_what_it_was_given_and_ends_on_the_second(company: CompanyWorld) -> None:
    until = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)
    ticket = Ticket(Deed.READ, uuid7(), until, 512)
    text = write(company.keyring, ticket)
    assert read(company.keyring, text, until - timedelta(microseconds=1)) == ticket
    assert read(company.keyring, text, until) is None


async def test_a_file_whose_object_is_gone_is_not_found(depot: Depot, company: CompanyWorld, hr: Person) -> None:
    ticket = await depot.announce(hr, A_PDF, PDF)
    assert (await depot.send(ticket, A_PDF)).status_code == 200
    await depot.store.remove([f"{company.tenant.id}/{file_id(ticket)}"])
    await same_answer(depot.http, f"/files/{await signed(company, Deed.READ, file_id(ticket))}")


async def test_a_row_that_names_another_companys_object_is_not_followed(
    depot: Depot, company: CompanyWorld, other_company: CompanyWorld, hr: Person
) -> None:
    theirs = await depot.announce(await other_company.person("HR"), A_PDF, PDF)
    assert (await depot.send(theirs, A_PDF)).status_code == 200
    mine = await depot.announce(hr, A_PDF, PDF)
    assert (await depot.send(mine, A_PDF)).status_code == 200
    await company.rows(
        "update pool.files set key = :key where tenant_id = :tenant returning id",
        key=f"{other_company.tenant.id}/{file_id(theirs)}",
    )
    await same_answer(depot.http, f"/files/{await signed(company, Deed.READ, file_id(mine))}")


@pytest.mark.parametrize("method", ["POST", "DELETE", "PATCH"])
async def test_other_methods_are_not_for_files(depot: Depot, hr: Person, method: str) -> None:
    ticket = await depot.announce(hr, 1)
    assert (await depot.http.request(method, ticket["url"])).status_code == 405
