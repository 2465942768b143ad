import os
import shutil
from pathlib import Path

import pytest

import dev

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def absent(what: str) -> None:
    """Skip, unless this run was asked to be complete."""
    if os.environ.get("WORKGRAPH_REQUIRE_BROWSER") == "1":
        pytest.fail(f"WORKGRAPH_REQUIRE_BROWSER=1, but {what}")
    pytest.skip(what)


@pytest.fixture(scope="session")
def npm_packages() -> Path:
    try:
        return dev.node_modules()
    except dev.ToolsUnavailable as reason:
        absent(str(reason))
        raise


@pytest.fixture(scope="session")
def chromium() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        absent("there is no chromium on the path (on Debian: apt-get install chromium)")
    return str(found)
