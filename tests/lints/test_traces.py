"""The repository holds no trace of the machine it was written on: no home folder, no checkout's path, no registry."""

import re
from pathlib import Path

from tests.lints.source import ROOT, tracked

VENDORED = ROOT / "schema" / "static" / "graphiql"
HOSTS = ("pypi" + ".org", "files.python" + "hosted.org", "registry.npm" + "js.org", "registry.yarn" + "pkg.com")
HOMES = (r"/home/\w+/", r"/Users/\w+/", r"C:\\Users\\")
MINIMAL_DEPTH = 3  # a checkout at /app says nothing about a machine


def pattern(checkout: Path, home: Path) -> re.Pattern[str]:
    here = [re.escape(f"{place}/") for place in (checkout, home) if len(place.parts) >= MINIMAL_DEPTH]
    return re.compile("|".join([*map(re.escape, HOSTS), *HOMES, *here]))


def traces(path: Path, looked_for: re.Pattern[str]) -> list[str]:
    lines = path.read_text("utf-8", errors="ignore").splitlines()
    return [f"{path.name}:{number} {line.strip()}" for number, line in enumerate(lines, 1) if looked_for.search(line)]


def test_no_file_says_where_it_was_written() -> None:
    looked_for = pattern(ROOT, Path.home())
    files = [path for path in tracked() if not path.is_relative_to(VENDORED) and path != Path(__file__)]
    assert [trace for path in files for trace in traces(path, looked_for)] == []


def test_a_trace_is_caught(tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("fine\nsee /srv/build/workgraph/app.py\nindex = https://pypi" + ".org/simple\n~/ada: /home/ada/x\n")
    looked_for = pattern(Path("/srv/build/workgraph"), Path("/"))
    assert [line.split(" ")[0] for line in traces(note, looked_for)] == ["note.txt:2", "note.txt:3", "note.txt:4"]
