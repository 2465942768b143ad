import hashlib
from typing import Any

import pytest

from tests.files.depot import Depot, statuses
from tests.files.samples import (
    A_PDF,
    DOCX,
    JPEG,
    ODT,
    PDF,
    PNG,
    WEBP,
    XLSX,
    excel,
    open_document,
    opened,
    picture,
    word,
)
from tests.world import CompanyWorld, Person


async def test_a_picture_is_announced_uploaded_and_kept_as_drawn_here(
    depot: Depot, company: CompanyWorld, hr: Person
) -> None:
    content = picture(size=(60, 40))
    ticket = await depot.announce(hr, content)
    assert (ticket["method"], ticket["headers"]) == ("PUT", [{"name": "Content-Type", "value": PNG}])
    answer = await depot.send(ticket, content)
    kept = await depot.store.read(await key(company))
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "id": ticket["id"],
        "filename": "logo.png",
        "mime": PNG,
        "size": len(kept),
        "sha256": hashlib.sha256(kept).hexdigest(),
        "width": 60,
        "height": 40,
    }
    assert opened(kept).tobytes() == opened(content).tobytes()


async def key(company: CompanyWorld) -> str:
    [row] = await company.rows("select key, tenant_id, id from pool.files where tenant_id = :tenant")
    assert row.key == f"{row.tenant_id}/{row.id}"
    return row.key


@pytest.mark.parametrize(("mime", "content"), [(PDF, A_PDF), (DOCX, word()), (XLSX, excel()), (ODT, open_document())])
async def test_a_document_is_kept_to_the_byte(
    depot: Depot, company: CompanyWorld, hr: Person, mime: str, content: bytes
) -> None:
    await depot.upload(hr, content, mime, filename="contract")
    assert await depot.store.read(await key(company)) == content


@pytest.mark.parametrize(("kind", "mime"), [("JPEG", JPEG), ("PNG", PNG), ("WEBP", WEBP)])
async def test_where_a_picture_was_taken_does_not_come_along_and_it_stands_upright(
    depot: Depot, company: CompanyWorld, hr: Person, kind: str, mime: str
) -> None:
    exif = opened(picture()).getexif()
    exif[0x0112], exif[0x010E] = 6, "at home"
    content = picture(kind, (60, 40), exif=exif)
    assert b"at home" in content
    await depot.upload(hr, content, mime)
    kept = await depot.store.read(await key(company))
    assert b"at home" not in kept
    assert (opened(kept).size, dict(opened(kept).getexif())) == ((40, 60), {})


async def test_the_upload_is_recorded_as_done_by_whoever_announced_it(
    depot: Depot, company: CompanyWorld, hr: Person
) -> None:
    await depot.upload(hr, A_PDF, PDF, filename="Ada Lovelace.pdf")
    rows = await company.rows(
        "select operation, actor_type, actor_id, new_values from pool.audit_logs "
        "where tenant_id = :tenant and entity_type = 'File' order by id"
    )
    assert [(row.operation, row.actor_type, row.actor_id) for row in rows] == [
        ("create_upload", "user", hr.asking.principal.id),
        ("upload_file", "user", hr.asking.principal.id),
    ]
    assert set(rows[0].new_values["filename"]) == {"key", "sealed"}
    assert "Ada Lovelace" not in str(rows)
    assert rows[1].new_values["status"] == "stored"


@pytest.mark.parametrize(
    ("given", "path", "problem"),
    [
        ({"size": 5 * 1024**3}, ["input", "size"], "TOO_LARGE"),
        ({"size": 25 * 1024**2 + 1}, ["input", "size"], "TOO_LARGE"),
        ({"mime": "image/svg+xml"}, ["input", "mime"], "TYPE_NOT_ALLOWED"),
        ({"mime": "text/html"}, ["input", "mime"], "TYPE_NOT_ALLOWED"),
        ({"mime": "image/gif"}, ["input", "mime"], "TYPE_NOT_ALLOWED"),
        ({"mime": "text/csv"}, ["input", "mime"], "TYPE_NOT_ALLOWED"),
    ],
)
async def test_what_would_never_be_taken_is_refused_before_a_byte_is_sent(
    company: CompanyWorld, hr: Person, given: dict[str, Any], path: list[str], problem: str
) -> None:
    asked = {"purpose": "ONBOARDING_ANSWER", "filename": "a.png", "mime": PNG, "size": 1024, **given}
    answer = await hr.ask(
        "mutation($input: CreateUploadInput!) { createUpload(input: $input) { ticket { id } "
        "refusals { code path ... on FileRefused { problem } } } }",
        {"input": asked},
    )
    refusal = {"code": "FILE_REFUSED", "path": path, "problem": problem}
    assert answer.data["createUpload"] == {"ticket": None, "refusals": [refusal]}
    assert await statuses(company) == []


@pytest.mark.parametrize("size", [0, -1, 0.5])
async def test_a_size_is_a_whole_number(hr: Person, size: float) -> None:
    asked = {"purpose": "ONBOARDING_ANSWER", "filename": "a.png", "mime": PNG, "size": size}
    payload = await hr.do("createUpload", asked)
    assert [(each["code"], each["path"]) for each in payload["refusals"]] == [("INVALID_INPUT", ["input", "size"])]


async def test_a_logo_is_announced_only_by_who_edits_the_company(company: CompanyWorld, hr: Person) -> None:
    asked = {"purpose": "COMPANY_LOGO", "filename": "a.png", "mime": PNG, "size": 10}
    query = "mutation($input: CreateUploadInput!) { createUpload(input: $input) { clientMutationId } }"
    assert (await hr.ask(query, {"input": asked})).codes == ["FORBIDDEN"]
    assert (await company.stranger().ask(query, {"input": asked})).codes == ["UNAUTHENTICATED"]
    assert await statuses(company) == []


async def test_one_person_has_only_so_many_uploads_that_nothing_uses(
    depot: Depot, company: CompanyWorld, hr: Person
) -> None:
    for _ in range(50):
        await depot.announce(hr, 10)
    asked = {"purpose": "ONBOARDING_ANSWER", "filename": "a.png", "mime": PNG, "size": 10}
    assert [each["code"] for each in (await hr.do("createUpload", asked))["refusals"]] == ["FILE_REFUSED"]
    colleague = await company.person("HR")
    assert (await colleague.do("createUpload", asked))["refusals"] == []


async def test_a_replay_gives_the_ticket_of_the_same_file(depot: Depot, company: CompanyWorld, hr: Person) -> None:
    first = await depot.announce(hr, 10, idempotencyKey="one")
    assert await depot.announce(hr, 10, idempotencyKey="one") == first
    assert await statuses(company) == ["pending"]
