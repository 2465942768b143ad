"""The page on which an address is proved, in a browser at a phone's width: by keyboard, once, and not by itself."""

import json
from pathlib import Path

from tests.clients.outside import OUTPUT, node
from tests.clients.test_reset_page import base_url
from tests.identity.builders import caller, owner
from tests.identity.test_proving_addresses import asked, is_verified, link_of
from tests.world import CompanyWorld

__all__ = ["base_url"]


async def test_a_person_proves_an_address(
    company: CompanyWorld, base_url: str, npm_packages: Path, chromium: str
) -> None:
    door = caller(company)
    assert await asked(door, (await door.session(owner(company)))["accessToken"]) == []
    token = await link_of(company)
    OUTPUT.mkdir(exist_ok=True)
    library = npm_packages / "playwright-core" / "index.mjs"
    script = Path(__file__).with_name("verify.mjs")

    ran = await node([script, library, chromium, f"{base_url}/verify", OUTPUT], given=json.dumps({"token": token}))

    assert ran.exit_code == 0, ran.errors
    seen = json.loads(ran.output)
    assert seen["address"] == f"{base_url}/verify"
    assert seen["before"] == 0, "nothing is asked before the button is pressed"
    assert (seen["title"], seen["wide"]) == ("Your address is confirmed", False)
    assert "not valid any more" in seen["ended"]
    assert (seen["complaints"], seen["strangers"]) == ([], [])
    assert not [path for path in seen["paths"] if token in path.partition("#")[0]]
    assert token not in seen["kept"]
    assert await is_verified(company)
