"""The page for people, in a real browser."""

import json
from pathlib import Path

from tests.clients.conftest import chromium, npm_packages
from tests.clients.outside import node
from tests.live.conftest import listening
from tests.rest.listed import LISTED
from tests.world import World

__all__ = ["chromium", "npm_packages"]


async def test_every_address_is_listed_found_and_shown(world: World, npm_packages: Path, chromium: str) -> None:
    script, library = Path(__file__).with_name("page.mjs"), npm_packages / "playwright-core" / "index.mjs"
    async with listening(world.app) as address:
        told = json.dumps({"base": address.replace("ws://", "http://"), "count": len(LISTED)})
        ran = await node([script, library, chromium], given=told)
    assert ran.exit_code == 0, ran.errors
    seen = json.loads(ran.output)
    assert (seen["wrong"], seen["count"]) == ([], len(LISTED))
    for part in ("Needs the permission onboarding.edit_hires", "Idempotency-Key", "firstName *", "201 – It was made."):
        assert part in seen["text"].replace("`", ""), seen["text"]
