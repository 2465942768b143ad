"""How the page is served, and what none of its files may do."""

import json
import re
from pathlib import Path

import pytest

from cli.welcoming import welcome
from schema.live_page import FOLDER, assets, assets_path
from settings import load_settings
from tests.clients.outside import node
from tests.world import World

FILES = {name: (FOLDER / name).read_text("utf-8") for name in assets()}
MODULES = {name: text for name, text in FILES.items() if name.endswith(".js")}
MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|srcdoc|setHTML"
    r"|\beval\b|new Function|javascript:|setAttribute\(\"style\"|cssText|localStorage|document\.cookie|indexedDB|https?://(?!www\.w3\.org)"
)
SUMS = """
import { waitBefore } from "FOLDER/socket.js";
import { matching, Pace } from "FOLDER/panels/stream.js";
import { scale } from "FOLDER/panels/histogram.js";
import { ago } from "FOLDER/times.js";
const types = ["onboarding.started", "onboarding.new_hire.created", "user.created"];
const pace = new Pace();
const turned = ([late, now]) => [pace.turns(late, now), pace.names];
const found = (text) => types.filter(matching(text)).length;
console.log(JSON.stringify({
  waits: [0, 1, 5, 30].map((tries) => [waitBefore(tries, 0), waitBefore(tries, 1)]),
  found: ["", "*", "onboarding.*", "created", "User.Created", "onboarding.started user.*", "nothing.*"].map(found),
  scales: [0, 3, 6, 11, 21, 99, 101, 640].map(scale),
  pace: [[900, 0], [6000, 1000], [100, 30999], [100, 31000], [100, 31001]].map(turned),
  times: [500, 5_000, 90_000, 7_300_000, 200_000_000].map((past) => ago(0, past)),
}));
"""


async def test_the_page_has_a_strict_policy(world: World) -> None:
    response = await world.http.get("/live")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(each.strip().split(" ", 1) for each in response.headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
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
    page = (await world.http.get("/live")).text
    named = re.findall(rf'(?:src|href)="({assets_path()}/[^"]+)"', page)
    assert {address.removeprefix(f"{assets_path()}/") for address in named} == set(FILES) - {"index.html"}
    for address in named:
        response = await world.http.get(address)
        assert response.status_code == 200, address
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("host", "company"),
    [("testserver", "asked"), ("192.0.2.7:8000", "asked"), ("[2001:db8::1]", "asked"), ("acme.testserver", "named")],
)
async def test_the_company_is_asked_for_where_the_hostname_does_not_name_it(
    world: World, host: str, company: str
) -> None:
    page = (await world.http.get("/live", headers={"host": host})).text
    assert f'<body data-company="{company}">' in page


def test_the_page_holds_no_script_and_no_style_of_its_own() -> None:
    page = FILES["index.html"]
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son\w+=|https?://", page) == []


@pytest.mark.parametrize("name", sorted(MODULES))
def test_no_module_makes_markup_of_text_or_keeps_anything_beyond_the_tab(name: str) -> None:
    assert MARKUP.findall(MODULES[name]) == []


@pytest.mark.parametrize("name", sorted(MODULES))
def test_modules_import_only_each_other(name: str) -> None:
    for imported in re.findall(r'from "([^"]+)"', MODULES[name]):
        assert imported.startswith("."), imported
        assert ((FOLDER / name).parent / imported).resolve().is_file(), imported


def test_tokens_are_kept_in_one_module_and_no_panel_reaches_the_network() -> None:
    assert [name for name, text in MODULES.items() if re.search(r"\brefreshToken\b", text)] == ["session.js"]
    assert [name for name, text in MODULES.items() if re.search(r"\bfetch\(", text)] == ["api.js"]
    assert [name for name, text in MODULES.items() if "new WebSocket" in text] == ["socket.js"]


async def test_waiting_filtering_scaling_and_telling_the_time() -> None:
    ran = await node(["--input-type=module", "--eval", SUMS.replace("FOLDER", FOLDER.as_uri())])
    assert ran.exit_code == 0, ran.errors
    sums = json.loads(ran.output)
    assert sums["waits"] == [[250, 500], [500, 1000], [8000, 16000], [15000, 30000]]
    assert sums["found"] == [3, 3, 2, 2, 1, 2, 0]
    assert sums["scales"] == [5, 5, 10, 20, 50, 100, 200, 1000]
    assert sums["pace"] == [[False, True], [True, False], [False, False], [True, True], [False, True]]
    assert sums["times"] == ["just now", "5 sec. ago", "1 min. ago", "2 hr. ago", "2 days ago"]


def test_serve_names_the_page(world: World, tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, port=8123, host="127.0.0.1")
    assert "  Live      http://127.0.0.1:8123/live" in welcome(settings, world.app.routes, demo=False).splitlines()
