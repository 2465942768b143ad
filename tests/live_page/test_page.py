"""What the page asks for, which of its modules may do what, and what they work out by themselves."""

import json
import re
from pathlib import Path

import pytest

from cli.welcoming import welcome
from schema.live_page import PAGE
from settings import load_settings
from tests.clients.outside import node
from tests.world import World

MODULES = {name: (PAGE.folder / name).read_text("utf-8") for name in PAGE.names if name.endswith(".js")}
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


@pytest.mark.parametrize(
    ("host", "company"),
    [("testserver", "asked"), ("192.0.2.7:8000", "asked"), ("[2001:db8::1]", "asked"), ("acme.testserver", "named")],
)
async def test_the_company_is_asked_for_where_the_hostname_does_not_name_it(
    world: World, host: str, company: str
) -> None:
    page = (await world.http.get("/live", headers={"host": host})).text
    assert f'<body data-company="{company}">' in page


def test_tokens_are_kept_in_one_module_and_no_panel_reaches_the_network() -> None:
    assert [name for name, text in MODULES.items() if re.search(r"\brefreshToken\b", text)] == ["session.js"]
    assert [name for name, text in MODULES.items() if re.search(r"\bfetch\(", text)] == ["api.js"]
    assert [name for name, text in MODULES.items() if "new WebSocket" in text] == ["socket.js"]


async def test_waiting_filtering_scaling_and_telling_the_time() -> None:
    ran = await node(["--input-type=module", "--eval", SUMS.replace("FOLDER", PAGE.folder.as_uri())])
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
