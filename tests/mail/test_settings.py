"""What may be set about mail, and what is refused."""

from pathlib import Path

import pytest

from cli.doctoring import configured
from cli.wiring import mailing_of
from settings import SettingsRefused, load_settings

NAMES = ["SMTP_URL", "MAIL_FROM", "PORTAL_URL", "DEV_MAIL", "PUBLIC_URL"]


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(f"WORKGRAPH_{name}", raising=False)


def test_by_default_mails_land_in_the_data_folder() -> None:
    mailing = mailing_of(load_settings(data_dir="data"))
    assert (mailing.folder, mailing.server_url, mailing.portal_url) == (Path("data/mails").absolute(), None, None)
    assert (mailing.sender, mailing.readers.value) == ("no-reply@localhost", "local")
    assert mailing_of(load_settings(public_url="https://work.example")).sender == "no-reply@work.example"


@pytest.mark.parametrize(
    "url",
    [
        "smtps://ada:p%40ss@mail.example:465",
        "smtp://mail.example:587?starttls",
        "smtp://localhost",
        "smtp://u:p@h?plaintext",
    ],
)
def test_a_mail_server(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("WORKGRAPH_SMTP_URL", url)
    monkeypatch.setenv("WORKGRAPH_MAIL_FROM", "no-reply@example.com")
    settings = load_settings()
    assert mailing_of(settings).server_url == url
    assert "p%40ss" not in repr(settings) + repr(mailing_of(settings)) + "".join(map(str, configured(settings)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_URL", "mail.example:25"),
        ("SMTP_URL", "http://mail.example"),
        ("SMTP_URL", "smtp://"),
        ("SMTP_URL", "smtp://mail.example:99999"),
        ("SMTP_URL", "smtp://mail.example?tls"),
        ("SMTP_URL", "smtp://mail.example/path"),
        ("MAIL_FROM", "Acme <no-reply@example.com>"),
        ("MAIL_FROM", "example.com"),
        ("MAIL_FROM", "a@b\r\nBcc: c@d"),
        ("PORTAL_URL", "welcome.example"),
        ("PORTAL_URL", "javascript:alert(1)"),
        ("PORTAL_URL", "https://welcome.example/#/x"),
        ("DEV_MAIL", "all"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv("WORKGRAPH_MAIL_FROM", "no-reply@example.com")
    monkeypatch.setenv(f"WORKGRAPH_{name}", value)
    with pytest.raises(SettingsRefused, match=f"^WORKGRAPH_{name}: "):
        load_settings()


def test_a_mail_server_wants_a_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKGRAPH_SMTP_URL", "smtp://mail.example")
    with pytest.raises(SettingsRefused, match="WORKGRAPH_MAIL_FROM is required"):
        load_settings()
