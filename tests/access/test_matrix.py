"""Who sees what is as it is committed, so that whoever changes it looks at the difference."""

from pathlib import Path

from db.encryption import Sealer
from schema.answering import Answering
from tests.access.askers import askers
from tests.access.matrix import COMMITTED, matrix
from tests.wall.graph import JOINED
from tests.world import CompanyWorld


async def test_who_sees_what_is_as_it_is_committed(lived_in: CompanyWorld, tmp_path: Path) -> None:
    parts, sealer = lived_in.world.parts, Sealer(lived_in.world.wiring.master_key)
    answering = Answering(JOINED, parts.database, parts.identity, parts.registration, parts.sso, sealer)
    found = await matrix(answering, await askers(lived_in))
    now = tmp_path / COMMITTED.name
    now.write_text("\n".join(found) + "\n", "utf-8")
    assert found == COMMITTED.read_text("utf-8").splitlines(), f"look at the difference, then: cp {now} {COMMITTED}"
