from pathlib import Path

import pytest

from gateways.mail import MailFolder
from tests.clients.conftest import chromium, npm_packages
from tests.mail.builders import SENDER

__all__ = ["chromium", "folder", "npm_packages"]


@pytest.fixture
def folder(tmp_path: Path) -> MailFolder:
    """A folder for mails, not made yet."""
    return MailFolder(tmp_path / "data" / "mails", SENDER)
