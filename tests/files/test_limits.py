"""Who sends too many files from one address has to wait, before any of their bytes are taken."""

from uuid import uuid4

from tests.identity.builders import an_address, set_otherwise
from tests.world import CompanyWorld


async def test_an_address_sends_so_many_files_and_then_waits(company: CompanyWorld) -> None:
    """300 at the usual factor; whether its addresses were any good makes no difference."""
    where = f"/files/upload/{company.tenant.id}/{uuid4().hex}"
    async with set_otherwise(company.world, client=an_address(), limit_factor=0.01) as http:
        assert [(await http.put(where, content=b"x")).status_code for _ in range(3)] == [404] * 3
        answer = await http.put(where, content=b"x")
        assert (answer.status_code, answer.json()["code"]) == (429, "RATE_LIMITED")
        assert 0 < int(answer.headers["retry-after"]) <= 300
    async with set_otherwise(company.world, client=an_address(), limit_factor=0.01) as http:
        assert (await http.put(where, content=b"x")).status_code == 404
    async with set_otherwise(company.world, client=an_address(), limit_factor=0) as http:
        assert [(await http.put(where, content=b"x")).status_code for _ in range(5)] == [404] * 5
