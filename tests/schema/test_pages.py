"""How each page of ours is served, and what none of its files may do."""

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from gateways.mail import MailFolder
from schema.devmail import PAGE as MAILS
from schema.devmail import Inbox, Readers
from schema.graphiql import PAGE as GRAPHIQL
from schema.pages import STATIC, Page
from schema.portal_page import PAGE as PORTAL
from schema.reset import PAGE as RESET
from schema.rest.page import PAGE as REST
from schema.sign_on import PAGE as SIGN_ON
from schema.signed_in import LIVE, SETTINGS
from schema.verify import PAGE as VERIFY
from tests.mail.builders import SENDER
from tests.world import World

PAGES: Final = {
    "/graphql": GRAPHIQL,
    "/reset": RESET,
    "/verify": VERIFY,
    "/portal": PORTAL,
    "/live": LIVE,
    "/settings": SETTINGS,
    "/rest": REST,
    "/dev/mail": MAILS,
}
OWN: Final = "default-src 'none'; script-src 'self'; style-src 'self'"
CLOSED: Final = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
TYPED: Final = f"{CLOSED}; require-trusted-types-for 'script'"
POLICIES: Final = {
    "/graphql": f"{OWN} 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; {CLOSED}",
    "/reset": f"{OWN}; img-src data:; connect-src 'self'; {TYPED}",
    "/verify": f"{OWN}; img-src data:; connect-src 'self'; {TYPED}",
    "/portal": f"{OWN}; connect-src 'self'; img-src 'self' data: blob: https:; media-src 'self' https:; {TYPED}; "
    "trusted-types 'none'",
    "/live": f"{OWN}; img-src 'self'; connect-src 'self'; {TYPED}; trusted-types 'none'",
    "/settings": f"{OWN}; img-src 'self'; connect-src 'self'; {TYPED}; trusted-types 'none'",
    "/rest": f"{OWN}; img-src 'self'; connect-src 'self'; {TYPED}; trusted-types 'none'",
    "/dev/mail": f"{OWN}; img-src data:; connect-src 'self'; frame-src 'self'; {TYPED}",
}
EVERY: Final = pytest.mark.parametrize("address", PAGES)
COMMENT: Final = re.compile(r"^\s*//.*$", re.MULTILINE)
MARKUP: Final = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|srcdoc|setHTML"
    r"|\beval\b|new Function|javascript:|setAttribute\(\"style\"|cssText|localStorage|document\.cookie|indexedDB"
)


def written(page: Page) -> dict[str, str]:
    """The files that we wrote ourselves: those that lie where the page does, or in its other parts."""
    homes = tuple(f"{part}/" for part in page.parts) or page.index.removesuffix(Path(page.index).name)
    return {name: (page.folder / name).read_text("utf-8") for name in page.names if name.startswith(homes)}


def of_others(page: Page) -> set[str]:
    """The files of pages that lie in the same folder: those that are called as such a page is."""
    others = {Path(each.index).stem for each in (*PAGES.values(), SIGN_ON) if each.folder == page.folder}
    return {name for name in written(page) if Path(name).stem in others - {Path(page.index).stem}}


MODULES: Final = [
    pytest.param(page.folder / name, COMMENT.sub("", text), id=f"{page.name}/{name}")
    for page in PAGES.values()
    for name, text in written(page).items()
    if name.endswith(".js")
]


@pytest.fixture
async def http(world: World, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in front of the application and of the inbox of development."""
    inbox = Inbox(MailFolder(tmp_path, SENDER), Readers.EVERYONE)
    transport = httpx.ASGITransport(app=Starlette(routes=[*inbox.routes(), Mount("/", world.app)]))
    accepting = {"accept": "text/html"}
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=accepting) as client:
        yield client


@EVERY
async def test_a_page_has_a_strict_policy(http: httpx.AsyncClient, address: str) -> None:
    response = await http.get(address)
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert response.headers["content-security-policy"] == POLICIES[address]
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == ("no-store" if address == "/dev/mail" else "no-cache")
    assert response.headers.get("cross-origin-opener-policy") == (None if address == "/graphql" else "same-origin")
    assert "set-cookie" not in response.headers


@EVERY
async def test_a_page_s_files_are_served_for_ever_at_an_address_of_their_content(
    http: httpx.AsyncClient, address: str
) -> None:
    page = PAGES[address]
    named = set(re.findall(r'(?:src|href)="(/[^"]+)"', (await http.get(address)).text))
    unnamed = {name for name in written(page) if f"{page.assets}/{name}" not in named}
    assert unnamed - of_others(page) == {page.index}
    for each in named:
        assert each.startswith(f"{page.assets}/")
        response = await http.get(each)
        assert response.status_code == 200, each
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert response.headers["x-content-type-options"] == "nosniff"


@EVERY
async def test_what_is_below_a_page_is_its_files_only(http: httpx.AsyncClient, address: str) -> None:
    page = PAGES[address]
    outside = os.path.relpath(STATIC.parent / "pages.py", page.folder).replace("..", "%2e%2e")
    for path in (f"{page.path}/x", f"{page.assets}/x", f"{page.assets}/{outside}"):
        assert (await http.get(path)).status_code == 404, path


def test_an_address_changes_with_a_byte_or_a_name(tmp_path: Path) -> None:
    seen: set[str] = set()
    for name, text in (("a.js", "1"), ("a.js", "2"), ("b.js", "2")):
        folder = tmp_path / str(len(seen))
        folder.mkdir()
        (folder / name).write_text(text)
        seen.add(Page("one", "/one", folder, allows={}, adds={}).assets)
    assert len(seen) == 3


@EVERY
def test_a_page_holds_no_script_and_no_style_of_its_own(address: str) -> None:
    page = PAGES[address]
    text = (page.folder / page.index).read_text("utf-8")
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son\w+=", text) == []


@EVERY
def test_nothing_names_another_server(address: str) -> None:
    for name, text in written(PAGES[address]).items():
        assert re.findall(r"https?://(?!www\.w3\.org/)", text) == [], name


@pytest.mark.parametrize(("_file", "text"), MODULES)
def test_no_module_makes_markup_of_text_or_keeps_anything_beyond_the_tab(_file: Path, text: str) -> None:
    assert MARKUP.findall(text) == []


@pytest.mark.parametrize(("file", "text"), MODULES)
def test_modules_import_only_each_other(file: Path, text: str) -> None:
    for imported in re.findall(r'from "([^"]+)"', text):
        assert imported.startswith("."), imported
        assert (file.parent / imported).resolve().is_file(), imported
