"""Every dependency is pinned to its content, and the two locks agree."""

import json
import re

import pytest

import dev

REQUIREMENT = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    return dict(REQUIREMENT.findall((dev.ROOT / "requirements" / name).read_text("utf-8")))


@pytest.mark.parametrize("folder", [".", "benchmarks/peering/node"])
def test_npm_packages_are_pinned_by_integrity_and_name_no_host(folder: str) -> None:
    packages = json.loads((dev.ROOT / folder / "package-lock.json").read_text("utf-8"))["packages"]
    for name, package in packages.items():
        assert not name or package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name


def test_the_runtime_lock_is_part_of_the_whole_lock() -> None:
    assert pins("runtime.txt").items() <= pins("lock.txt").items()
    assert pins("runtime.txt")["starlette"] == pins("lock.txt")["starlette"]


def test_every_pin_has_a_hash() -> None:
    for name in ("lock.txt", "runtime.txt", "uv.txt"):
        blocks = re.split(r"\n(?=[a-z0-9])", (dev.ROOT / "requirements" / name).read_text("utf-8").strip())
        assert all("--hash=sha256:" in block for block in blocks), name
