"""Who sees what is as it is committed, so that whoever changes it looks at the difference."""

from pathlib import Path

from tests.access.askers import askers
from tests.access.matrix import COMMITTED, matrix
from tests.engines.ground import Ground


async def test_who_sees_what_is_as_it_is_committed(ground: Ground, tmp_path: Path) -> None:
    found = await matrix(ground.answering(), askers(ground))
    now = tmp_path / COMMITTED.name
    now.write_text("\n".join(found) + "\n", "utf-8")
    assert found == COMMITTED.read_text("utf-8").splitlines(), f"look at the difference, then: cp {now} {COMMITTED}"
