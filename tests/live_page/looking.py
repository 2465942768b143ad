"""Scripts that use the page as a person would, and what they are told of the person."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.clients.outside import OUTPUT, node
from tests.world import PASSWORD, Person

HOSTILE = "<img src=x onerror=\"window.ran='name'\">"


@dataclass(frozen=True)
class Programs:
    """Where the browser, and the library that drives it, are."""

    library: Path
    chromium: str


@dataclass(frozen=True)
class Place:
    """Where the page is, and what looks at it."""

    base_url: str
    programs: Programs

    async def looked(self, script: str | Path, person: Person, **given: Any) -> dict[str, Any]:
        """Run a script, one beside this module or of a path, that uses the page as somebody; return what it saw."""
        OUTPUT.mkdir(exist_ok=True)
        path = Path(__file__).parent / script
        told = {"base": self.base_url, "who": credentials(person), **given}
        ran = await node([path, self.programs.library, self.programs.chromium, OUTPUT], given=json.dumps(told))
        assert ran.exit_code == 0, ran.errors
        return json.loads(ran.output)


def credentials(person: Person) -> dict[str, str | None]:
    """What somebody signs in with, and a token for what happens meanwhile."""
    return {
        "company": person.tenant_slug,
        "email": person.asking.principal.name,
        "password": PASSWORD,
        "token": person.token,
    }
