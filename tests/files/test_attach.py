from typing import Any

import pytest

from resolvers.files import FileProblem, FileRefused
from resolvers.refusals import InvalidInput, NotFound
from tests.files.depot import Depot
from tests.files.samples import A_PDF, PDF, picture
from tests.files.test_purge import use
from tests.world import CompanyWorld, Person


async def test_files_are_attached_once_and_in_the_order_named(depot: Depot, company: CompanyWorld, hr: Person) -> None:
    one, two = await depot.upload(hr, A_PDF, PDF), await depot.upload(hr, picture())
    files = await use(company, hr, two, one, accept=["image/*", ".pdf"], max_bytes=1_000_000)
    assert [file.mime for file in files] == ["image/png", "application/pdf"]
    assert [file.attached_at for file in files] == [hr.asking.now] * 2
    with pytest.raises(FileRefused) as refused:
        await use(company, hr, one, path=("files",))
    assert (refused.value.data["problem"], refused.value.path) == (FileProblem.NOT_USABLE, ("files", 0))


async def test_somebody_elses_file_is_not_found(
    depot: Depot, company: CompanyWorld, other_company: CompanyWorld, hr: Person
) -> None:
    colleague, stranger = await company.person("HR"), await other_company.person("HR")
    for person in (colleague, stranger):
        with pytest.raises(NotFound, match=r"^There is no such file\.$"):
            await use(company, hr, await depot.upload(person, A_PDF, PDF))


async def test_a_file_that_was_not_uploaded_cannot_be_used(depot: Depot, company: CompanyWorld, hr: Person) -> None:
    ticket = await depot.announce(hr, b"no picture")
    for _ in ("pending", "rejected"):
        with pytest.raises(FileRefused) as refused:
            await use(company, hr, ticket["id"])
        assert refused.value.data["problem"] is FileProblem.NOT_USABLE
        await depot.send(ticket, b"no picture")


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        ({"accept": ["image/*"]}, FileProblem.TYPE_NOT_ALLOWED),
        ({"accept": []}, FileProblem.TYPE_NOT_ALLOWED),
        ({"max_bytes": len(A_PDF) - 1}, FileProblem.TOO_LARGE),
    ],
)
async def test_a_file_must_be_one_that_is_asked_for(
    depot: Depot, company: CompanyWorld, hr: Person, limits: dict[str, Any], problem: FileProblem
) -> None:
    file = await depot.upload(hr, A_PDF, PDF)
    with pytest.raises(FileRefused) as refused:
        await use(company, hr, file, **limits)
    assert refused.value.data["problem"] is problem
    assert len(await use(company, hr, file, max_bytes=len(A_PDF))) == 1


async def test_a_file_is_named_once(depot: Depot, company: CompanyWorld, hr: Person) -> None:
    file = await depot.upload(hr, A_PDF, PDF)
    with pytest.raises(InvalidInput):
        await use(company, hr, file, file)
