"""A value that few may read: stored encrypted, shown and set with its permission only, worth nothing elsewhere."""

import pytest
from structlog.testing import capture_logs

from auth.permissions import CATALOGUE
from db.encryption import CannotDecrypt
from db.models import Company
from resolvers.context import bound_to
from resolvers.identity import standing
from tests.commands.conftest import Still
from tests.commands.ground import Ground
from tests.world import CompanyWorld

SECRET = "DE 811 569 869"
UPDATE = "mutation($input: UpdateCompanyInput!) { updateCompany(input: $input) { company { taxId } } }"


@pytest.fixture
async def ground(ground: Ground) -> Ground:
    """A company that has a tax number."""
    await ground.person.do("updateCompany", {"id": ground.id_of(Company), "taxId": SECRET})
    return ground


async def sealed(company: CompanyWorld) -> bytes:
    [(stored,)] = await company.rows("select tax_id from pool.companies where tenant_id = :tenant")
    return stored


async def test_no_table_holds_it_readably(ground: Ground) -> None:
    stored = await sealed(ground.company)
    assert SECRET.encode() not in stored
    assert len(stored) == 5 + 12 + len(SECRET) + 16
    for table in await ground.everything():
        rows = await ground.company.rows(f"select t::text from pool.{table} t where tenant_id = :tenant")
        assert not [row for row in rows if SECRET in row[0] or SECRET.encode().hex() in row[0]]


async def test_the_same_value_is_never_stored_the_same(ground: Ground, other_company: CompanyWorld) -> None:
    before = await sealed(ground.company)
    for value in ("other", SECRET):
        await ground.person.do("updateCompany", {"id": ground.id_of(Company), "taxId": value})
    assert await sealed(ground.company) not in {before, SECRET.encode()}


@pytest.mark.parametrize(("role", "shown"), [("OWNER", SECRET), ("FINANCE", SECRET), ("HR", None), ("MEMBER", None)])
async def test_it_is_shown_to_those_who_may_read_it(ground: Ground, role: str, shown: str | None) -> None:
    person = await ground.company.person(role)
    answer = await person.ask("{ company { name taxId again: taxId } }")
    assert (answer.data["company"]["taxId"], answer.data["company"]["again"]) == (shown, shown)
    hidden = [{"path": f"company.{name}", "permission": "company.read_tax_id"} for name in ("taxId", "again")]
    assert answer.body.get("extensions", {}).get("hidden", []) == ([] if shown else hidden)


@pytest.mark.parametrize("value", ["DE 1", None, ""])
async def test_it_cannot_be_set_or_emptied_by_those_who_may_not_read_it(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    before = await ground.everything()
    monkeypatch.setattr(standing, "permissions_of", lambda _names: set(CATALOGUE) - {"company.read_tax_id"})
    ground.company.world.parts.identity.forget(ground.company.tenant.placement)
    given = {"id": ground.id_of(Company), "industry": "Bakery", "taxId": value, "idempotencyKey": "once"}
    answer = await ground.person.ask(UPDATE, {"input": given})
    assert answer.codes == ["FORBIDDEN"]
    assert answer.errors[0]["extensions"] == {
        "code": "FORBIDDEN",
        "permission": "company.read_tax_id",
        "inputPath": ["input", "taxId"],
    }
    assert await ground.everything() == before
    assert (await ground.person.do("updateCompany", {"id": given["id"], "industry": "Bakery"}))["refusals"] == []


async def test_a_ciphertext_of_another_row_does_not_open(ground: Ground, stills: Still) -> None:
    theirs = await stills("theirs")
    await theirs.person.do("updateCompany", {"id": theirs.id_of(Company), "taxId": "other"})
    await move(ground.company, await sealed(theirs.company))
    await assert_masked(ground)


async def test_a_ciphertext_of_another_column_or_row_of_the_same_company_does_not_open(ground: Ground) -> None:
    profile, keyring = ground.profile, ground.company.keyring
    elsewhere = Company(id=ground.flow.id)
    for place in (bound_to(profile, "address"), bound_to(elsewhere, "tax_id"), b""):
        await move(ground.company, keyring.seal(SECRET, aad=place))
        await assert_masked(ground)


@pytest.mark.parametrize("damage", [b"", b"\x01", b"\xff" * 40])
async def test_what_is_no_ciphertext_does_not_open(ground: Ground, damage: bytes) -> None:
    await move(ground.company, damage)
    await assert_masked(ground)


async def test_another_companys_keys_do_not_open_it(ground: Ground, other_company: CompanyWorld) -> None:
    stored, place = await sealed(ground.company), bound_to(ground.profile, "tax_id")
    assert ground.company.keyring.open(stored, aad=place) == SECRET
    with pytest.raises(CannotDecrypt):
        other_company.keyring.open(stored, aad=place)


async def test_what_does_not_open_can_be_set_anew(ground: Ground) -> None:
    await move(ground.company, b"\xff" * 40)
    payload = await ground.person.do(
        "updateCompany", {"id": ground.id_of(Company), "taxId": SECRET}, "company { taxId }"
    )
    assert payload["company"] == {"taxId": SECRET}


async def move(company: CompanyWorld, ciphertext: bytes) -> None:
    """Put a ciphertext into the company's row, as somebody with the database could."""
    await company.rows(
        "update pool.companies set tax_id = :stored where tenant_id = :tenant returning id", stored=ciphertext
    )


async def assert_masked(ground: Ground) -> None:
    """The field is null with a masked fault, and the log knows the incident and no value."""
    with capture_logs() as logged:
        answer = await ground.person.ask("{ company { name taxId } }")
    assert answer.body["data"]["company"]["taxId"] is None
    [error] = answer.errors
    assert (error["extensions"]["code"], error["path"]) == ("INTERNAL", ["company", "taxId"])
    assert error["message"] == "Something went wrong on our side; it was recorded."
    assert [entry["incident"] for entry in logged] == [error["extensions"]["incidentId"]]
