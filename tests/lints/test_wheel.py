"""The wheel holds the product, whole, and nothing else."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.lints.source import FILES, FOLDERS, ROOT, tracked


def test_the_wheel_holds_the_product_and_nothing_else(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    product = {path.relative_to(ROOT) for path in tracked()}
    wanted = {*FILES, "schema.graphql", "schema.released.graphql"}
    assert packed == {path.as_posix() for path in product if path.parts[0] in FOLDERS or path.as_posix() in wanted}


def test_the_image_copies_what_the_wheel_holds() -> None:
    copied = re.findall(r"^COPY (?!--from|requirements)(.+) \S+$", read("deploy/Dockerfile"), re.MULTILINE)
    sent = re.findall(r"^!(?!requirements)(\S+)$", read("deploy/Dockerfile.dockerignore"), re.MULTILINE)
    product = {*FOLDERS, *FILES, "schema.graphql", "schema.released.graphql"}
    assert set(" ".join(copied).split()) == product
    assert set(sent) == product


def read(path: str) -> str:
    return (ROOT / path).read_text("utf-8")
