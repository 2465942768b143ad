"""What the modules of the settings work out by themselves, and what they have to know of the server's."""

import json
import re

from auth.permissions import CATALOGUE, FOR_KEYS
from schema.signed_in import SETTINGS
from tests.clients.outside import node

SUMS = """
import { modules } from "FOLDER/settings/qr.js";
import { placeOf } from "FOLDER/settings/routing.js";
import { program } from "FOLDER/settings/parts/sessions_of.js";
const rows = (text) => modules(text)?.map((row) => row.map(Number).join("")) ?? null;
console.log(JSON.stringify({
  codes: ["otpauth://totp/x", "a".repeat(412), "a".repeat(413)].map(rows),
  places: ["#/users/User_1", "#/", "", "#/%E0%A4%A"].map(placeOf),
  programs: [null, "curl/8.1", "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36"].map(program),
}));
"""


def test_the_page_knows_what_no_key_may_be_given() -> None:
    text = (SETTINGS.folder / "settings" / "parts" / "permissions.js").read_text("utf-8")
    assert set(re.findall(r'^  "([\w.]+)",$', text, re.MULTILINE)) == set(CATALOGUE) - FOR_KEYS


async def test_codes_to_scan_places_and_programs() -> None:
    ran = await node(["--input-type=module", "--eval", SUMS.replace("FOLDER", SETTINGS.folder.as_uri())])
    assert ran.exit_code == 0, ran.errors
    found = json.loads(ran.output)
    small, large, none = found["codes"]
    assert (len(small), len(large), none) == (25, 77, None)
    assert found["places"] == [["users", "User_1"], [""], [""], [""]]
    assert found["programs"] == ["An unknown program", "curl/8.1", "Chrome on Linux"]
