"""Whatever colours a company chooses, text in them can be read."""

import json

from dev import ROOT
from tests.clients.outside import node

SCRIPT = """
import { contrast, palette } from "THEME";
const colour = (text) => text.match(/\\d+/g).map(Number);
const steps = ["00", "33", "66", "99", "CC", "FF"];
const colours = steps.flatMap((r) => steps.flatMap((g) => steps.map((b) => `#${r}${g}${b}`)));
const grounds = { light: [[255, 255, 255], [246, 247, 249]], dark: [[24, 29, 38], [15, 19, 26]] };
const worst = { band: 21, button: 21, strong: 21 };
for (const primaryColor of colours)
  for (const accentColor of [null, "#FFEE00", "#777777", primaryColor]) {
    const found = palette({ primaryColor, secondaryColor: "#808080", accentColor });
    for (const scheme of ["light", "dark"]) {
      const part = (name) => colour(found[`--${name}-${scheme}`]);
      worst.band = Math.min(worst.band, contrast(part("band"), part("on-band")));
      worst.button = Math.min(worst.button, contrast(part("button"), part("on-button")));
      for (const ground of [...grounds[scheme], part("soft")])
        worst.strong = Math.min(worst.strong, contrast(part("strong"), ground));
    }
  }
console.log(JSON.stringify({ worst, ends: contrast([0, 0, 0], [255, 255, 255]), none: palette({}) }));
"""


async def test_every_colour_is_made_readable() -> None:
    theme = (ROOT / "schema" / "static" / "portal" / "theme.js").as_uri()
    ran = await node(["--input-type=module", "--eval", SCRIPT.replace("THEME", theme)])
    assert ran.exit_code == 0, ran.errors
    found = json.loads(ran.output)
    assert found["ends"] == 21
    assert all(worst >= 4.5 for worst in found["worst"].values()), found["worst"]
    assert found["none"]["--band-light"] == "rgb(36 86 214)"
