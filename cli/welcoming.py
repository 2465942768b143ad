"""What `serve` says when it is ready: where everything is, who can sign in, and where the data lies."""

from collections.abc import Iterable, Mapping
from typing import Final

from starlette.routing import BaseRoute, Mount, Route

from cli.wiring import demo_password
from demo.company import EMAIL, SLUG
from demo.support import EMAIL as AGENT
from demo.support import SLUG as PLATFORM
from settings import Settings

PAGES: Final[Mapping[str, str]] = {"Live": "/live", "Settings": "/settings", "Portal": "/portal", "Mails": "/dev/mail"}
HINTS: Final[Mapping[str, str]] = {"Portal": "opened with the link of an invitation, which is among the mails"}


def welcome(settings: Settings, routes: Iterable[BaseRoute], *, demo: bool, support: bool = False) -> str:
    """What to do now that it runs; a page is named if it is served."""
    lines = {
        "GraphiQL": f"{settings.address}/graphql",
        **_pages(settings.address, _paths(routes)),
        **({"Company": f"{SLUG}, which answers where no other is named"} if demo else {}),
        **({"Sign in": f"{EMAIL} with the password {demo_password(settings)}"} if demo else {}),
        **({"Support": f"{AGENT} of {PLATFORM}, same password, code by `workgraph support code`"} if support else {}),
        "Data": str(settings.data_dir.absolute()),
        "Stop": "Ctrl-C",
    }
    return "\n".join(["", "Workgraph is ready.", *(f"  {name:10}{value}" for name, value in lines.items()), ""])


def _paths(routes: Iterable[BaseRoute]) -> set[str]:
    return {route.path.rstrip("/") for route in routes if isinstance(route, Route | Mount)}


def _pages(address: str, served: set[str]) -> Mapping[str, str]:
    there = {name: path for name, path in PAGES.items() if path in served}
    return {
        name: f"{address}{path}" + (f"  ({HINTS[name]})" if name in HINTS and "Mails" in there else "")
        for name, path in there.items()
    }
