"""Who sees what is as it is committed, so that whoever changes it looks at the difference."""

from pathlib import Path

from schema.answering import Answering
from tests.access.askers import askers
from tests.access.asking import NONE, YES
from tests.access.matrix import COMMITTED, ELSEWHERE, Matrix, column_by_ids
from tests.world import CompanyWorld


async def test_who_sees_what_is_as_it_is_committed(met: Matrix, tmp_path: Path) -> None:
    now = tmp_path / COMMITTED.name
    now.write_text("\n".join(met.lines) + "\n", "utf-8")
    assert met.lines == COMMITTED.read_text("utf-8").splitlines(), f"look at the difference, then: cp {now} {COMMITTED}"


NOTHING_OF_THE_FIRST = {"root Query.importColumns"}
"""What there is nothing to tell of for the first objects: the first file is no table."""


async def test_for_somebody_of_another_company_nothing_is_there(
    met: Matrix, answering: Answering, lived_in: CompanyWorld
) -> None:
    """By whatever id of the first company they ask: it is null, not found or an empty list; its own owner finds it."""
    named = [each.name for each in (*met.wholes, *met.places) if each.elsewhere]
    found = met.columns[ELSEWHERE]
    assert {name: found[name] for name in named} == dict.fromkeys(named, NONE)
    owner = (await askers(lived_in))["OWNER"]
    queries = [each for each in met.wholes if each.elsewhere and each.coordinate.startswith("Query.")]
    own = await column_by_ids(answering, owner, queries, [each for each in met.places if each.elsewhere])
    assert {name for name, answer in own.items() if answer != YES} == NOTHING_OF_THE_FIRST


def test_the_owner_comes_to_objects_of_every_kind_in_payloads(met: Matrix) -> None:
    """Where nobody came, nothing would be told of what payloads show."""
    within = [inner for each in met.wholes for inner in each.within]
    came = {inner.of for inner in within if met.columns["OWNER"][inner.name] == YES}
    assert came == {inner.of for inner in within}
