"""clairvoyance, with its own ten thousand words, recovers no field from those who may not introspect.

It runs as somebody who is signed in without the permission, as a stranger, and as a client that is locked.

    ./workgraph prove clairvoyance
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from schema.revealing import Reveals
from tests.clients.clairvoyance import UNTOLD, open_profile, recovered
from tests.documents.builders import a_client, headers_of
from tests.proofs.tenants import a_world


async def prove() -> bool:
    """Run it against each, and say what it found."""
    held = True
    async with a_world() as world, open_profile(world, Reveals.TO_PERMITTED) as url:
        company = await world.company()
        viewer, owner = await company.person("VIEWER"), await company.person("OWNER")
        await a_client(owner, "shop", locked=True)
        asked = {
            "signed in, without the right": headers_of(viewer),
            "not signed in": headers_of(company.stranger()),
            "a client that is locked": headers_of(owner, "shop"),
        }
        for who, headers in asked.items():
            held &= await found_nothing(who, url, headers)
    return held


async def found_nothing(who: str, url: str, headers: dict[str, str]) -> bool:
    """Run it once."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="workgraph-proof-") as folder:
        found, said = await recovered(url, headers, Path(folder))
    gave_up = UNTOLD in said
    print(
        f"{who:<30} {len(found):>4} fields  {time.monotonic() - began:>5.1f} s  {'gave up' if gave_up else said[-500:]}"
    )
    return not found and gave_up


def main(_: Sequence[str] = ()) -> int:
    """Run the proof."""
    return 0 if asyncio.run(prove()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
