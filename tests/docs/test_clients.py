"""docs/clients.md shows the very files that the tests run."""

import re

from tests.lints.source import ROOT

APP = ROOT / "tests" / "clients" / "app"
FILE = re.compile(r"^\*\*(?P<name>[\w./-]+)\*\*\n\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN = {
    "persisted-query-manifest.config.json",
    "apollo.mjs",
    "automatic.mjs",
    "urql.manifest.mjs",
    "urql.mjs",
    "codegen.ts",
    "codegen.mjs",
    "relay.config.json",
    "relay.mjs",
}


def test_the_page_shows_the_files_as_they_are() -> None:
    shown = {found["name"]: found["text"] for found in FILE.finditer((ROOT / "docs" / "clients.md").read_text("utf-8"))}
    assert shown == {name: (APP / name).read_text("utf-8") for name in SHOWN}
