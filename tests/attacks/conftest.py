"""The fixtures of these tests: an application that may ask a provider on this machine, and the provider."""

from collections.abc import AsyncIterator

import pytest

from tests.live.conftest import listening
from tests.sso.builders import Installation
from tests.sso.conftest import here, installation, provider

__all__ = ["here", "installation", "provider"]


@pytest.fixture(scope="module")
async def socket(installation: Installation) -> AsyncIterator[str]:
    """Where the application listens for WebSockets."""
    async with listening(installation.app) as address:
        yield address
