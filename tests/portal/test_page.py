"""How the portal's page is served, and what none of its files may do."""

import json
import re

import pytest

from schema.portal_page import FOLDER, assets, assets_path
from tests.clients.outside import node
from tests.world import World

FILES = {name: (FOLDER / name).read_text("utf-8") for name in assets()}
MODULES = {name: text for name, text in FILES.items() if name.endswith(".js")}
MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|srcdoc|setHTML"
    r"|\beval\b|new Function|javascript:|setAttribute\(\"style\"|cssText|localStorage|document\.cookie|indexedDB"
)
WORDS = """
import en from "FOLDER/words/en.js";
import de from "FOLDER/words/de.js";
const facts = (text) => [...new Set(JSON.stringify(text).match(/\\{\\w+\\}/g))].sort();
const told = ({ refusals, ...words }) =>
  Object.fromEntries(Object.entries(words).map(([name, text]) => [name, facts(text)]));
console.log(JSON.stringify([told(en), told(de)]));
"""


async def test_the_page_has_a_strict_policy(world: World) -> None:
    response = await world.http.get("/portal")
    assert response.status_code == 200
    policy = dict(each.strip().split(" ", 1) for each in response.headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self' data: blob: https:",
        "media-src": "'self' https:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "no-cache"
    assert "set-cookie" not in response.headers


async def test_the_page_s_files_are_served_for_ever_at_an_address_of_their_content(world: World) -> None:
    page = (await world.http.get("/portal")).text
    named = re.findall(rf'(?:src|href)="({assets_path()}/[^"]+)"', page)
    assert {address.removeprefix(f"{assets_path()}/") for address in named} == set(FILES) - {"index.html"}
    for address in named:
        response = await world.http.get(address)
        assert response.status_code == 200, address
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert response.headers["x-content-type-options"] == "nosniff"


def test_the_page_holds_no_script_and_no_style_of_its_own() -> None:
    page = FILES["index.html"]
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son\w+=|https?://", page) == []


@pytest.mark.parametrize("name", sorted(MODULES))
def test_no_module_makes_markup_of_text_or_keeps_anything_beyond_the_tab(name: str) -> None:
    assert MARKUP.findall(MODULES[name]) == []


@pytest.mark.parametrize("name", sorted(MODULES))
def test_modules_import_only_each_other(name: str) -> None:
    for imported in re.findall(r'from "([^"]+)"', MODULES[name]):
        assert imported.startswith((".", "..")), imported
        assert ((FOLDER / name).parent / imported).resolve().is_file(), imported


def test_the_token_is_read_and_kept_in_one_module_and_sent_by_one() -> None:
    assert [name for name, text in MODULES.items() if re.search(r"location\.hash\.slice\(1\)", text)] == [
        "main.js",
        "token.js",
    ]
    assert [name for name, text in MODULES.items() if "sessionStorage" in text] == ["token.js"]
    assert [name for name, text in MODULES.items() if "authorization" in text.lower()] == ["api.js"]


async def test_both_languages_say_the_same_things() -> None:
    folder = FOLDER.as_uri()
    ran = await node(["--input-type=module", "--eval", WORDS.replace("FOLDER", folder)])
    assert ran.exit_code == 0, ran.errors
    english, german = json.loads(ran.output)
    assert english == german
    used = {name for text in MODULES.values() for name in re.findall(r'\bt\(\s*"(\w+)"', text)}
    assert used <= set(english)
