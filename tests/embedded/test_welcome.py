"""What `serve` says when it is ready."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route

from cli.welcoming import welcome
from settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path, port=8123, host="127.0.0.1", public_url="https://hr.example.com")


async def nothing(*_given: object) -> None:
    """Answer nothing."""


def told(settings: Settings, *routes: BaseRoute, demo: bool, support: bool = False) -> dict[str, str]:
    lines = welcome(settings, Starlette(routes=list(routes)).routes, demo=demo, support=support).splitlines()
    assert lines[:2] == ["", "Workgraph is ready."]
    return {line[:12].strip(): line[12:] for line in lines[2:] if line}


def test_only_pages_that_are_served_are_named(settings: Settings, tmp_path: Path) -> None:
    always = {"GraphiQL": "https://hr.example.com/graphql", "Data": str(tmp_path), "Stop": "Ctrl-C"}
    assert told(settings, Route("/graphql", nothing), demo=False) == always
    portal = Mount("/portal", routes=[Route("/", nothing)])
    assert told(settings, portal, demo=False) == {**always, "Portal": "https://hr.example.com/portal"}
    both = told(settings, portal, Route("/dev/mail", nothing), demo=False)
    assert (
        both["Portal"]
        == "https://hr.example.com/portal  (opened with the link of an invitation, which is among the mails)"
    )
    assert both["Mails"] == "https://hr.example.com/dev/mail"


def test_the_demo_company_and_its_owner_are_named_with_the_same_password_each_time(settings: Settings) -> None:
    lines = told(settings, demo=True)
    assert lines["Company"].startswith("demo")
    assert lines["Sign in"].startswith("owner@demo.example with the password demo-")
    assert told(settings, demo=True) == lines


def test_who_looks_after_the_demo_company_is_named_where_there_is_somebody(settings: Settings) -> None:
    assert told(settings, demo=True, support=True)["Support"].startswith("agent@support.example of demo-support")
    assert "Support" not in told(settings, demo=True)
