"""Which of the portal's modules may hold the token, and that its languages say the same things."""

import json
import re

from schema.portal_page import PAGE
from tests.clients.outside import node

MODULES = {name: (PAGE.folder / name).read_text("utf-8") for name in PAGE.names if name.endswith(".js")}
WORDS = """
import en from "FOLDER/words/en.js";
import de from "FOLDER/words/de.js";
const facts = (text) => [...new Set(JSON.stringify(text).match(/\\{\\w+\\}/g))].sort();
const told = ({ refusals, ...words }) =>
  Object.fromEntries(Object.entries(words).map(([name, text]) => [name, facts(text)]));
console.log(JSON.stringify([told(en), told(de)]));
"""


def test_the_token_is_read_and_kept_in_one_module_and_sent_by_one() -> None:
    assert [name for name, text in MODULES.items() if re.search(r"location\.hash\.slice\(1\)", text)] == [
        "main.js",
        "token.js",
    ]
    assert [name for name, text in MODULES.items() if "sessionStorage" in text] == ["token.js"]
    assert [name for name, text in MODULES.items() if "authorization" in text.lower()] == ["api.js"]


async def test_both_languages_say_the_same_things() -> None:
    ran = await node(["--input-type=module", "--eval", WORDS.replace("FOLDER", PAGE.folder.as_uri())])
    assert ran.exit_code == 0, ran.errors
    english, german = json.loads(ran.output)
    assert english == german
    used = {name for text in MODULES.values() for name in re.findall(r'\bt\(\s*"(\w+)"', text)}
    assert used <= set(english)
