from pathlib import Path

import pytest

from tests.clients.conftest import chromium, npm_packages
from tests.portal.journeys import Programs

__all__ = ["chromium", "npm_packages"]


@pytest.fixture(scope="session")
def programs(npm_packages: Path, chromium: str) -> Programs:
    """A real browser, and what drives it."""
    return Programs(npm_packages / "playwright-core" / "index.mjs", chromium)
