"""What the page asks for, which of its modules may do what, and what they work out by themselves."""

import json
import re
from pathlib import Path

import pytest

from cli.welcoming import welcome
from schema.signed_in import LIVE, SETTINGS
from settings import load_settings
from tests.clients.outside import node
from tests.world import World

MODULES = {
    name: (page.folder / name).read_text("utf-8")
    for page in (LIVE, SETTINGS)
    for name in page.names
    if name.endswith(".js")
}
SUMS = """
import { waitBefore } from "FOLDER/live/socket.js";
import { matching, Pace } from "FOLDER/live/panels/stream.js";
import { scale } from "FOLDER/live/panels/histogram.js";
import { ago } from "FOLDER/signed_in/times.js";
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


@pytest.mark.parametrize(
    ("host", "company"),
    [("testserver", "asked"), ("192.0.2.7:8000", "asked"), ("[2001:db8::1]", "asked"), ("acme.testserver", "named")],
)
async def test_the_company_is_asked_for_where_the_hostname_does_not_name_it(
    world: World, host: str, company: str
) -> None:
    for address in ("/live", "/settings"):
        page = (await world.http.get(address, headers={"host": host})).text
        assert f'<body data-company="{company}">' in page, address


def test_tokens_are_kept_in_one_module_and_nothing_else_reaches_the_network() -> None:
    assert [name for name, text in MODULES.items() if re.search(r"\brefreshToken\b", text)] == ["signed_in/session.js"]
    assert [name for name, text in MODULES.items() if re.search(r"\bfetch\(", text)] == ["signed_in/api.js"]
    assert [name for name, text in MODULES.items() if "new WebSocket" in text] == ["live/socket.js"]


async def test_waiting_filtering_scaling_and_telling_the_time() -> None:
    ran = await node(["--input-type=module", "--eval", SUMS.replace("FOLDER", LIVE.folder.as_uri())])
    assert ran.exit_code == 0, ran.errors
    sums = json.loads(ran.output)
    assert sums["waits"] == [[250, 500], [500, 1000], [8000, 16000], [15000, 30000]]
    assert sums["found"] == [3, 3, 2, 2, 1, 2, 0]
    assert sums["scales"] == [5, 5, 10, 20, 50, 100, 200, 1000]
    assert sums["pace"] == [[False, True], [True, False], [False, False], [True, True], [False, True]]
    assert sums["times"] == ["just now", "5 sec. ago", "1 min. ago", "2 hr. ago", "2 days ago"]


def test_serve_names_the_pages(world: World, tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, port=8123, host="127.0.0.1")
    told = welcome(settings, world.app.routes, demo=False).splitlines()
    assert {"  Live      http://127.0.0.1:8123/live", "  Settings  http://127.0.0.1:8123/settings"} <= set(told)
