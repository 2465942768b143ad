from typing import Any
from urllib.parse import urlsplit

from tests.files.depot import TICKET, Depot
from tests.files.samples import A_PDF, PDF, PNG, opened, picture
from tests.files.test_purge import HOUR, purge
from tests.world import CompanyWorld, Person

COMPANY = "company { logoUrl version }"


async def a_logo(depot: Depot, owner: Person, content: bytes) -> str:
    """Announce and send a logo, and return its id."""
    asked = {"filename": "logo.png", "mime": PNG, "size": len(content)}
    ticket = (await owner.do("uploadCompanyLogo", asked, TICKET))["ticket"]
    assert (await depot.send(ticket, content)).status_code == 200
    return ticket["id"]


async def own(owner: Person) -> str:
    """The id of somebody's company."""
    return (await owner.ask("{ company { id } }")).data["company"]["id"]


async def shown(depot: Depot, url: str) -> Any:
    parts = urlsplit(url)
    return await depot.http.get(f"{parts.path}?{parts.query}")


async def test_a_logo_is_uploaded_set_and_seen_by_anyone(depot: Depot, company: CompanyWorld) -> None:
    owner = await company.person("OWNER")
    given = {"id": await own(owner), "fileId": await a_logo(depot, owner, picture(size=(2000, 500)))}
    payload = await owner.do("setCompanyLogo", given, COMPANY)
    assert payload["refusals"] == []
    url = payload["company"]["logoUrl"]
    assert url.startswith(f"http://{company.tenant.slug}.testserver/files/logo/{company.tenant.id}?v=")
    answer = await shown(depot, url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, PNG)
    assert opened(answer.content).size == (1024, 256)
    assert answer.headers["cache-control"] == "public, max-age=3600"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    told = await company.rows(
        "select type from pool.event_outbox where tenant_id = :tenant and subject_type = 'Company' order by id"
    )
    assert [row.type for row in told][-2:] == ["company.updated", "company.logo_updated"]


async def test_a_new_logo_takes_the_place_of_the_old_one_which_is_removed(depot: Depot, company: CompanyWorld) -> None:
    owner = await company.person("OWNER")
    urls: list[str] = []
    for size in ((30, 30), (40, 40)):
        given = {"id": await own(owner), "fileId": await a_logo(depot, owner, picture(size=size))}
        urls.append((await owner.do("setCompanyLogo", given, COMPANY))["company"]["logoUrl"])
    assert urls[0] != urls[1]
    assert opened((await shown(depot, urls[0])).content).size == (40, 40)
    assert await purge(company, depot.store, 24 * HOUR) == 1
    assert (await shown(depot, urls[1])).status_code == 200
    assert len(depot.kept(company)) == 1


async def test_a_logo_is_removed(depot: Depot, company: CompanyWorld) -> None:
    owner = await company.person("OWNER")
    given = {"id": await own(owner), "fileId": await a_logo(depot, owner, picture())}
    url = (await owner.do("setCompanyLogo", given, COMPANY))["company"]["logoUrl"]
    assert (await owner.do("removeCompanyLogo", {"id": await own(owner)}, COMPANY))["company"]["logoUrl"] is None
    answer = await shown(depot, url)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    assert await purge(company, depot.store, 24 * HOUR) == 1


async def test_an_address_of_ones_own_lets_go_of_the_uploaded_logo(depot: Depot, company: CompanyWorld) -> None:
    owner = await company.person("OWNER")
    given = {"id": await own(owner), "fileId": await a_logo(depot, owner, picture())}
    url = (await owner.do("setCompanyLogo", given, COMPANY))["company"]["logoUrl"]
    me = await own(owner)
    assert (await owner.do("updateCompany", {"id": me, "logoUrl": url, "name": "Same"}, COMPANY))["refusals"] == []
    assert (await shown(depot, url)).status_code == 200
    elsewhere = {"id": me, "logoUrl": "https://example.com/logo.png"}
    assert (await owner.do("updateCompany", elsewhere, COMPANY))["refusals"] == []
    assert (await shown(depot, url)).status_code == 404
    assert await purge(company, depot.store, 24 * HOUR) == 1


async def test_only_a_file_that_was_announced_as_a_logo_becomes_one(depot: Depot, company: CompanyWorld) -> None:
    owner = await company.person("OWNER")
    for file in (await depot.upload(owner, picture()), await depot.upload(owner, A_PDF, PDF)):
        payload = await owner.do("setCompanyLogo", {"id": await own(owner), "fileId": file}, COMPANY)
        assert [(each["code"], each["path"]) for each in payload["refusals"]] == [("FILE_REFUSED", ["input", "fileId"])]
    answer = await depot.http.get(f"/files/logo/{company.tenant.id}")
    assert answer.status_code == 404


async def test_who_may_not_edit_the_company_sets_no_logo(depot: Depot, company: CompanyWorld, hr: Person) -> None:
    owner = await company.person("OWNER")
    file = await a_logo(depot, owner, picture())
    query = "mutation($input: SetCompanyLogoInput!) { setCompanyLogo(input: $input) { clientMutationId } }"
    assert (await hr.ask(query, {"input": {"id": await own(hr), "fileId": file}})).codes == ["FORBIDDEN"]
    payload = await (await company.person("OWNER")).do(
        "setCompanyLogo", {"id": await own(owner), "fileId": file}, COMPANY
    )
    assert [each["code"] for each in payload["refusals"]] == ["NOT_FOUND"]
    asked = {"filename": "a.png", "mime": PNG, "size": 6 * 1024**2}
    [refusal] = (await owner.do("uploadCompanyLogo", asked))["refusals"]
    assert (refusal["code"], refusal["path"]) == ("FILE_REFUSED", ["input", "size"])


async def test_a_company_that_is_not_there_has_the_same_answer(depot: Depot, company: CompanyWorld) -> None:
    none, unknown, wrong = [
        await depot.http.get(f"/files/logo/{each}")
        for each in (company.tenant.id, "00000000-0000-0000-0000-000000000001", "x")
    ]
    assert none.status_code == unknown.status_code == wrong.status_code == 404
    assert none.json() == unknown.json() == wrong.json()
